// SPDX-License-Identifier: Apache-2.0
// Adding and removing one term of a query as text. Pure; the language itself is @telltale/query.
import { toIpKey } from "@telltale/query";

const BARE = /^[A-Za-z0-9_@./-]+$/;
const WORDS = new Set(["AND", "OR", "NOT", "TO"]);

/** A value as the language reads it literally: bare when nothing in it could be syntax, else quoted. */
export function quoteValue(value: string): string {
  if (BARE.test(value) && !WORDS.has(value.toUpperCase()) && !value.startsWith("-")) return value;
  return quote(value);
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export function toTerm(field: string, value: string): string {
  // What is no address is searched for as text, which for this field takes quotes.
  if (field === "client.ip" && toIpKey(value) === undefined) return `${field}:${quote(value)}`;
  return `${field}:${quoteValue(value)}`;
}

/** The query without what stands in quotes, so that words inside values are not taken for operators. */
function withoutQuoted(query: string): string {
  return query.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
}

function splitTop(query: string): string[] {
  return query.split(/\s+AND\s+/).map((part) => part.trim());
}

/**
 * `query` narrowed by one value. The same term twice is one; its opposite is replaced; a query with OR at the
 * top is put in parentheses first, or the new term would bind to its last half only.
 */
export function withTerm(query: string, field: string, value: string, mode: "include" | "exclude"): string {
  const term = toTerm(field, value);
  const wanted = mode === "include" ? term : `NOT ${term}`;
  const opposite = mode === "include" ? `NOT ${term}` : term;
  const trimmed = query.trim();
  if (trimmed === "") return wanted;
  if (/\bOR\b/.test(withoutQuoted(trimmed).replaceAll(/\([^()]*\)/g, "")))
    return `(${trimmed}) AND ${wanted}`;
  if (/\sAND\s/.test(trimmed) !== /\sAND\s/.test(withoutQuoted(trimmed))) return `${trimmed} AND ${wanted}`;
  const kept = splitTop(trimmed).filter((part) => part !== opposite && part !== wanted);
  return [...kept, wanted].join(" AND ");
}
