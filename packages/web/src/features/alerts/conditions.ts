// SPDX-License-Identifier: Apache-2.0
// Conditions of an exception as lines that a person can read and change. Pure.
import type { Conditions } from "../../shared/api/alert-types.js";

/** `actor.id = job`, one line a value. A text that could be taken for something else is quoted. */
export function toWhereText(where: Conditions): string {
  return Object.entries(where)
    .flatMap(([field, values]) => values.map((value) => `${field} = ${toValueText(value)}`))
    .join("\n");
}

function toValueText(value: string | number | boolean | null): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return isPlain(value) ? value : JSON.stringify(value);
}

/** Reads back as the same text. */
function isPlain(text: string): boolean {
  return (
    text !== "" &&
    text.trim() === text &&
    !/["\n\r\u2028\u2029]/.test(text) &&
    typeof toValue(text) === "string"
  );
}

function toValue(text: string): string | number | boolean | null {
  if (/^-?\d{1,15}(\.\d{1,10})?$/.test(text)) return Number(text);
  if (text === "true") return true;
  if (text === "false") return false;
  return text === "null" ? null : text;
}

/** Reads the lines. Undefined when one of them is no condition, or there is none. */
export function parseWhere(text: string): Conditions | undefined {
  const where = new Map<string, (string | number | boolean | null)[]>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const at = line.indexOf("=");
    const field = line.slice(0, Math.max(0, at)).trim();
    const raw = line.slice(at + 1).trim();
    if (at < 1 || field === "" || /\s/.test(field) || raw === "") return undefined;
    const value = raw.startsWith('"') ? parseQuoted(raw) : toValue(raw);
    if (value === undefined) return undefined;
    where.set(field, [...(where.get(field) ?? []), value]);
  }
  return where.size === 0 ? undefined : Object.fromEntries(where);
}

function parseQuoted(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
