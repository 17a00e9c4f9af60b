// SPDX-License-Identifier: Apache-2.0
import { createHash, randomUUID } from "node:crypto";
import { uuidV8 } from "@telltale/event";
import { isAlias } from "@telltale/protect";
import { ApiError } from "../errors.js";
import type { RevealKeys } from "../protect/reveal.js";
import type { SealingSelfLog, SelfActor, SelfEvent } from "../self-log.js";
import { nameOf, toActor } from "../self-log.js";
import type { State } from "../state/state.js";
import type { Decision, DecisionKind, DecisionTarget, TargetType } from "./decision.js";
import { parseTarget } from "./decision.js";
import type { DecisionRow } from "./decision-store.js";
import { DecisionStore, toDecision } from "./decision-store.js";

/** What somebody asks for. */
export interface NewDecision {
  readonly kind: DecisionKind;
  readonly target: { readonly type: TargetType; readonly value: string };
  readonly reason: string;
  readonly forMs: number;
  readonly app?: string | undefined;
  readonly tenant?: string | undefined;
  readonly alert?: string | undefined;
}

/** A decision as applications are told it: with the actor's own id, not the alias. */
export interface InForce {
  readonly decision: Decision;
  readonly target: DecisionTarget;
}

export type DecisionNews = { readonly made: InForce } | { readonly ended: Decision };

/**
 * What applications are told to do. A decision is sealed in the log before any application hears of it; that it was lifted is
 * sealed before any hears of that. One whose time is over ends by itself everywhere; that is sealed when it is noticed.
 */
export interface Decisions {
  /** Throws ApiError `bad_request`, `conflict` when too many are in force. */
  make(wanted: NewDecision, by: SelfActor): Promise<Decision>;
  /** Ends one before its time. Throws ApiError `not_found`. */
  lift(id: string, reason: string, by: SelfActor): Promise<Decision>;
  list(limit: number): Promise<Decision[]>;
  /** Everything that an application of this name is to know; all of it when undefined. */
  inForce(of: { app: string | undefined; tenant: string | undefined }): InForce[];
  /** Called after each change, in order. Returns how to stop. */
  subscribe(listener: (news: DecisionNews) => void): () => void;
  /** The newest about an alert, in force or not. */
  newestOf(alertId: string): Promise<Decision | undefined>;
  close(): Promise<void>;
}

export interface DecisionsOptions {
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly keys: Pick<RevealKeys, "aliasOf" | "nameOf">;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
  readonly tickMs?: number;
}

/** In force at a time: what every application keeps in memory is bounded by it. */
export const MAX_IN_FORCE = 5_000;
export const MAX_FOR_MS = 90 * 86_400_000;
const SYSTEM = { kind: "system", id: "respond" } as const;

/** Whether a decision is the business of an application. */
export function concerns(
  decision: Decision,
  { app, tenant }: { app: string | undefined; tenant: string | undefined },
): boolean {
  return (
    (decision.app === undefined || app === undefined || decision.app === app) &&
    decision.tenant === (tenant ?? "")
  );
}

