// SPDX-License-Identifier: Apache-2.0
import { EventError, normalizeEvent } from "@telltale/event";
import { createProtector, type Protector } from "@telltale/protect";

/** One value that would be hidden. Nothing of it is here. */
export interface Finding {
  /** In an event: the field. In a text: the column, from 1, or nothing when it cannot be told. */
  readonly place: string;
  readonly kind: string;
  readonly how: string;
  /** A credential for sure: its owner would be told. */
  readonly sure: boolean;
}

export interface CheckedLine {
  readonly isEvent: boolean;
  readonly findings: readonly Finding[];
}

/** An id of no meaning: nothing is stored under it. */
const NO_ID = "00000000-0000-7000-8000-000000000000";

/** Checks lines as the server would take them, without a server: a JSON object is an event, everything else text. */
export class LineChecker {
  readonly #protector: Protector;
  readonly #received: string;
  readonly #tenant: string | undefined;

  constructor(now: number, protector: Protector = createProtector(), tenant?: string) {
    this.#protector = protector;
    this.#tenant = tenant;
    this.#received = new Date(now).toISOString();
  }

  check(line: string): CheckedLine {
    const event = parseObject(line);
    if (event === undefined) return { isEvent: false, findings: this.#ofText(line) };
    const { fields, sure } = this.#protector.preview(this.#normalize(event), {
      received: this.#received,
      ...(this.#tenant !== undefined && { tenant: this.#tenant }),
    });
    const certain = new Set(sure.map(({ path, kind }) => `${kind} ${path}`));
    const findings = fields.map(({ path, how, kind }) => ({
      place: path,
      kind,
      how,
      sure: certain.has(`${kind} ${path}`),
    }));
    return { isEvent: true, findings };
  }

  /** Paths are those that the stored event would have. What is no event is looked through as it is. */
  #normalize(event: Record<string, unknown>): Record<string, unknown> {
    try {
      const context = { now: this.#received, makeId: () => NO_ID };
      return { ...normalizeEvent(event, context).event };
    } catch (error) {
      if (error instanceof EventError) return event;
      throw error;
    }
  }

  #ofText(line: string): Finding[] {
    const { text, found } = this.#protector.protectText(line);
    if (found.length === 0) return [];
    const columns = columnsOf(line, text, found.length);
    return found.map(({ kind }, n) => {
      const column = columns[n];
      return { place: column === undefined ? "" : `column ${column}`, kind, how: "masked", sure: false };
    });
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

const MARKER = /\[(?:masked|removed|token|encrypted|sealed):[^\]]*\]/g;

/**
 * Where in `line` the parts stand that markers replace in `masked`: what lies between two markers is the same in both. Empty when the
 * line held markers itself, which cannot be told apart.
 */
function columnsOf(line: string, masked: string, count: number): number[] {
  const kept = masked.split(MARKER);
  if (kept.length !== count + 1) return [];
  const columns: number[] = [];
  let at = kept[0]?.length ?? 0;
  for (let n = 0; n < count; n++) {
    columns.push(at + 1);
    const next = kept[n + 1] ?? "";
    const found = next === "" ? -1 : line.indexOf(next, at + 1);
    if (found === -1) return columns;
    at = found + next.length;
  }
  return columns;
}
