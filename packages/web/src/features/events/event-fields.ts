// SPDX-License-Identifier: Apache-2.0
// Every field of an event as rows under the four questions: who, what, where, when. Pure.
import type { SecurityEvent } from "@telltale/event";
import type { SealedLine } from "../../shared/api/types.js";

export interface FieldRow {
  path: string;
  /** The path as the event itself writes it, in `protected.fields`. */
  stored: string;
  /** As shown. */
  text: string;
  /** Whether the text stands for a string, which can be a filter as it is. */
  kind: "string" | "number" | "boolean" | "null" | "empty";
  /** How protection changed it, when it did. */
  hidden?: { how: string; kind: string };
}

export interface FieldGroup {
  title: string;
  rows: FieldRow[];
}

const GROUPS: readonly { title: string; roots: readonly string[] }[] = [
  { title: "Who", roots: ["actor"] },
  {
    title: "What",
    roots: ["action", "outcome", "level", "reason", "message", "targets", "changes", "money"],
  },
  { title: "Where", roots: ["source", "client", "request"] },
  { title: "When", roots: ["time", "received"] },
  { title: "Data", roots: ["data"] },
];

const RECORD: readonly string[] = ["id", "v", "via", "tenant"];
const MAX_ROWS = 2000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toRow(path: string, stored: string, value: unknown): FieldRow {
  const place = { path, stored };
  if (value === null || value === undefined) return { ...place, text: "null", kind: "null" };
  if (typeof value === "object") return { ...place, text: Array.isArray(value) ? "[]" : "{}", kind: "empty" };
  if (typeof value === "string") return { ...place, text: value, kind: "string" };
  return typeof value === "number"
    ? { ...place, text: String(value), kind: "number" }
    : { ...place, text: value === true ? "true" : "false", kind: "boolean" };
}

const PLAIN_KEY = /^[A-Za-z_$][\w$-]{0,63}$/;

/** One step of a stored path. */
function toStep(key: string): string {
  return PLAIN_KEY.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Leaves in order; depth is bounded by the event's own limit, the number of rows here. */
export function flatten(path: string, value: unknown, into: FieldRow[], stored = path): void {
  if (into.length >= MAX_ROWS) return;
  const children: [string, string, unknown][] = Array.isArray(value)
    ? value.map((item, at) => [`${path}[${at}]`, `${stored}[${at}]`, item])
    : isObject(value)
      ? Object.keys(value).map((key) => [
          path === "" ? key : `${path}.${key}`,
          `${stored}${toStep(key)}`.replace(/^\./, ""),
          value[key],
        ])
      : [];
  if (children.length === 0) into.push(toRow(path, stored, value));
  for (const [child, place, item] of children) flatten(child, item, into, place);
}

interface Protection {
  policy: string;
  fields: { path: string; how: string; kind: string }[];
}

/** The `protected` part, as far as it has the expected form: it comes from a log that may be damaged. */
export function readProtection(event: Record<string, unknown>): Protection | undefined {
  const found = event["protected"];
  if (!isObject(found) || !Array.isArray(found["fields"])) return undefined;
  const fields = found["fields"].filter(isObject).map((field) => ({
    path: String(field["path"]),
    how: String(field["how"]),
    kind: String(field["kind"]),
  }));
  return { policy: String(found["policy"]), fields };
}

/** Marks rows that protection changed; a removed field has no row of its own and gets one here. */
function applyProtection(groups: FieldGroup[], protection: Protection): void {
  for (const { path, how, kind } of protection.fields) {
    let seen = false;
    for (const group of groups) {
      for (const row of group.rows) {
        if (row.stored !== path) continue;
        row.hidden = { how, kind };
        seen = true;
      }
    }
    if (seen) continue;
    const root = path.split(/[.[]/, 1)[0] ?? "";
    const title = GROUPS.find((group) => group.roots.includes(root))?.title ?? "Data";
    let group = groups.find((each) => each.title === title);
    if (group === undefined) {
      group = { title, rows: [] };
      groups.push(group);
    }
    group.rows.push({ path, stored: path, text: "", kind: "string", hidden: { how, kind } });
  }
}

/** Groups in reading order; empty ones are left out; fields no group knows stand under Record. */
export function toFieldGroups(event: Record<string, unknown>): FieldGroup[] {
  const groups = GROUPS.map(({ title, roots }): FieldGroup => {
    const rows: FieldRow[] = [];
    for (const root of roots) {
      if (Object.hasOwn(event, root)) flatten(root, event[root], rows);
    }
    return { title, rows };
  });
  const known = new Set([...GROUPS.flatMap((group) => group.roots), ...RECORD, "protected"]);
  const rest: FieldRow[] = [];
  for (const key of [...RECORD, ...Object.keys(event).filter((each) => !known.has(each))]) {
    if (Object.hasOwn(event, key)) flatten(key, event[key], rest);
  }
  groups.push({ title: "Record", rows: rest });
  const protection = readProtection(event);
  if (protection !== undefined) applyProtection(groups, protection);
  return groups.filter((group) => group.rows.length > 0);
}

/** The path as the query language names it: positions in lists are dropped (`targets[0].id` → `targets.id`). */
export function toQueryField(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "");
}

/** Whether a row can become a filter: hidden values cannot be searched but by their tokens, long texts should not. */
export function isFilterable(row: Omit<FieldRow, "stored">): boolean {
  const isSearchable = row.hidden === undefined || row.hidden.how === "tokenized";
  return isSearchable && row.kind !== "empty" && row.kind !== "null" && row.text.length <= 256;
}

const ENCRYPTED = /\[encrypted:[a-z]/;
const ALIAS = /^sub_[a-z2-7]{26}$/;

const MARKER = /\[(?:masked|removed|truncated|token|tokenized|encrypted|sealed):[a-z]/;

/** Whether a text shows itself that something was hidden in it. */
export function hasMarker(text: string): boolean {
  return MARKER.test(text) || text.endsWith("[truncated]");
}

/** A person whose name is kept apart from the log. */
export function isAlias(text: string): boolean {
  return ALIAS.test(text);
}

/** Whether there is something in a row that can be asked for: a token and a sealed value never open here. */
export function isRevealable(row: FieldRow): boolean {
  return row.kind === "string" && (isAlias(row.text) || ENCRYPTED.test(row.text));
}

/** A message or user agent may be shown in full; only ids and addresses are set in monospace. */
export function isProse(path: string): boolean {
  return path === "message" || path.endsWith(".userAgent") || path.endsWith(".name");
}

/** The event as its sealed line says it; the server's own reading only where the line is no JSON object. */
export function readSealed(sealed: SealedLine): SecurityEvent {
  try {
    const event: unknown = JSON.parse(sealed.line);
    return isObject(event) && typeof event["action"] === "string"
      ? (event as unknown as SecurityEvent)
      : sealed.event;
  } catch {
    return sealed.event;
  }
}
