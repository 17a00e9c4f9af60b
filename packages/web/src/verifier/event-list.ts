// SPDX-License-Identifier: Apache-2.0
import type { CheckedEvent } from "@telltale/merkle/evidence";

/** One event as the page keeps it. Everything but the index is what the event says of itself. */
export interface EventRow {
  index: number;
  time: string;
  action: string;
  who: string;
  problem: string | undefined;
  /** The sealed line; undefined where it was not kept. */
  line: string | undefined;
}

/** Lines are kept up to this many characters together: what does not fit is in the bundle. */
const MAX_KEPT = 32_000_000;
const MAX_LINE = 70_000;
const MAX_TEXT = 120;

const decoder = new TextDecoder("utf-8");

function own(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

// Control characters, and those that turn the text around or are not seen, would let an event look like another one.
const DECEPTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from an event, made visible. */
export function toVisible(text: string): string {
  return text.replace(DECEPTIVE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

function word(value: unknown): string {
  return typeof value === "string" ? toVisible(value.slice(0, MAX_TEXT)) : "";
}

/** What people recognise events by, in bounded memory. */
export class EventList {
  readonly rows: EventRow[] = [];
  #kept = 0;

  readonly take = ({ index, line, problem }: CheckedEvent): void => {
    const text = decoder.decode(line);
    let event: unknown;
    try {
      event = JSON.parse(text);
    } catch {
      event = undefined; // it is shown as what it is: a line
    }
    const isKept = text.length <= MAX_LINE && this.#kept + text.length <= MAX_KEPT;
    if (isKept) this.#kept += text.length;
    const actor = own(event, "actor");
    this.rows.push({
      index,
      time: word(own(event, "received")) || word(own(event, "time")),
      action: word(own(event, "action")) || "no action",
      who: word(own(actor, "name")) || word(own(actor, "id")),
      problem,
      line: isKept ? toVisible(text) : undefined,
    });
  };
}
