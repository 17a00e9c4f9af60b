// SPDX-License-Identifier: Apache-2.0
import { addProtected, canonicalJson, LIMITS, type ProtectedField, type SentEvent } from "@telltale/event";

const LONGEST = 32_768;
const STEPS = [8192, 1024, 256];

function cut(value: unknown, longest: number, path: string, fields: ProtectedField[]): unknown {
  if (typeof value === "string") {
    if (value.length <= longest) return value;
    if (fields.length < 32) fields.push({ path, how: "truncated", kind: "length" });
    return `${value.slice(0, longest)}…`;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) value[i] = cut(item, longest, `${path}[${i}]`, fields);
    return value;
  }
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) {
    if (key === "__proto__") continue;
    object[key] = cut(object[key], longest, path === "" ? key : `${path}.${key}`, fields);
  }
  return value;
}

function truncate(event: SentEvent, longest: number): void {
  const fields: ProtectedField[] = [];
  const { protected: hidden, ...rest } = event;
  cut(rest, longest, "", fields);
  Object.assign(event, rest);
  event.protected = hidden;
  if (fields.length > 0) addProtected(event, "sdk", fields);
  else if (hidden === undefined) delete event.protected;
}

/**
 * The canonical text of an event that has been protected, within `LIMITS.eventBytes`: strings are cut, the longest
 * first; then what an application adds freely is left out. Says in `protected` what was cut. Changes the event.
 */
export function toBoundedJson(event: SentEvent): { json: string; bytes: number } {
  let json = canonicalJson(event);
  let bytes = Buffer.byteLength(json);
  if (json.length > LONGEST || bytes > LIMITS.eventBytes) {
    for (const longest of [LONGEST, ...STEPS]) {
      truncate(event, longest);
      json = canonicalJson(event);
      bytes = Buffer.byteLength(json);
      if (bytes <= LIMITS.eventBytes) return { json, bytes };
    }
    const dropped = (["data", "changes", "targets"] as const).filter((name) => event[name] !== undefined);
    for (const name of dropped) delete event[name];
    delete event.protected;
    addProtected(
      event,
      "sdk",
      dropped.map((path) => ({ path, how: "truncated", kind: "size" })),
    );
    json = canonicalJson(event);
    bytes = Buffer.byteLength(json);
  }
  return { json, bytes };
}
