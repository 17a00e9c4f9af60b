// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { LogError } from "@telltale/log";
import { SigmaError } from "@telltale/sigma";
import type { Kysely } from "kysely";
import { postSelfEvents, sealPosted } from "../../access/self-outbox.js";
import { ApiError } from "../../errors.js";
import { nameOf, type SealingSelfLog, type SelfActor, type SelfEvent, toActor } from "../../self-log.js";
import type { State } from "../../state/state.js";
import type { Tables } from "../../state/tables.js";
import { TENANT } from "../rows.js";
import {
  type Exception,
  type ExceptionChange,
  type ExceptionState,
  MOST_DAYS,
  type NewException,
} from "./exception.js";
import { type FilterParts, type SigmaFilter, toFilter, toFilterYaml } from "./filter.js";
import { BY_TIME, type ExceptionRow, type StoredConditions, toException, toRowFilter } from "./rows.js";
import type { ExceptionScope } from "./scope.js";
import type { ExceptionHits, ExceptionSource } from "./source.js";

/** Exceptions that can be in force at one time. */
export const MOST_EXCEPTIONS = 500;
const DAY_MS = 86_400_000;
const MOST_LISTED = 1_000;
const RETRY_S = 10;

const SYSTEM: SelfActor = { kind: "system", id: "alerts" };

export interface ExceptionsOptions {
  readonly state: State;
  readonly selfLog: SealingSelfLog;
  readonly now: () => number;
  /** What an exception of a rule reaches with the rules in force; undefined: there is no such rule. */
  readonly scopeOf: (ruleId: string) => ExceptionScope | undefined;
  readonly onError: (error: unknown) => void;
}

interface Active {
  readonly filter: SigmaFilter;
  readonly expires: number;
}

/**
 * The exceptions: stored in the state, in force for whoever compiles the rules, over when their time is.
 *
 * What a person does and the event about it are one transaction; the event is durable in the log before the answer.
 */
export class Exceptions implements ExceptionSource, ExceptionHits {
  readonly #options: ExceptionsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #hits = new Map<string, number>();
  #active = new Map<string, Active>();
  #filters: readonly SigmaFilter[] = [];

  private constructor(options: ExceptionsOptions) {
    this.#options = options;
  }

  /** Loads what is in force. */
  static async open(options: ExceptionsOptions): Promise<Exceptions> {
    const exceptions = new Exceptions(options);
    await exceptions.#load();
    return exceptions;
  }

