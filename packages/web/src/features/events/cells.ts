// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";

/** The values of a row that can become a filter, in the order of the columns. */
export const CELLS = ["action", "actor.id", "client.ip"] as const;
export type CellField = (typeof CELLS)[number];

/** What a row shows for a field, and the field and value that a filter would use. */
export interface Cell {
  text: string;
  field: string;
  value: string;
}

export function cellOf(event: SecurityEvent, field: CellField): Cell | undefined {
  switch (field) {
    case "action":
      return { text: event.action, field, value: event.action };
    case "actor.id": {
      const { actor } = event;
      // People know each other by name; the filter takes the id, which is one person's alone.
      if (actor?.id !== undefined)
        return { text: actor.name ?? actor.id, field: "actor.id", value: actor.id };
      if (actor?.name !== undefined) return { text: actor.name, field: "actor.name", value: actor.name };
      return undefined;
    }
    case "client.ip":
      return event.client?.ip === undefined
        ? undefined
        : { text: event.client.ip, field, value: event.client.ip };
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
