// SPDX-License-Identifier: Apache-2.0
import { SigmaError, type Place } from "./errors.js";
import type { ListNode, MapNode, YamlNode } from "./yaml.js";

/** Small readers of one YAML value each: they return the type that was asked for or throw with the place. */

export function readMap(node: YamlNode): MapNode {
  if (node.kind !== "map") throw new SigmaError("wrong_type", node.place, "must be a map");
  return node;
}

export function readText(node: YamlNode): string {
  if (node.kind !== "scalar" || node.value === null || typeof node.value === "boolean")
    throw new SigmaError("wrong_type", node.place, "must be text");
  return String(node.value);
}

export function readBoolean(node: YamlNode): boolean {
  if (node.kind !== "scalar" || typeof node.value !== "boolean")
    throw new SigmaError("wrong_type", node.place, "must be true or false");
  return node.value;
}

/** A list of texts; a single text counts as a list of one, and an empty value as none. */
export function readTexts(node: YamlNode): string[] {
  if (node.kind === "list") return node.items.map(readText);
  if (node.kind === "scalar" && node.value === null) return [];
  return [readText(node)];
}

export function isList(node: YamlNode): node is ListNode {
  return node.kind === "list";
}

/** The value of a key that must be there. */
export function readRequired(map: MapNode, key: string): YamlNode {
  const node = map.entries.get(key);
  if (node === undefined) throw new SigmaError("missing_key", map.place, `has no "${key}"`);
  return node;
}

export function refuseUnknownKeys(map: MapNode, known: ReadonlySet<string>): void {
  for (const [key, node] of map.entries) {
    if (!known.has(key))
      throw new SigmaError("unknown_key", node.place, `"${key}" is not a key that is known here`);
  }
}

const DECIMAL = /^[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?$/;

/** Decimal text to a number, or undefined. Linear: one pass, bounded repeats that cannot overlap. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string" || value.length > 400 || !DECIMAL.test(value)) return undefined;
  return Number(value);
}

/** A finite number, written as such or as decimal text. */
export function readNumber(node: YamlNode): number {
  const value = node.kind === "scalar" ? toNumber(node.value) : undefined;
  if (value === undefined) throw new SigmaError("wrong_type", node.place, "must be a number");
  return value;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_629_746_000,
  y: 31_556_952_000,
};

/** `5m` to milliseconds (specification 2.1 "timespan": s, m, h, d; w, M and y as in pySigma). */
export function readTimespan(node: YamlNode): number {
  const match = /^(\d{1,9})([smhdwMy])$/.exec(readText(node));
  const amount = Number(match?.[1] ?? 0);
  if (match === null || amount === 0)
    throw new SigmaError("bad_timespan", node.place, "must be a number and a unit, as in 30s, 5m, 1h, 7d");
  return amount * (UNITS[match[2] ?? ""] ?? 0);
}

export function placeWith(place: Place, key: string): Place {
  return { ...place, key };
}
