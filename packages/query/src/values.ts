// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { type Field, fieldsOfGroup, isDataField, type QueryField } from "./fields.js";

/** Called with each value of a field until one is accepted. */
export type Accept = (value: unknown) => boolean;

/** True when one of the field's values is accepted. `null` and absent values are never offered. */
export function someValue(event: SecurityEvent, field: Field, accept: Accept): boolean {
  return isDataField(field)
    ? someDataValue(own(event, "data"), field.path, accept)
    : someEnvelopeValue(event, field, 0, accept);
}

/** Own properties only: `__proto__` and `constructor` in an event are data, not behaviour. */
function own(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function someEnvelopeValue(value: unknown, field: QueryField, at: number, accept: Accept): boolean {
  const key = field.path[at];
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    if (key !== undefined) return items.some((item) => someEnvelopeValue(item, field, at, accept));
    return (field.type === "json" && accept(value)) || items.some((item) => isValue(item) && accept(item));
  }
  if (key === undefined) return isValue(value) && accept(value);
  return someEnvelopeValue(own(value, key), field, at + 1, accept);
}

/**
 * A path in `data` looks through one list on its way: `data.items.sku` finds `{items: [{sku}]}`, `data.tags` finds
 * each tag (and the list itself, which only `_exists_` accepts). Numbers index lists: `data.items.0.sku`.
 */
function someDataValue(data: unknown, path: readonly string[], accept: Accept): boolean {
  const direct = pointed(data, path);
  if (isValue(direct) && accept(direct)) return true;
  if (Array.isArray(direct) && direct.some((item) => isValue(item) && accept(item))) return true;
  for (let i = 1; i < path.length; i++) {
    const list = pointed(data, path.slice(0, i));
    if (!Array.isArray(list)) continue;
    const rest = path.slice(i);
    const found = list.some((item) => {
      const value = pointed(item, rest);
      return isValue(value) && accept(value);
    });
    if (found) return true;
  }
  return false;
}

/** What a JSON pointer (RFC 6901) of these names points at. */
function pointed(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const name of path) {
    if (Array.isArray(value) && !/^(?:0|[1-9][0-9]{0,8})$/.test(name)) return undefined;
    value = own(value, name);
  }
  return value;
}

function isValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** True when any field of the group has a value. */
export function groupExists(event: SecurityEvent, group: string): boolean {
  if (group === "data") {
    const data = own(event, "data");
    return typeof data === "object" && data !== null && Object.keys(data).length > 0;
  }
  return fieldsOfGroup(group).some((field) => someValue(event, field, () => true));
}

const DECIMAL = /^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$/;

/** The number that a value is or, as plain decimal text (an amount), spells. */
export function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && DECIMAL.test(value) ? Number(value) : undefined;
}

/** The text against which wildcards are held: text itself, whole numbers in digits. */
export function toText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 1e15
    ? String(value)
    : undefined;
}
