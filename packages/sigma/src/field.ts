// SPDX-License-Identifier: Apache-2.0

/** A nested object where a value was expected: it exists, is not null, and has no text. */
export const OBJECT = Symbol("object");

export type Scalar = string | number | boolean | null | typeof OBJECT;
/** What a field holds: nothing (undefined), one value, or the values of an array. */
export type FieldValue = undefined | Scalar | readonly Scalar[];

/** Arrays inside arrays, and paths through arrays of objects, give at most this many values. */
const MAX_VALUES = 10_000;
const MAX_DEPTH = 64;

/**
 * Compiles a dotted path to a reader. At every level the next name is looked up first, then the rest of the path as one
 * literal name (so `{"a.b": 1}` is found by `a.b`). An array stands for all its elements.
 * Hostile events: only own properties are read, so `__proto__` and `constructor` are names like any other.
 */
export function compileField(path: string): (event: object) => FieldValue {
  const names = path.split(".");
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    return (event) =>
      Object.hasOwn(event, only) ? toFieldValue((event as Record<string, unknown>)[only]) : undefined;
  }
  const rests = names.map((_, i) => names.slice(i).join("."));
  return (event) => readPath(event, names, rests, 0);
}

function readPath(
  holder: object,
  names: readonly string[],
  rests: readonly string[],
  at: number,
): FieldValue {
  let current = holder as Record<string, unknown>;
  for (let i = at; i < names.length; i++) {
    const name = names[i] as string;
    if (!Object.hasOwn(current, name)) {
      const rest = rests[i] as string;
      return i < names.length - 1 && Object.hasOwn(current, rest) ? toFieldValue(current[rest]) : undefined;
    }
    const value = current[name];
    if (i === names.length - 1) return toFieldValue(value);
    if (Array.isArray(value)) return readElements(value, names, rests, i + 1);
    if (typeof value !== "object" || value === null) return undefined;
    current = value as Record<string, unknown>;
  }
  return undefined;
}

function readElements(
  elements: readonly unknown[],
  names: readonly string[],
  rests: readonly string[],
  at: number,
): FieldValue {
  const values: Scalar[] = [];
  let found = false;
  for (const element of elements) {
    if (typeof element !== "object" || element === null || Array.isArray(element)) continue;
    const value = readPath(element, names, rests, at);
    if (value === undefined) continue;
    found = true;
    if (Array.isArray(value)) values.push(...(value as Scalar[]).slice(0, MAX_VALUES));
    else values.push(value as Scalar);
    if (values.length >= MAX_VALUES) break;
  }
  return found ? (values.length > MAX_VALUES ? values.slice(0, MAX_VALUES) : values) : undefined;
}

function toFieldValue(value: unknown): FieldValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null)
    return value;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return OBJECT;
  const values: Scalar[] = [];
  flatten(value, values, 0);
  return values;
}

function flatten(list: readonly unknown[], into: Scalar[], depth: number): void {
  for (const element of list) {
    if (into.length >= MAX_VALUES) return;
    if (Array.isArray(element)) {
      if (depth < MAX_DEPTH) flatten(element, into, depth + 1);
    } else {
      const value = toFieldValue(element);
      if (value !== undefined) into.push(value as Scalar);
    }
  }
}

/** The text of a scalar; null and nested objects have none. */
export function toText(value: Scalar): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return undefined;
}

/** Every text in the event at any depth, values only: what keywords are searched in. */
export function collectTexts(event: object): string[] {
  const texts: string[] = [];
  collect(event, texts, 0);
  return texts;
}

function collect(value: unknown, into: string[], depth: number): void {
  if (into.length >= MAX_VALUES || depth > MAX_DEPTH) return;
  if (typeof value === "string") into.push(value);
  else if (typeof value === "number" || typeof value === "boolean") into.push(String(value));
  else if (Array.isArray(value)) for (const element of value) collect(element, into, depth + 1);
  else if (typeof value === "object" && value !== null)
    for (const key of Object.keys(value)) collect((value as Record<string, unknown>)[key], into, depth + 1);
}
