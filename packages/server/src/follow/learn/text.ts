// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { neutralize } from "@telltale/event";

const KEY_CHARS = 128;
const SHOWN_CHARS = 64;

/**
 * A value from an event as a key in memory: never longer than 128 UTF-16 units, so that a sender cannot make us keep
 * long texts. Two long values stay two keys.
 */
export function boundKey(text: string): string {
  if (text.length <= KEY_CHARS) return text;
  return `${text.slice(0, 96)}…${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
}

/** A value from an event as people are shown it: one short line without anything that deceives. */
export function shown(text: string): string {
  const short = text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS - 1)}…` : text;
  return neutralize(short);
}

/** `Germany`, `Germany and Austria`, `Germany, Austria and 3 others` */
export function listText(words: readonly string[], most = 3): string {
  const named = words.length > most ? words.slice(0, most - 1) : words;
  const rest = words.length - named.length;
  const all = rest > 0 ? [...named, `${rest} others`] : named;
  if (all.length <= 1) return all[0] ?? "";
  return `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** `1 event`, `212 events` */
export function countText(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "code" });

/** `Brazil (BR)` of an ISO 3166 code of two capital letters. */
export function countryText(code: string): string {
  const name = names.of(code) ?? code;
  return name === code ? code : `${name} (${code})`;
}

/** `Brazil` */
export function countryName(code: string): string {
  return names.of(code) ?? code;
}
