// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";
import type { Kysely } from "kysely";
import type { State } from "../state/state.js";
import type { Tables } from "../state/tables.js";

/** Seals whole events of Telltale about itself. Resolves when they are durable, with the index of the first new one. */
export type SealEvents = (events: readonly SentEvent[]) => Promise<{ readonly first: number | null }>;

/** Writes an event down in the transaction that makes it true; `deliver` seals it. */
export async function post(trx: Kysely<Tables>, event: SentEvent): Promise<void> {
  await trx
    .insertInto("self_events")
    .values({ id: event.id, at: event.time, event: JSON.stringify(event) })
    .execute();
}

/**
 * Seals one posted event; null when it was sealed before. Rejects when it could not be sealed: then it waits in the
 * state and is sealed later, with whatever else waits there (`drainSelfEvents`).
 */
export async function deliver(state: State, seal: SealEvents, id: string): Promise<number | null> {
  const row = await state.db.selectFrom("self_events").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const { first } = await seal([JSON.parse(row.event) as SentEvent]);
  // True now: the event is durable. If we die here it is sealed again at the next start; its id and its bytes are the
  // same, so the sealer drops it.
  await state.db.deleteFrom("self_events").where("id", "=", id).execute();
  return first;
}
