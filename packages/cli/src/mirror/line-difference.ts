// SPDX-License-Identifier: Apache-2.0
import { cut } from "../ui/table.js";

/** One place in which two sealed lines differ, each side as JSON text, cut; not neutralised. */
export interface LineDifference {
  /** As in `targets[0].id`; `byte 17` where it is not the values that differ. */
  readonly place: string;
  readonly mirror: string;
  readonly log: string;
}

const SHOWN = 160;
const AROUND = 40;
/** Events are flatter; a line made to be deep is shown whole from here on. */
const MAX_DEPTH = 40;
const ABSENT = "absent";

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  return value === undefined ? ABSENT : cut(JSON.stringify(value), SHOWN);
}

/** A long text is shown around the first character that differs. */
function showBoth(place: string, mirror: unknown, log: unknown): LineDifference {
  if (typeof mirror === "string" && typeof log === "string") {
    let same = 0;
    while (same < mirror.length && mirror[same] === log[same]) same++;
    const from = same > SHOWN - AROUND ? same - AROUND : 0;
    const part = (text: string): string => `${from > 0 ? "…" : ""}${show(text.slice(from))}`;
    return { place, mirror: part(mirror), log: part(log) };
  }
  return { place, mirror: show(mirror), log: show(log) };
}

function find(place: string, mirror: unknown, log: unknown, depth: number): LineDifference | undefined {
  if (Object.is(mirror, log)) return undefined;
  const isSameKind = isObject(mirror) && isObject(log) && Array.isArray(mirror) === Array.isArray(log);
  if (!isSameKind || depth >= MAX_DEPTH) return showBoth(place === "" ? "line" : place, mirror, log);
  for (const key of new Set([...Object.keys(mirror), ...Object.keys(log)])) {
    const name = Array.isArray(mirror) ? `${place}[${key}]` : place === "" ? key : `${place}.${key}`;
    const one = Object.hasOwn(mirror, key) ? mirror[key] : undefined;
    const other = Object.hasOwn(log, key) ? log[key] : undefined;
    const found = find(name, one, other, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** The first field in which two lines differ; undefined when they are the same bytes. The bytes may be hostile. */
export function findDifference(mirror: Buffer, log: Buffer): LineDifference | undefined {
  if (mirror.equals(log)) return undefined;
  const [one, other] = [parse(mirror), parse(log)];
  const found = isObject(one) && isObject(other) ? find("", one, other, 0) : undefined;
  if (found !== undefined) return { ...found, place: cut(found.place, SHOWN) };
  // Not JSON, or the same values written in another way.
  let at = 0;
  while (at < mirror.length && mirror[at] === log[at]) at++;
  const from = Math.max(0, at - AROUND);
  const part = (line: Buffer): string => show(line.toString("utf8", from, from + SHOWN));
  return { place: `byte ${at}`, mirror: part(mirror), log: part(log) };
}
