// SPDX-License-Identifier: Apache-2.0
import { isDecimal, isJson, isObject } from "./check.js";
import type { Fields, FieldShape } from "./shape.js";
import { parseTime } from "./time.js";

/** One value that did not fit its field: kept in `data._invalid`. */
export interface InvalidNote {
  field: string;
  reason: string;
  value: unknown;
}

/** Notes of one list above which the whole list is kept as one note: repairing must not make an event grow. */
const MAX_NOTES_PER_LIST = 8;

type Path = readonly (string | number)[];

/** What a repair found: values that did not fit, and values of unknown fields that need another place. */
export class Repairs {
  readonly notes: InvalidNote[] = [];
  readonly moved: { path: string[]; value: unknown }[] = [];

  note(path: Path, reason: string, value: unknown): void {
    this.notes.push({ field: toField(path), reason, value: toJson(value) });
  }

  move(path: Path, value: unknown): void {
    // Inside a list there is no place of the same name under `data`.
    if (path.some((part) => typeof part === "number")) this.note(path, "unknown_field", value);
    else this.moved.push({ path: path.map(String), value });
  }

  mark(): [number, number] {
    return [this.notes.length, this.moved.length];
  }

  rollback([notes, moved]: [number, number]): void {
    this.notes.length = notes;
    this.moved.length = moved;
  }
}

function toField(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}

/** Sets an own property; `__proto__` becomes data, not a prototype. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** The key itself, or with as many `_` behind it as it takes to be free. */
export function freeKey(target: object, key: string): string {
  let free = key;
  while (Object.hasOwn(target, free)) free += "_";
  return free;
}

/** Puts a value below `data` at a path, beside what is there; `owned` are the objects that may be written to. */
export function place(
  data: Record<string, unknown>,
  path: string[],
  value: unknown,
  owned: Set<object>,
): void {
  let at = data;
  for (const part of path.slice(0, -1)) {
    const child: unknown = Object.hasOwn(at, part) ? at[part] : {};
    if (!isObject(child)) {
      setOwn(data, freeKey(data, path.join(".")), value);
      return;
    }
    const mine = owned.has(child) ? child : { ...child };
    owned.add(mine);
    setOwn(at, part, mine);
    at = mine;
  }
  setOwn(at, freeKey(at, path.at(-1) ?? ""), value);
}

/**
 * A value as JSON data. Data that came out of `JSON.parse` is returned as it is; from inside a process there may be
 * dates, big integers or NaN. The caller has bounded the depth.
 */
export function toJson(value: unknown): unknown {
  // -16: JSON data nests no deeper than the event it came from, whose depth has been checked.
  if (isJson(value, -16)) return value;
  switch (typeof value) {
    case "number":
    case "bigint":
      return String(value);
    case "object":
      break;
    default:
      return null;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value as object).map(([key, child]) => [key, toJson(child)]));
}

/**
 * The fields of an object that fit its table, in the table's order; what does not fit goes to `repairs`.
 */
export function repairObject(
  fields: Fields,
  value: Record<string, unknown>,
  path: Path,
  repairs: Repairs,
): Record<string, unknown> {
  const fixed: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (!Object.hasOwn(value, name)) continue;
    const result = repairValue(field, value[name], [...path, name], repairs);
    if (result !== undefined) fixed[name] = result;
  }
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(fields, key) && value[key] !== undefined) repairs.move([...path, key], value[key]);
  }
  return fixed;
}

function repairNested(fields: Fields, value: unknown, path: Path, repairs: Repairs): unknown {
  if (!isObject(value)) return refuse(path, "not_an_object", value, repairs);
  const mark = repairs.mark();
  const fixed = repairObject(fields, value, path, repairs);
  const lacking = Object.entries(fields).filter(
    ([name, field]) => field.required && !Object.hasOwn(fixed, name),
  );
  if (lacking.length === 0) return fixed;
  if (lacking.every(([, field]) => field.missing !== undefined)) {
    const filled = lacking.map(([name, field]) => [name, field.missing]);
    const whole: Record<string, unknown> = { ...Object.fromEntries(filled), ...fixed };
    const names = Object.keys(fields).filter((name) => Object.hasOwn(whole, name));
    return Object.fromEntries(names.map((name) => [name, whole[name]]));
  }
  repairs.rollback(mark);
  return refuse(path, "incomplete", value, repairs);
}

