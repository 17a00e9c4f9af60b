// SPDX-License-Identifier: Apache-2.0
import { LIMITS } from "@telltale/event";
import type { ImportedLine, LineReader } from "./format.js";

/** Narrows to an id that the server keeps; with any other it would make a new one at every import. */
function isKept(id: unknown): boolean {
  return typeof id === "string" && id.length > 0 && id.length <= LIMITS.idChars;
}

function reject(code: string, message: string): ImportedLine {
  return { kind: "rejected", code, message };
}

/** Lines that are events already. Only an id is added where there is none; all else is the server's to judge. */
export function createJsonLines(): LineReader {
  return (number, bytes, ids) => {
    if (bytes.length > LIMITS.eventBytes) {
      return reject(
        "event_too_large",
        `the line has ${bytes.length} bytes; an event has at most ${LIMITS.eventBytes}`,
      );
    }
    const text = bytes.toString("utf8").trim();
    if (text === "") return { kind: "skipped", why: "blank" };
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return reject("not_json", "the line is not valid JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return reject("not_an_object", "the line is not a JSON object");
    }
    const time: unknown = Object.hasOwn(value, "time") ? (value as { time?: unknown }).time : undefined;
    const events = [withId(text, value, () => ids(number, bytes, 0))];
    return { kind: "events", events, times: [typeof time === "string" ? time : undefined] };
  };
}

function withId(text: string, value: object, makeId: () => string): string {
  // Own properties only: an event may say `__proto__`, and no object inherits an id.
  if (!Object.hasOwn(value, "id")) {
    const rest = text.slice(1).trimStart();
    return `{"id":"${makeId()}"${rest.startsWith("}") ? "" : ","}${rest}`;
  }
  const { id, ...others } = value as Record<string, unknown>;
  if (isKept(id)) return text;
  return JSON.stringify({ id: makeId(), ...others, original_id: id });
}
