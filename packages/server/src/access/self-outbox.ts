// SPDX-License-Identifier: Apache-2.0
import { randomBytes, randomUUID } from "node:crypto";
import { uuidV7 } from "@telltale/event";
import type { Kysely } from "kysely";
import type { SealingSelfLog, SelfEvent, SelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type { Tables } from "../state/tables.js";

/** Rows in one statement. */
const POSTED_AT_ONCE = 500;

/** A self log for a process that has no log open, and how to wait until its events are written down. */
export interface OutboxSelfLog extends SelfLog {
  /** Rejects when an event could not be stored. */
  flush(): Promise<void>;
}

/**
 * What the CLI uses on `state.db`: events wait in a table until the server seals them, within a second when it runs,
 * at its next start otherwise. So a key made on the command line leaves the same trace as one made in the page.
 */
export function createOutboxSelfLog(state: State, now: () => number = Date.now): OutboxSelfLog {
  let last: Promise<unknown> = Promise.resolve();
  return {
    emit(event) {
      const at = new Date(now()).toISOString();
      const row = { id: randomUUID(), at, event: JSON.stringify({ ...event, time: event.time ?? at }) };
      last = last.then(() => state.db.insertInto("self_events").values(row).execute());
      // The failure is kept for flush(); here it must not count as unhandled.
      last.catch(() => {});
    },
    async flush() {
      await last;
    },
  };
}

/** One bad row must not hold up the others: only somebody who writes into the state by himself can have made it. */
function toEvent({ id, event }: { id: string; event: string }): SelfEvent {
  try {
    const parsed: unknown = JSON.parse(event);
    if (typeof parsed === "object" && parsed !== null && typeof (parsed as SelfEvent).action === "string")
      return { ...(parsed as SelfEvent), id };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return {
    id,
    action: "log_tamper_suspected",
    outcome: "failure",
    level: "critical",
    reason: "bad_state_row",
    message: "The table of events that wait to be sealed held a row that no part of Telltale has written",
    data: { row: event.slice(0, 500) },
  };
}

/** Seals waiting events and removes them. Rejects when they could not be sealed; then they wait for the next time. */
export async function drainSelfEvents(state: State, selfLog: SealingSelfLog): Promise<void> {
  const rows = await state.db.selectFrom("self_events").selectAll().orderBy("at").limit(1_000).execute();
  if (rows.length === 0) return;
  // The id comes from the row: if we die between sealing and deleting, the second copy is a duplicate and is not
  // sealed again.
  await selfLog.seal(rows.map(toEvent));
  const ids = rows.map(({ id }) => id);
  await state.db.deleteFrom("self_events").where("id", "in", ids).execute();
}

/** Writes events down in the transaction that makes them true; `sealPosted` seals them. Returns their ids. */
export async function postSelfEvents(
  db: Kysely<Tables>,
  events: readonly SelfEvent[],
  now: number,
): Promise<string[]> {
  const at = new Date(now).toISOString();
  const rows = events.map((event) => ({
    id: uuidV7(now, randomBytes(10)),
    at,
    event: JSON.stringify({ ...event, time: event.time ?? at }),
  }));
  for (let from = 0; from < rows.length; from += POSTED_AT_ONCE)
    await db
      .insertInto("self_events")
      .values(rows.slice(from, from + POSTED_AT_ONCE))
      .execute();
  return rows.map(({ id }) => id);
}

/**
 * Seals posted events; when it resolves they are durable in the log. Rejects when they could not be sealed: then they
 * wait in the state and are sealed later, with whatever else waits there.
 */
export async function sealPosted(
  state: State,
  selfLog: SealingSelfLog,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += POSTED_AT_ONCE) {
    const part = ids.slice(from, from + POSTED_AT_ONCE);
    const rows = await state.db
      .selectFrom("self_events")
      .selectAll()
      .where("id", "in", part)
      .orderBy("id")
      .execute();
    if (rows.length === 0) continue;
    await selfLog.seal(rows.map(toEvent));
    // True now: the events are durable. If we die here they are sealed again at the next start; their ids are the same,
    // so the sealer drops them.
    await state.db.deleteFrom("self_events").where("id", "in", part).execute();
  }
}
