// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { SealingSelfLog, SelfEvent, SelfLog } from "../self-log.js";
import type { State } from "../state/state.js";

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

/** Seals waiting events and removes them. Rejects when they could not be sealed; then they wait for the next time. */
export async function drainSelfEvents(state: State, selfLog: SealingSelfLog): Promise<void> {
  const rows = await state.db.selectFrom("self_events").selectAll().orderBy("at").limit(1_000).execute();
  if (rows.length === 0) return;
  // The id comes from the row: if we die between sealing and deleting, the second copy is a duplicate and is not
  // sealed again.
  await selfLog.seal(rows.map((row) => ({ ...(JSON.parse(row.event) as SelfEvent), id: row.id })));
  const ids = rows.map(({ id }) => id);
  await state.db.deleteFrom("self_events").where("id", "in", ids).execute();
}
