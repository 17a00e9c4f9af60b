// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";

/** The values of a row that can become a filter, in the order of the columns. */
export const CELLS = ["action", "actor.id", "client.ip"] as const;
export type CellField = (typeof CELLS)[number];

/** What a row shows for a field: the text, and the field and value a filter would use. */
export function cellOf(event: SecurityEvent, field: CellField): { field: string; value: string } | undefined {
  switch (field) {
    case "action":
      return { field, value: event.action };
    case "actor.id": {
      const { actor } = event;
      if (actor?.id !== undefined) return { field: "actor.id", value: actor.id };
      if (actor?.name !== undefined) return { field: "actor.name", value: actor.name };
      return undefined;
    }
    case "client.ip":
      return event.client?.ip === undefined ? undefined : { field, value: event.client.ip };
  }
}

/** The next filterable cell in a direction; rows may lack an actor or an address. */
export function stepCell(event: SecurityEvent, at: number, direction: 1 | -1): number {
  for (let next = at + direction; next >= 0 && next < CELLS.length; next += direction) {
    const field = CELLS[next];
    if (field !== undefined && cellOf(event, field) !== undefined) return next;
  }
  return at;
}