function refuse(path: Path, reason: string, value: unknown, repairs: Repairs): undefined {
  repairs.note(path, reason, value);
  return undefined;
}

function repairList(
  value: unknown,
  path: Path,
  repairs: Repairs,
  repairItem: (item: unknown, path: Path) => unknown,
) {
  const mark = repairs.mark();
  if (!Array.isArray(value)) repairs.note(path, "not_a_list", value);
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const fixed: unknown[] = [];
  for (const [i, item] of items.entries()) {
    const result =
      item === null ? refuse([...path, i], "null", item, repairs) : repairItem(item, [...path, i]);
    if (result !== undefined) fixed.push(result);
    if (repairs.notes.length - mark[0] > MAX_NOTES_PER_LIST) {
      repairs.rollback(mark);
      return refuse(path, "too_many_wrong_items", value, repairs);
    }
  }
  return fixed.length > 0 || items.length === 0 ? fixed : undefined;
}

/** A value for its field, or undefined. A number for a text and the like is converted and noted all the same. */
function repairValue(field: FieldShape, value: unknown, path: Path, repairs: Repairs): unknown {
  if (field.type === "json") return value === undefined ? undefined : toJson(value);
  if (value === null || value === undefined) return undefined;
  switch (field.type) {
    case "object":
      return repairNested(field.fields, value, path, repairs);
    case "objects":
      return repairList(value, path, repairs, (item, at) => repairNested(field.fields, item, at, repairs));
    case "strings":
      return repairList(value, path, repairs, (item, at) => repairText(item, at, repairs));
    case "map":
      return isObject(value) ? toJson(value) : refuse(path, "not_an_object", value, repairs);
    case "time":
      return repairTime(value, path, repairs);
    case "enum":
      return repairEnum(field.values, value, path, repairs);
    case "version":
      return value === 1 ? 1 : refuse(path, "unknown_version", value, repairs);
    case "decimal": {
      const text = typeof value === "number" ? String(value) : value;
      if (text !== value) repairs.note(path, "not_a_string", value);
      if (typeof text === "string" && isDecimal(text)) return text;
      return text === value ? refuse(path, "not_a_decimal", value, repairs) : undefined;
    }
    case "string":
      return repairText(value, path, repairs);
    default:
      return repairNumber(field.type, value, path, repairs);
  }
}

function repairText(value: unknown, path: Path, repairs: Repairs): string | undefined {
  if (typeof value === "string") return value;
  repairs.note(path, "not_a_string", value);
  const isScalar = typeof value === "number" || typeof value === "bigint" || typeof value === "boolean";
  return isScalar ? String(value) : undefined;
}

function repairTime(value: unknown, path: Path, repairs: Repairs): string | undefined {
  const parsed = typeof value === "string" ? parseTime(value) : undefined;
  if (parsed === undefined) return refuse(path, "not_a_time", value, repairs);
  if (!parsed.exact) repairs.move(path, value);
  return parsed.time;
}

function repairEnum(
  values: readonly string[],
  value: unknown,
  path: Path,
  repairs: Repairs,
): string | undefined {
  const text = typeof value === "string" ? value : "";
  if (values.includes(text)) return text;
  repairs.note(path, "not_allowed", value);
  return values.find((allowed) => allowed === text.toLowerCase());
}

function repairNumber(
  type: "integer" | "number",
  value: unknown,
  path: Path,
  repairs: Repairs,
): number | undefined {
  const isFit = (n: unknown): n is number =>
    type === "integer" ? Number.isSafeInteger(n) : Number.isFinite(n);
  if (isFit(value)) return value;
  repairs.note(path, type === "integer" ? "not_an_integer" : "not_a_number", value);
  const read =
    typeof value === "string" && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
  return isFit(read) ? read : undefined;
}
