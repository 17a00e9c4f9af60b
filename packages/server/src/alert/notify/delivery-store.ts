// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from "kysely";
import { toAlerts } from "../rows.js";
import type { Alert } from "../alert.js";
import type { State } from "../../state/state.js";
import type { DeliveryTable } from "../../state/tables.js";
import type { DigestNotice } from "./notice.js";

export type DeliveryRow = Selectable<DeliveryTable>;

/** What became of one attempt. */
export interface AttemptResult {
  readonly attempts: number;
  readonly answer?: string | undefined;
  readonly error?: string | undefined;
  /** Milliseconds since 1970 of the next one; undefined: delivered, or given up. */
  readonly next?: number | undefined;
}

const OPEN = ["waiting", "held"] as const;
const BATCH = 20;
const MAX_HELD = 2_000;

/** The rows of the outbox. */
export class DeliveryStore {
  readonly #state: State;
  readonly #now: () => number;

  constructor(state: State, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  /** What is to be sent now, the oldest first; held rows only when their time has come. */
  due(channel: string): Promise<DeliveryRow[]> {
    return this.#state.db
      .selectFrom("deliveries")
      .selectAll()
      .where("channel", "=", channel)
      .where("state", "in", OPEN)
      .where("next_attempt", "<=", this.#now())
      .orderBy("created")
      .orderBy("id")
      .limit(BATCH)
      .execute();
  }

  /** Rows that were held back and whose time has come. */
  heldDue(channel: string): Promise<DeliveryRow[]> {
    return this.#state.db
      .selectFrom("deliveries")
      .selectAll()
      .where("channel", "=", channel)
      .where("state", "=", "held")
      .where("next_attempt", "<=", this.#now())
      .orderBy("created")
      .limit(MAX_HELD)
      .execute();
  }

  /** True while a digest has not reached the channel: what is dropped meanwhile waits for the next one. */
  async hasWaitingDigest(channel: string): Promise<boolean> {
    const row = await this.#state.db
      .selectFrom("deliveries")
      .select("id")
      .where("channel", "=", channel)
      .where("state", "in", OPEN)
      .where("reason", "=", "digest")
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async hold(ids: readonly string[], until: number): Promise<void> {
    const at = this.#time();
    await this.#state.db
      .updateTable("deliveries")
      .set((eb) => ({ state: "held", next_attempt: until, held: eb.fn.coalesce("held", eb.val(at)) }))
      .where("id", "in", ids)
      .execute();
  }

  /** Times at which a channel was sent something since then, ascending. */
  async sentSince(channel: string, since: number): Promise<number[]> {
    const rows = await this.#state.db
      .selectFrom("deliveries")
      .select("delivered")
      .where("channel", "=", channel)
      .where("delivered", ">", new Date(since).toISOString())
      .where("state", "=", "delivered")
      .where("reason", "!=", "resolved")
      .orderBy("delivered")
      .execute();
    return rows.map((row) => Date.parse(row.delivered ?? ""));
  }

  /** One digest in the place of the rows that it tells of, and of what found no room. */
  async digest(channel: string, rows: readonly DeliveryRow[], notice: DigestNotice): Promise<void> {
    const at = this.#time();
    await this.#state.transact(async (trx) => {
      await trx
        .insertInto("deliveries")
        .values({
          id: notice.delivery,
          channel,
          alert_id: null,
          reason: "digest",
          level: notice.lines[0]?.level ?? "informational",
          body: JSON.stringify(notice),
          created: at,
          attempts: 0,
          next_attempt: 0,
        })
        .execute();
      if (rows.length > 0) {
        await trx
          .updateTable("deliveries")
          .set({ state: "digested", digest: notice.delivery })
          .where(
            "id",
            "in",
            rows.map((row) => row.id),
          )
          .execute();
      }
      // True now: what was counted stands in the digest. If we die before the commit neither is so, and the next look
      // makes the digest again.
      await trx
        .updateTable("notify_channels")
        .set((eb) => ({ unqueued: eb("unqueued", "-", notice.unqueued) }))
        .where("name", "=", channel)
        .execute();
    });
  }

  async unqueued(channel: string): Promise<number> {
    const row = await this.#state.db
      .selectFrom("notify_channels")
      .select("unqueued")
      .where("name", "=", channel)
      .executeTakeFirst();
    return row?.unqueued ?? 0;
  }

  async settle(row: DeliveryRow, { attempts, answer, error, next }: AttemptResult): Promise<void> {
    const at = this.#time();
    const result =
      error === undefined
        ? { state: "delivered", delivered: at, last_error: null, answer: answer?.slice(0, 200) ?? null }
        : next === undefined
          ? { state: "failed", failed: at, last_error: error.slice(0, 200) }
          : { state: "waiting", next_attempt: next, last_error: error.slice(0, 200) };
    await this.#state.db
      .updateTable("deliveries")
      .set({ attempts, ...result })
      .where("id", "=", row.id)
      .execute();
  }

  async cancel(id: string, why: string): Promise<void> {
    await this.#state.db
      .updateTable("deliveries")
      .set({ state: "cancelled", answer: why })
      .where("id", "=", id)
      .execute();
  }

  /** A given-up or waiting delivery is due at once, with all its attempts before it again. False: there is no such one. */
  async retry(id: string): Promise<DeliveryRow | undefined> {
    const row = await this.#state.db
      .selectFrom("deliveries")
      .selectAll()
      .where("id", "=", id)
      .where("state", "in", ["waiting", "failed"])
      .executeTakeFirst();
    if (row === undefined) return undefined;
    await this.#state.db
      .updateTable("deliveries")
      .set({ state: "waiting", failed: null, attempts: 0, next_attempt: 0 })
      .where("id", "=", id)
      .execute();
    return row;
  }

  async alertOf(row: DeliveryRow): Promise<Alert | undefined> {
    if (row.alert_id === null) return undefined;
    const found = await this.#state.db
      .selectFrom("alerts")
      .selectAll()
      .where("id", "=", row.alert_id)
      .executeTakeFirst();
    return found === undefined ? undefined : (await toAlerts(this.#state.db, [found]))[0];
  }

  /** Forgets what was settled before then; what waits is kept whatever its age. */
  async prune(before: number): Promise<void> {
    await this.#state.db
      .deleteFrom("deliveries")
      .where("state", "not in", OPEN)
      .where("created", "<", new Date(before).toISOString())
      .execute();
  }

  async list(filter: {
    channel?: string | undefined;
    state?: string | undefined;
    limit: number;
  }): Promise<DeliveryRow[]> {
    let query = this.#state.db.selectFrom("deliveries").selectAll();
    if (filter.channel !== undefined) query = query.where("channel", "=", filter.channel);
    if (filter.state !== undefined) query = query.where("state", "=", filter.state);
    return query.orderBy("created", "desc").orderBy("id", "desc").limit(filter.limit).execute();
  }

  /** Numbers of deliveries by channel and state. */
  async counts(): Promise<{ channel: string; state: string; n: number }[]> {
    return this.#state.db
      .selectFrom("deliveries")
      .select((eb) => ["channel", "state", eb.fn.countAll<number>().as("n")] as const)
      .groupBy(["channel", "state"])
      .execute();
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
