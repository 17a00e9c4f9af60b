// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { LETTER, SPACE } from "../chars.js";
import type { Detector, Hit } from "../detector.js";
import { WORDS } from "./words.js";

/** How many words a phrase has (BIP 39): with each three words, 32 bits of entropy and one of the checksum. The longest first. */
const LENGTHS = [24, 21, 18, 15, 12] as const;
const SHORTEST = 12;
const SHORTEST_WORD = 3;
const LONGEST_WORD = 8;
/** More words than these in a row are looked at by their first ones; an ordinary text has none. */
const MOST_WORDS = 4096;

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
    let total = 0;
    for (let i = 0; i <= text.length; i++) {
      const code = i === text.length ? 0 : text.charCodeAt(i) | 32;
      if (code >= 97 && code <= 122) continue;
      const isWord = i - start >= SHORTEST_WORD && i - start <= LONGEST_WORD;
      if (isWord) starts.push(start);
      // One blank, or a comma and one, and the next word follows; anything else ends the row.
      const next = text.charCodeAt(i) === 44 && text.charCodeAt(i + 1) === 32 ? i + 2 : i + 1;
      const goesOn = isWord && isGap(text.charCodeAt(next - 1)) && isLetter(text.charCodeAt(next));
      if (!goesOn) {
        if (starts.length >= SHORTEST && total < MOST_WORDS) {
          total += starts.length;
          pushPhrases(text, starts, i, hits);
        }
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

/** `starts` are the offsets of words in a row, the last of which ends at `end`. */
function pushPhrases(text: string, starts: readonly number[], end: number, hits: Hit[]): void {
  const found = starts.slice(0, MOST_WORDS).map((start, i) => {
    const next = starts[i + 1] ?? end;
    return placeOf(
      text
        .slice(start, i + 1 < starts.length ? next : end)
        .replace(/[^A-Za-z]+$/, "")
        .toLowerCase(),
    );
  });
  for (let from = 0; from + SHORTEST <= found.length; from++) {
    const length = LENGTHS.find((each) => isPhrase(found.slice(from, from + each), each));
    if (length === undefined) continue;
    const after = starts[from + length];
    const last = starts[from + length - 1]!;
    const stop =
      after === undefined ? end : last + /^[A-Za-z]*/.exec(text.slice(last, last + LONGEST_WORD))![0].length;
    hits.push({ start: starts[from]!, end: stop, kind: "seed_phrase", sure: true });
    from += length - 1;
  }
}

/** Whether these are words of the list, and the last bits are the first of the SHA-256 of those before. */
function isPhrase(found: readonly (number | undefined)[], length: number): boolean {
  if (found.length < length || found.includes(undefined)) return false;
  let bits = 0n;
  for (const place of found) bits = (bits << 11n) | BigInt(place!);
  const check = BigInt(length / 3);
  const bytes = Buffer.from((bits >> check).toString(16).padStart((length / 3) * 8, "0"), "hex");
  const first = BigInt(createHash("sha256").update(bytes).digest()[0]!);
  return first >> (8n - check) === (bits & ((1n << check) - 1n));
}