  /** The same list as long as nothing changed. Never one whose time is over, also between two looks. */
  active(): readonly SigmaFilter[] {
    const now = this.#options.now();
    for (const { expires } of this.#active.values())
      if (expires <= now)
        return [...this.#active.values()].filter((each) => each.expires > now).map(({ filter }) => filter);
    return this.#filters;
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  countHits(filterId: string, count: number): void {
    if (this.#active.has(filterId)) this.#hits.set(filterId, (this.#hits.get(filterId) ?? 0) + count);
  }

  async #load(): Promise<void> {
    const { state, now } = this.#options;
    const rows = await state.db
      .selectFrom("exceptions")
      .selectAll()
      .where("tenant", "=", TENANT)
      .where("ended", "is", null)
      .where("expires", ">", new Date(now()).toISOString())
      .orderBy("created")
      .orderBy("id")
      .execute();
    this.#active = new Map(
      rows.map((row) => [row.id, { filter: toRowFilter(row), expires: Date.parse(row.expires) }]),
    );
    this.#filters = [...this.#active.values()].map(({ filter }) => filter);
  }

  async #reload(): Promise<void> {
    await this.#load();
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }

  /** The newest first; those in force before the others. */
  async list(filter: { state?: ExceptionState; rule?: string } = {}): Promise<Exception[]> {
    await this.flush();
    const now = this.#options.now();
    let query = this.#options.state.db.selectFrom("exceptions").selectAll().where("tenant", "=", TENANT);
    if (filter.rule !== undefined) query = query.where("rule_id", "=", filter.rule);
    const rows = await query.orderBy("created", "desc").orderBy("id").limit(MOST_LISTED).execute();
    const all = rows.map((row) => toException(row, now));
    const found = filter.state === undefined ? all : all.filter(({ state }) => state === filter.state);
    return found.toSorted((a, b) => Number(b.state === "active") - Number(a.state === "active"));
  }

  async get(id: string): Promise<Exception | undefined> {
    await this.flush();
    const row = await find(this.#options.state.db, id);
    return row === undefined ? undefined : toException(row, this.#options.now());
  }

  /** Throws ApiError `bad_request` for a rule, conditions or a time that cannot be, `conflict` when there are too many. */
  async create(wanted: NewException, by: SelfActor, facts: Record<string, unknown> = {}): Promise<Exception> {
    const { state, now } = this.#options;
    const { ruleId, title, reason, owner, where, expires } = wanted;
    this.#checkEnd(expires);
    const id = randomUUID();
    const parts = this.#toParts(id, wanted);
    const filter = toFilterYaml(parts);
    const stored: StoredConditions = { where, logsource: parts.logsource, rules: parts.rules };
    const at = new Date(now()).toISOString();
    const row = {
      id,
      rule_id: ruleId,
      title,
      reason,
      owner,
      conditions: JSON.stringify(stored),
      filter,
      created: at,
      created_by: nameOf(by),
      expires: new Date(expires).toISOString(),
      ended: null,
      ended_by: null,
      end_reason: null,
      last_hit: null,
    };
    const posted = await state.transact(async (trx) => {
      const { n } = await trx
        .selectFrom("exceptions")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .where("ended", "is", null)
        .executeTakeFirstOrThrow();
      if (n >= MOST_EXCEPTIONS)
        throw new ApiError("conflict", { message: `There are ${n} exceptions already. End some first.` });
      await trx.insertInto("exceptions").values(row).execute();
      const event = toEvent("log_exception_created", row, by, reason, { filter, ...facts });
      return postSelfEvents(trx, [event], now());
    });
    return this.#done(id, posted);
  }

  #toParts(id: string, { ruleId, title, reason, owner, where }: NewException): FilterParts {
    const scope = this.#options.scopeOf(ruleId);
    if (scope === undefined)
      throw new ApiError("bad_request", {
        message: "rule: no rule in force has this id, or a rule below it has neither id nor name.",
      });
    const parts = {
      id,
      title,
      description: reason,
      author: owner,
      logsource: scope.logsource,
      rules: scope.rules,
      where,
    };
    try {
      toFilter(parts);
    } catch (cause) {
      throw toConditionsError(cause);
    }
    return parts;
  }

  #checkEnd(expires: number): void {
    const now = this.#options.now();
    if (!(expires > now && expires <= now + MOST_DAYS * DAY_MS))
      throw new ApiError("bad_request", {
        message: `expires: must be in the future, and at most ${MOST_DAYS} days ahead.`,
      });
  }

  /** Changes who answers for it, why, or until when. Throws ApiError `not_found`, `conflict` for one that is over. */
  async change(id: string, { reason, owner, expires }: ExceptionChange, by: SelfActor): Promise<Exception> {
    if (expires !== undefined) this.#checkEnd(expires);
    return this.#alter(id, by, "log_exception_changed", (row) => ({
      reason: reason ?? row.reason,
      owner: owner ?? row.owner,
      expires: expires === undefined ? row.expires : new Date(expires).toISOString(),
    }));
  }

  /** Ends it now; the row stays. Throws as `change` does. */
  async end(id: string, reason: string, by: SelfActor): Promise<Exception> {
    const at = new Date(this.#options.now()).toISOString();
    return this.#alter(id, by, "log_exception_ended", () => ({
      ended: at,
      ended_by: nameOf(by),
      end_reason: reason,
    }));
  }

  async #alter(
    id: string,
    by: SelfActor,
    action: string,
    toSet: (row: ExceptionRow) => Partial<ExceptionRow>,
  ): Promise<Exception> {
    const { state, now } = this.#options;
    const posted = await state.transact(async (trx) => {
      const row = await find(trx, id);
      if (row === undefined)
        throw new ApiError("not_found", { message: "There is no exception with this id." });
      if (toException(row, now()).state !== "active")
        throw new ApiError("conflict", { message: "This exception is over. Make a new one." });
      const set = toSet(row);
      await trx.updateTable("exceptions").set(set).where("id", "=", id).execute();
      const changes = Object.entries(set).flatMap(([field, to]) => {
        const from = row[field as keyof ExceptionRow];
        return from === to ? [] : [{ field, from, to }];
      });
      const event = toEvent(action, row, by, set.end_reason ?? set.reason ?? row.reason, {});
      return postSelfEvents(trx, [{ ...event, changes }], now());
    });
    return this.#done(id, posted);
  }

  async #done(id: string, posted: readonly string[]): Promise<Exception> {
    await this.#reload();
    const { state, selfLog } = this.#options;
    try {
      await sealPosted(state, selfLog, posted);
    } catch (cause) {
      if (!(cause instanceof LogError)) throw cause;
      throw new ApiError("unavailable", { cause, retryAfter: RETRY_S });
    }
    const exception = await this.get(id);
    if (exception === undefined) throw new Error(`BUG: exception ${id} is gone`);
    return exception;
  }

  /** Ends what is over, which is an event each, and writes hits down. Call it every few seconds. */
  async look(): Promise<void> {
    await this.flush();
    const { state, selfLog, now } = this.#options;
    const at = new Date(now()).toISOString();
    const posted = await state.transact(async (trx) => {
      const due = await trx
        .selectFrom("exceptions")
        .selectAll()
        .where("ended", "is", null)
        .where("expires", "<=", at)
        .execute();
      for (const { id, expires } of due)
        await trx
          .updateTable("exceptions")
          .set({ ended: expires, ended_by: BY_TIME })
          .where("id", "=", id)
          .execute();
      const events = due.map((row) =>
        toEvent("log_exception_expired", row, SYSTEM, row.reason, { hits: row.hits }),
      );
      return postSelfEvents(trx, events, now());
    });
    if (posted.length === 0) return;
    await this.#reload();
    await sealPosted(state, selfLog, posted);
  }

  /** Writes the hits down. */
  async flush(): Promise<void> {
    if (this.#hits.size === 0) return;
    const { state, now } = this.#options;
    const hits = [...this.#hits];
    this.#hits.clear();
    const last_hit = new Date(now()).toISOString();
    await state.transact(async (trx) => {
      for (const [id, count] of hits)
        await trx
          .updateTable("exceptions")
          .set((eb) => ({ hits: eb("hits", "+", count), last_hit }))
          .where("id", "=", id)
          .execute();
    });
  }
}

function find(db: Kysely<Tables>, id: string): Promise<ExceptionRow | undefined> {
  return db
    .selectFrom("exceptions")
    .selectAll()
    .where("tenant", "=", TENANT)
    .where("id", "=", id)
    .executeTakeFirst();
}

function toEvent(
  action: string,
  {
    id,
    title,
    rule_id,
    owner,
    expires,
  }: Pick<ExceptionRow, "id" | "title" | "rule_id" | "owner" | "expires">,
  by: SelfActor,
  reason: string,
  data: Record<string, unknown>,
): SelfEvent {
  return {
    action,
    outcome: "success",
    message: reason,
    actor: toActor(by),
    targets: [
      { type: "exception", id, name: title },
      { type: "rule", id: rule_id },
    ],
    data: { owner, expires, ...data },
  };
}

/** A condition that the engine does not take, as the API answers it; other errors as they are. */
export function toConditionsError(cause: unknown): unknown {
  if (!(cause instanceof SigmaError)) return cause;
  const message = cause.message.replace(/^\S+: (detection\.selection\.)?/, "").slice(0, 200);
  return new ApiError("bad_request", { message: `where: ${message}`, cause });
}
