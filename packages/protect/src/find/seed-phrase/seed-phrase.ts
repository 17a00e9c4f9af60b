// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { LETTER, SPACE } from "../chars.js";
import type { Detector, Hit } from "../detector.js";
import { WORDS } from "./words.js";

/** How many words a phrase has (BIP 39): with each three words, 32 bits of entropy and one of the checksum. */
const LENGTHS = [12, 15, 18, 21, 24] as const;
const SHORTEST = 12;
const SHORTEST_WORD = 3;
const LONGEST_WORD = 8;
/** So many checksums are made for a text. Where more are asked for, a row of words of the list is hidden whole. */
const MOST_CHECKS = 512;

let places: Map<string, number> | undefined;

function placeOf(word: string): number | undefined {
  places ??= new Map(WORDS.map((each, place) => [each, place]));
  return places.get(word);
}

/** Seed phrases of wallets (BIP 39, English): 12 to 24 words of the list whose checksum holds. */
export const seedPhrase: Detector = {
  name: "seed_phrase",
  class: "secret",
  needs: [{ classes: SPACE | LETTER, length: SHORTEST * (SHORTEST_WORD + 1) - 1 }],
  find(text, hits) {
    let starts: number[] = [];
    let start = 0;
    let checks = 0;
    for (let i = 0; i <= text.length; i++) {
      const code = i === text.length ? 0 : text.charCodeAt(i) | 32;
      if (code >= 97 && code <= 122) continue;
      const isWord = i - start >= SHORTEST_WORD && i - start <= LONGEST_WORD;
      if (isWord) starts.push(start);
      // One blank, or a comma and one, and the next word follows; anything else ends the row.
      const next = text.charCodeAt(i) === 44 && text.charCodeAt(i + 1) === 32 ? i + 2 : i + 1;
      const goesOn = isWord && isGap(text.charCodeAt(next - 1)) && isLetter(text.charCodeAt(next));
      if (!goesOn) {
        if (starts.length >= SHORTEST) checks = pushPhrases(text, starts, i, checks, hits);
        if (starts.length > 0) starts = [];
      }
      start = next;
      i = next - 1;
    }
  },
};

function isGap(code: number): boolean {
  return code === 32 || code === 10 || code === 44;
}

function isLetter(code: number): boolean {
  return (code | 32) >= 97 && (code | 32) <= 122;
}

/**
 * `starts` are the offsets of words in a row, the last of which ends at `end`. Every phrase is pushed, also one that begins inside another
 * by chance: together they cover the longest. Returns how many checksums were made so far.
 */
function pushPhrases(
  text: string,
  starts: readonly number[],
  end: number,
  before: number,
  hits: Hit[],
): number {
  const found = starts.map((start) => placeOf(wordAt(text, start).toLowerCase()));
  let checks = before;
  let known = 0;
  for (let last = 0; last < found.length; last++) {
    // So many words up to here are on the list.
    known = found[last] === undefined ? 0 : known + 1;
    for (const length of LENGTHS) {
      if (length > known) continue;
      if (++checks > MOST_CHECKS) {
        hits.push({ start: starts[last + 1 - known]!, end, kind: "seed_phrase" });
        return checks;
      }
      const first = last + 1 - length;
      if (!isPhrase(found, first, length)) continue;
      const stop = starts[last]! + wordAt(text, starts[last]!).length;
      hits.push({ start: starts[first]!, end: stop, kind: "seed_phrase", sure: true });
    }
  }
  return checks;
}

function wordAt(text: string, start: number): string {
  return /^[A-Za-z]*/.exec(text.slice(start, start + LONGEST_WORD))![0];
}

/** Whether these are words of the list, and the last bits are the first of the SHA-256 of those before. */
function isPhrase(found: readonly (number | undefined)[], from: number, length: number): boolean {
  let bits = 0n;
  for (let i = from; i < from + length; i++) bits = (bits << 11n) | BigInt(found[i]!);
  const check = BigInt(length / 3);
  const bytes = Buffer.from((bits >> check).toString(16).padStart((length / 3) * 8, "0"), "hex");
  const first = BigInt(createHash("sha256").update(bytes).digest()[0]!);
  return first >> (8n - check) === (bits & ((1n << check) - 1n));
}