class DecisionDesk implements Decisions {
  readonly #options: DecisionsOptions;
  readonly #store: DecisionStore;
  readonly #inForce = new Map<string, InForce>();
  readonly #listeners = new Set<(news: DecisionNews) => void>();
  readonly #timer: NodeJS.Timeout;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: DecisionsOptions) {
    this.#options = options;
    this.#store = new DecisionStore(options.state);
    this.#timer = setInterval(() => this.#sweep(), options.tickMs ?? 1_000);
    this.#timer.unref();
  }

  /** Takes up what was under way when the process died. */
  async open(): Promise<this> {
    for (const row of await this.#store.open()) {
      const decision = toDecision(row);
      // Its event may be in the log or not: the same id is dropped as a repeat.
      if (row.state === "made") await this.#enact(decision);
      else {
        this.#inForce.set(row.id, await this.#resolve(decision));
        if (row.state === "ending") await this.#finish(decision);
      }
    }
    return this;
  }

  make(wanted: NewDecision, by: SelfActor): Promise<Decision> {
    return this.#alone(async () => {
      const decision = await this.#toDecision(wanted, by);
      if (this.#inForce.size >= MAX_IN_FORCE)
        throw new ApiError("conflict", { message: `There are ${MAX_IN_FORCE} decisions in force already.` });
      await this.#store.insert(decision);
      // True now: the row says what is to be, and nobody is told. If we die here, the next start seals its event and
      // tells of it. Whoever asked got no answer and sees it in the list.
      try {
        await this.#enact(decision);
      } catch (error) {
        // Nobody was told, and whoever asked is told that it failed: it must not come into force at the next start.
        await this.#store.setState(decision.id, "ended");
        throw error;
      }
      return decision;
    });
  }

  lift(id: string, reason: string, by: SelfActor): Promise<Decision> {
    return this.#alone(async () => {
      if (!this.#inForce.has(id))
        throw new ApiError("not_found", { message: "There is no decision in force with this id." });
      return this.#end(id, reason, by);
    });
  }

  async list(limit: number): Promise<Decision[]> {
    return (await this.#store.list(limit)).map(toDecision);
  }

  inForce(of: { app: string | undefined; tenant: string | undefined }): InForce[] {
    const now = this.#options.now();
    return [...this.#inForce.values()].filter(
      ({ decision }) => decision.expires > now && concerns(decision, of),
    );
  }

  subscribe(listener: (news: DecisionNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async newestOf(alertId: string): Promise<Decision | undefined> {
    const row: DecisionRow | undefined = await this.#store.newestOf(alertId);
    return row === undefined ? undefined : toDecision(row);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#last;
  }

  async #toDecision(wanted: NewDecision, by: SelfActor): Promise<Decision> {
    const { kind, reason, forMs, app, tenant = "", alert } = wanted;
    const target = parseTarget(wanted.target.type, wanted.target.value);
    if (target === undefined)
      throw new ApiError("bad_request", {
        message:
          "target: must be an actor's id, an address or a network (at least /16, or /32 of IPv6), or a session.",
      });
    if (!(forMs >= 1_000 && forMs <= MAX_FOR_MS))
      throw new ApiError("bad_request", { message: "A decision holds for one second to 90 days." });
    const now = this.#options.now();
    return {
      id: randomUUID(),
      kind,
      target: await this.#hide(target, tenant),
      app,
      tenant,
      reason,
      made: new Date(now).toISOString(),
      by,
      alert,
      expires: now + forMs,
      ended: undefined,
      endedBy: undefined,
      endReason: undefined,
    };
  }

  /** People who are known by an alias are kept by it, so that their erasure reaches here. */
  async #hide(target: DecisionTarget, tenant: string): Promise<DecisionTarget> {
    if (target.type !== "actor" || isAlias(target.value)) return target;
    const alias = await this.#options.keys.aliasOf(tenant === "" ? undefined : tenant, target.value);
    return alias === undefined ? target : { ...target, value: alias };
  }

  /** Applications know people by their own ids. An alias of somebody erased names nobody, and harms nobody. */
  async #resolve(decision: Decision): Promise<InForce> {
    const { target } = decision;
    if (target.type !== "actor" || !isAlias(target.value)) return { decision, target };
    const name = await this.#options.keys.nameOf(target.value);
    return { decision, target: name === undefined ? target : { ...target, value: name } };
  }

  async #enact(decision: Decision): Promise<void> {
    await this.#options.selfLog.seal([toMadeEvent(decision)]);
    await this.#store.setState(decision.id, "active");
    const made = await this.#resolve(decision);
    this.#inForce.set(decision.id, made);
    this.#tell({ made });
  }

  async #end(id: string, reason: string, by: SelfActor): Promise<Decision> {
    const at = new Date(this.#options.now()).toISOString();
    await this.#store.setEnding(id, { at, by: nameOf(by), reason });
    const row = await this.#store.get(id);
    if (row === undefined) throw new ApiError("not_found", { message: "There is no such decision." });
    const decision = toDecision(row);
    // True now: it is to end, and applications go by it still. If we die here, the next start seals the end and tells of it.
    await this.#finish(decision, by);
    return decision;
  }

  async #finish(decision: Decision, by?: SelfActor): Promise<void> {
    await this.#options.selfLog.seal([toEndedEvent(decision, by)]);
    await this.#store.setState(decision.id, "ended");
    this.#inForce.delete(decision.id);
    this.#tell({ ended: decision });
  }

  #sweep(): void {
    const now = this.#options.now();
    for (const { decision } of this.#inForce.values()) {
      if (decision.expires > now) continue;
      this.#alone(async () => {
        if (this.#inForce.has(decision.id)) await this.#end(decision.id, "its time was over", SYSTEM);
      }).catch(this.#options.onError);
    }
  }

  /** One change at a time. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new ApiError("overloaded", { message: "The server stops." }));
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // the caller has the error
    return result;
  }

  #tell(news: DecisionNews): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }
}

const TARGET_WORDS: Readonly<Record<TargetType, string>> = {
  actor: "user",
  ip: "address",
  session: "session",
};

/** The same decision has the same event, however often it is told. */
function toEventId(decision: Decision, what: string): string {
  return uuidV8(createHash("sha256").update(`${what} ${decision.id}`).digest().subarray(0, 16));
}

function toTargets({ target, alert }: Decision): NonNullable<SelfEvent["targets"]> {
  return [
    { type: TARGET_WORDS[target.type], id: target.value },
    ...(alert === undefined ? [] : [{ type: "alert", id: alert }]),
  ];
}

function toMadeEvent(decision: Decision): SelfEvent {
  const { id, kind, reason, made, by, app, expires, target } = decision;
  return {
    id: toEventId(decision, "made"),
    time: made,
    action: "telltale_decision_made",
    outcome: "success",
    reason: kind,
    message: `Applications are told: ${kind}`,
    actor: toActor(by),
    targets: toTargets(decision),
    data: {
      decision: id,
      kind,
      about: target.type,
      why: reason,
      expires: new Date(expires).toISOString(),
      ...(app === undefined ? {} : { app }),
    },
  };
}

function toEndedEvent(decision: Decision, by: SelfActor | undefined): SelfEvent {
  const { id, kind, target, ended, endReason } = decision;
  return {
    id: toEventId(decision, "ended"),
    ...(ended === undefined ? {} : { time: ended }),
    action: "telltale_decision_ended",
    outcome: "success",
    reason: kind,
    actor: toActor(by ?? { kind: "system", id: decision.endedBy ?? SYSTEM.id }),
    targets: toTargets(decision),
    data: { decision: id, kind, about: target.type, ...(endReason === undefined ? {} : { why: endReason }) },
  };
}

/** Opens the desk and takes up what was under way. */
export function openDecisions(options: DecisionsOptions): Promise<Decisions> {
  return new DecisionDesk(options).open();
}
