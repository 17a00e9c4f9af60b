// SPDX-License-Identifier: Apache-2.0
import { EVENT_SHAPE, type Fields, type FieldShape, LIMITS } from "./shape.js";
import { isTime } from "./time.js";

// The quick answer to "is this event as the schema wants it?", built once from EVENT_SHAPE. It allocates nothing and
// changes nothing; whatever it refuses is looked at again, slowly, by the normalizer.

interface Check {
  readonly required: boolean;
  readonly accepts: (value: unknown, depth: number) => boolean;
}

interface Checks {
  /** A Map, so that `__proto__` or `constructor` as keys are unknown keys and nothing else. */
  readonly byName: ReadonlyMap<string, Check>;
  readonly required: number;
}

const DECIMAL = /^-?\d{1,40}(?:\.\d{1,40})?$/;

/** Whether a text is a decimal number as money carries it. */
export function isDecimal(text: string): boolean {
  return DECIMAL.test(text);
}

/** Whether a value is an object that is neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is JSON data within the depth that an event may have; `depth` counts what is around it. */
export function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  // Bounded by LIMITS.depth, so that nesting or a cycle cannot exhaust the stack.
  if (depth >= LIMITS.depth) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isJson(value[i], depth + 1)) return false;
    return true;
  }
  for (const key in value) if (!isJson((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

function toAccepts(field: FieldShape): Check["accepts"] {
  switch (field.type) {
    case "version":
      return (value) => value === 1;
    case "string":
      return isString;
    case "time":
      return (value) => typeof value === "string" && isTime(value);
    case "decimal":
      return (value) => typeof value === "string" && isDecimal(value);
    case "integer":
      return Number.isSafeInteger;
    case "number":
      return Number.isFinite;
    case "strings":
      return (value) => Array.isArray(value) && value.every(isString);
    case "enum": {
      const values: readonly unknown[] = field.values;
      return (value) => values.includes(value);
    }
    case "json":
      return isJson;
    case "map":
      return (value, depth) => isObject(value) && isJson(value, depth);
    case "object": {
      const checks = toChecks(field.fields);
      return (value, depth) => isObject(value) && hasShape(value, checks, depth + 1);
    }
    default: {
      const checks = toChecks(field.fields);
      return (value, depth) => {
        if (!Array.isArray(value)) return false;
        for (let i = 0; i < value.length; i++) {
          const item: unknown = value[i];
          if (!isObject(item) || !hasShape(item, checks, depth + 2)) return false;
        }
        return true;
      };
    }
  }
}

function toChecks(fields: Fields): Checks {
  const byName = new Map<string, Check>();
  let required = 0;
  for (const [name, field] of Object.entries(fields)) {
    byName.set(name, { required: field.required === true, accepts: toAccepts(field) });
    if (field.required === true) required++;
  }
  return { byName, required };
}

function hasShape(value: Record<string, unknown>, checks: Checks, depth: number): boolean {
  let required = 0;
  for (const key in value) {
    const check = checks.byName.get(key);
    if (check === undefined || !check.accepts(value[key], depth)) return false;
    if (check.required) required++;
  }
  return required === checks.required;
}

const EVENT_CHECKS = toChecks(EVENT_SHAPE);

/** Whether an object has every required field of a sent event, no unknown ones, and each of its type. */
export function hasEventShape(value: Record<string, unknown>): boolean {
  return hasShape(value, EVENT_CHECKS, 1);
}
