// SPDX-License-Identifier: Apache-2.0
import { parseUtf8, toUtf8 } from "../bytes.js";
import { MerkleError } from "../error.js";
import { MAX_EVENTS, MAX_MANIFEST } from "./files.js";
import { countOf, type EvidenceRange, parseRanges } from "./ranges.js";

const FORMAT = "telltale-evidence/1";

/** What was asked for. */
export interface Selection {
  query?: string;
  /** Received at or after, and before: RFC 3339. */
  from?: string;
  to?: string;
  /** The id of an alert whose evidence this is. */
  alert?: string;
  /** Single events by their index. */
  index?: number;
}

/**
 * What the maker of a bundle says about it. Nobody signed it: it says what ought to be there, so that a missing file is missed,
 * and proves nothing about what else the log holds.
 */
export interface Manifest {
  log: string;
  origin: string;
  /** RFC 3339. */
  made: string;
  /** The program that made it. */
  by: string;
  selection: Selection;
  /** The events of the bundle. */
  events: EvidenceRange[];
  /** Events that were asked for and that retention had removed. */
  missing: EvidenceRange[];
  /** All that retention had removed from the log; the hashes are kept. */
  pruned: EvidenceRange[];
  /** More was found than the limit allowed. */
  limited: boolean;
  /** False when the newest events were not searched yet, or the search ran out of time. */
  complete: boolean;
  /** Index of the log's own event that tells of this export, when it is in the bundle. */
  record?: number;
}

function pairs(ranges: readonly EvidenceRange[]): [number, number][] {
  return ranges.map(({ first, next }) => [first, next]);
}

/** The same manifest gives the same bytes. */
export function formatManifest(manifest: Manifest): string {
  const { selection, events, missing, pruned, record, ...plain } = manifest;
  const ordered = {
    format: FORMAT,
    log: plain.log,
    origin: plain.origin,
    made: plain.made,
    by: plain.by,
    selection: Object.fromEntries(
      (["query", "from", "to", "alert", "index"] as const)
        .filter((name) => selection[name] !== undefined)
        .map((name) => [name, selection[name]]),
    ),
    limited: plain.limited,
    complete: plain.complete,
    ...(record === undefined ? {} : { record }),
    events: pairs(events),
    missing: pairs(missing),
    pruned: pairs(pruned),
  };
  return `${JSON.stringify(ordered)}\n`;
}

function bad(why: string, cause?: unknown): never {
  throw new MerkleError("bad_evidence", `manifest.json: ${why}`, { cause });
}

/** An object's own field; a text of at most `most` characters, or `bad_evidence`. */
function text(object: Record<string, unknown>, name: string, most: number): string {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === "string" && value.length <= most ? value : bad(`${name} is no text`);
}

function optional(object: Record<string, unknown>, name: string, most: number): string | undefined {
  return Object.hasOwn(object, name) ? text(object, name, most) : undefined;
}

function toObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) bad(`${what} is no object`);
  return value as Record<string, unknown>;
}

function flag(object: Record<string, unknown>, name: string): boolean {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === "boolean" ? value : bad(`${name} is not true or false`);
}

function wholeNumber(object: Record<string, unknown>, name: string): number | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : bad(`${name} is no index`);
}

function parseSelection(value: unknown): Selection {
  const object = toObject(value, "selection");
  const selection: Selection = {};
  for (const [name, most] of [
    ["query", 4096],
    ["from", 40],
    ["to", 40],
    ["alert", 200],
  ] as const) {
    const found = optional(object, name, most);
    if (found !== undefined) selection[name] = found;
  }
  const index = wholeNumber(object, "index");
  return index === undefined ? selection : { ...selection, index };
}

/** Parse a manifest; establishes its form only. Throws `bad_evidence`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MAX_MANIFEST) bad("too long");
  let value: unknown;
  try {
    value = JSON.parse(parseUtf8(bytes));
  } catch (cause) {
    return bad("not JSON", cause);
  }
  const object = toObject(value, "it");
  if (text(object, "format", 100) !== FORMAT) bad("another format or version");
  const ranges = (name: string) => parseRanges(Object.hasOwn(object, name) ? object[name] : undefined, name);
  const events = ranges("events");
  if (countOf(events) > MAX_EVENTS) bad(`more than ${MAX_EVENTS} events`);
  const record = wholeNumber(object, "record");
  return {
    log: text(object, "log", 100),
    origin: text(object, "origin", 255),
    made: text(object, "made", 40),
    by: text(object, "by", 100),
    selection: parseSelection(Object.hasOwn(object, "selection") ? object["selection"] : undefined),
    events,
    missing: ranges("missing"),
    pruned: ranges("pruned"),
    limited: flag(object, "limited"),
    complete: flag(object, "complete"),
    ...(record === undefined ? {} : { record }),
  };
}

/** The bytes over which the log's own event of an export states a SHA-256: the exported indexes, as ranges. */
export function selectionBytes(events: readonly EvidenceRange[]): Uint8Array {
  return toUtf8(events.map(({ first, next }) => `${first} ${next}\n`).join(""));
}
