// SPDX-License-Identifier: Apache-2.0

/** Lists and maps inside each other; deeper ones are left out, and counted by nobody: such an attribute carries no fact. */
const MAX_DEPTH = 16;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/**
 * An AnyValue of opentelemetry-proto common.proto in its JSON form as plain JSON. 64-bit integers come as decimal strings:
 * those that a double cannot hold stay strings. Undefined for what is no AnyValue.
 */
export function toJson(value: unknown, depth = 0): Json | undefined {
  if (!isObject(value) || depth > MAX_DEPTH) return undefined;
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value;
  if (typeof stringValue === "string") return stringValue;
  if (typeof boolValue === "boolean") return boolValue;
  if (typeof intValue === "number" || typeof intValue === "string") return toInteger(intValue);
  if (typeof doubleValue === "number") return doubleValue;
  // The JSON form of protobuf writes what JSON has no number for as text.
  if (typeof doubleValue === "string" || typeof bytesValue === "string")
    return String(doubleValue ?? bytesValue);
  if (isObject(arrayValue)) {
    return listOf(arrayValue["values"]).map((each) => toJson(each, depth + 1) ?? null);
  }
  if (isObject(kvlistValue)) return Object.fromEntries(toAttributes(kvlistValue["values"], depth + 1));
  return undefined;
}

function toInteger(value: number | string): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** A list of KeyValue as a map. Of two with one key the first counts. */
export function toAttributes(list: unknown, depth = 0): Map<string, Json> {
  const attributes = new Map<string, Json>();
  for (const each of listOf(list)) {
    if (!isObject(each) || typeof each["key"] !== "string" || attributes.has(each["key"])) continue;
    const value = toJson(each["value"], depth);
    if (value !== undefined) attributes.set(each["key"], value);
  }
  return attributes;
}
