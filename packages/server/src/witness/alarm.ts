// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { AlertStore } from "../alert/alert.js";
import { ApiError } from "../errors.js";
import type { SealingSelfLog, SelfEvent } from "../self-log.js";
import type { Tables } from "../state/tables.js";
import type { Conflict, TroubleCode } from "./peer.js";

/** What alerts name as their rule. */
export const UNWITNESSED_RULE = "telltale-log-unwitnessed";
export const CONFLICT_RULE = "telltale-witness-conflict";

export interface Lost {
  /** When there was a quorum last, ms since 1970. */
  since: number;
  /** Events that were witnessed then. */
  witnessed: number;
  reasons: { name: string; code: TroubleCode; message: string }[];
}

export interface AlarmOptions {
  db: Kysely<Tables>;
  alerts: Pick<AlertStore, "record" | "update" | "get">;
  selfLog: SealingSelfLog;
  log: { readonly size: number };
  now: () => number;
  /** Keeps the proof of a second history; where it lies. */
  keepProof: (proof: string, ours: string) => Promise<string | undefined>;
  ownCheckpoint: () => string;
  /** For the process log. */
  onLoud: (message: string, facts: Record<string, unknown>) => void;
  onError: (error: Error) => void;
}

const FOLLOWER = "witness";
const SYSTEM = { kind: "system", id: FOLLOWER } as const;
const MEMORY = "witness_lost";
const stored = z.object({ since: z.number(), alert: z.string().nullable() });

interface Raise extends Pick<Finding, "ruleId" | "title" | "description" | "level" | "key" | "group"> {
  since: number;
}

/** Says aloud that witnesses are missing or contradict: an event, an alert, a line in the process log; and that they are back. */
export class WitnessAlarm {
  readonly #options: AlarmOptions;
  /** Witnesses whose contradiction was told and that have not cosigned since. */
  readonly #told = new Set<string>();

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** Since when the quorum was missing when the server stopped; undefined when it was not. */
  async lostSince(): Promise<number | undefined> {
    return (await this.#read())?.since;
  }

  async lost({ since, witnessed, reasons }: Lost): Promise<void> {
    const { log, onLoud } = this.#options;
    const why = reasons
      .map(({ name, message }) => `${name}: ${message}`)
      .join("; ")
      .slice(0, 900);
    const at = new Date(since).toISOString();
    const message =
      `The log is unwitnessed since ${at}: too few witnesses cosign it. Events are accepted as before. ${why}`.trimEnd();
    onLoud(message, { witnessed, size: log.size });
    await this.#seal({
      action: "log_unwitnessed",
      outcome: "failure",
      level: "warn",
      reason: "quorum_missing",
      message,
      data: { since: at, witnessed, witnesses: reasons.map(({ name, code }) => ({ name, code })) },
    });
    const alert = await this.#raise({
      ruleId: UNWITNESSED_RULE,
      title: "The log is unwitnessed",
      description: `Too few witnesses have cosigned the log since ${at}. Until they do, only this server vouches for newer events. Look whether the witnesses run and can be reached; somebody who wants to rewrite the log would cut them off first. ${why}`,
      level: "high",
      key: "main",
      group: { log: "main" },
      since,
    });
    // If we die before this, the next start does not know that it was told: one event more, and the same alert.
    await this.#write({ since, alert: alert ?? (await this.#read())?.alert ?? null });
  }

  async regained(size: number, at: number): Promise<void> {
    const memory = await this.#read();
    const since = memory?.since ?? at;
    const message = `The log is witnessed again, ${size} events, after ${Math.round((at - since) / 1000)} s`;
    await this.#seal({
      action: "log_witnessed",
      outcome: "success",
      level: "info",
      message,
      data: { unwitnessedSince: new Date(since).toISOString(), size },
    });
    if (typeof memory?.alert === "string") await this.#resolve(memory.alert, `${message}.`);
    await this.#options.db.deleteFrom("meta").where("name", "=", MEMORY).execute();
  }

  /** A witness has cosigned another tree in this log's name. Told once, until it cosigns again. */
  async conflict({
    name,
    message,
    size,
    proof,
  }: Conflict & { name: string; message: string }): Promise<void> {
    if (this.#told.has(name)) return;
    const { log, onLoud, now, keepProof, ownCheckpoint } = this.#options;
    const kept = proof === undefined ? undefined : await keepProof(proof, ownCheckpoint());
    const shown =
      proof === undefined
        ? "It shows no checkpoint of that tree"
        : "It shows that tree's checkpoint, signed with this log's key: proof of a second history";
    const sentence = `The witness ${name} contradicts this log: ${message}. ${shown}.`;
    onLoud(sentence, { witness: name, witnessSize: size, size: log.size, evidence: kept });
    await this.#seal({
      action: "log_tamper_suspected",
      outcome: "failure",
      level: "critical",
      reason: "witness_conflict",
      message: sentence,
      targets: [{ type: "witness", id: name }],
      data: {
        witnessSize: size ?? null,
        size: log.size,
        isProven: proof !== undefined,
        evidence: kept ?? null,
      },
    });
    await this.#raise({
      ruleId: CONFLICT_RULE,
      title: "A witness has seen another history of this log",
      description: `${sentence} Either this log was cut back or an old copy was put back, or somebody who has its key signs another history elsewhere. Do not restart or repair anything before the data directory is copied.`,
      level: "critical",
      key: name,
      group: { witness: name },
      since: now(),
    });
    this.#told.add(name); // not before: what could not be told is told by the next round
  }

  /** The witness cosigned: a contradiction after this is a new one. */
  settled(name: string): void {
    this.#told.delete(name);
  }

  async #seal(event: SelfEvent): Promise<void> {
    try {
      await this.#options.selfLog.seal([event]);
    } catch (error) {
      // A log that cannot be written says so itself; the alert and the process log still have it.
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** One alert for a rule and a key while it is open: the store counts what is told again. */
  async #raise({ since, ...raise }: Raise): Promise<string | undefined> {
    const { alerts, log, now } = this.#options;
    const next = log.size;
    const finding: Finding = {
      ...raise,
      tags: ["telltale.integrity"],
      count: 1,
      fresh: 1,
      value: 1,
      firstTime: since,
      lastTime: now(),
      // The event about it was just sealed; its index is not told, so the alert points at none.
      evidence: [],
      trigger: next,
    };
    const [alert] = await alerts.record([finding], { follower: FOLLOWER, next });
    return alert?.id;
  }

  async #resolve(id: string, comment: string): Promise<void> {
    const alert = await this.#options.alerts.get(id);
    if (alert === undefined || alert.status === "resolved") return;
    try {
      await this.#options.alerts.update(id, { status: "resolved", comment }, SYSTEM);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "not_found")) throw error;
    }
  }

  async #read(): Promise<z.output<typeof stored> | undefined> {
    const { db } = this.#options;
    const row = await db.selectFrom("meta").select("value").where("name", "=", MEMORY).executeTakeFirst();
    return row === undefined ? undefined : stored.parse(JSON.parse(row.value));
  }

  async #write(memory: z.output<typeof stored>): Promise<void> {
    const value = JSON.stringify(memory);
    await this.#options.db
      .insertInto("meta")
      .values({ name: MEMORY, value })
      .onConflict((on) => on.column("name").doUpdateSet({ value }))
      .execute();
  }
}
