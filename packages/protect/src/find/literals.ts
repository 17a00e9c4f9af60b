// SPDX-License-Identifier: Apache-2.0
import { nextTrigram, TRIGRAMS } from "./chars.js";

/** Letters by how often they stand in log texts, the most frequent first; what is not in it is rarer than all of them. */
const FREQUENT = "etasonirdlcumpghfvbywk";
const SHORTEST = 3;

/** Bits of {@link Literals.wanted}. */
export const ALONE = 1;
export const BESIDE_BLANK = 2;

interface Literal {
  readonly text: string;
  readonly anyCase: boolean;
  /** How many characters stand before the end of the trigram that was chosen. */
  readonly before: number;
  readonly owner: number;
}

/**
 * The literals of all detectors, laid out so that one pass over a text finds those that may be in it: each is known by its rarest trigram.
 */
export class Literals {
  /** For each trigram that some literal was given: {@link ALONE}, and {@link BESIDE_BLANK} where only texts with a blank are wanted. */
  readonly wanted = new Uint8Array(TRIGRAMS);
  readonly #buckets = new Map<number, Literal[]>();

  /** Adds the literals of the detector with the number `owner`. `blank`: they are wanted in texts with a blank only. */
  add(literals: readonly string[], owner: number, blank = false): void {
    for (const text of literals) {
      if (text.length < SHORTEST) throw new RangeError(`a literal has at least ${SHORTEST} characters`);
      const before = rarestEnd(text);
      const trigram = trigramAt(text, before);
      const bucket = this.#buckets.get(trigram) ?? [];
      bucket.push({ text, anyCase: !/[A-Z]/.test(text), before, owner });
      this.#buckets.set(trigram, bucket);
      this.wanted[trigram]! |= blank ? BESIDE_BLANK : ALONE;
    }
  }

  /** Sets `found[owner]` to 1 for every detector that has a literal in `text`. Linear: each place costs its bucket. */
  locate(text: string, found: Uint8Array): void {
    let trigram = 0;
    for (let i = 0; i < text.length; i++) {
      trigram = nextTrigram(trigram, text.charCodeAt(i));
      if (this.wanted[trigram] === 0) continue;
      const bucket = this.#buckets.get(trigram);
      if (bucket === undefined) continue;
      for (const literal of bucket) {
        if (found[literal.owner] === 0 && standsAt(text, literal, i - literal.before))
          found[literal.owner] = 1;
      }
    }
  }
}

function standsAt(text: string, { text: literal, anyCase }: Literal, start: number): boolean {
  if (start < 0) return false;
  if (!anyCase) return text.startsWith(literal, start);
  for (let i = 0; i < literal.length; i++) {
    const code = literal.charCodeAt(i);
    const other = text.charCodeAt(start + i);
    if (other !== code && !(code >= 97 && code <= 122 && (other | 32) === code)) return false;
  }
  return true;
}

function trigramAt(text: string, end: number): number {
  let trigram = 0;
  for (let i = end - 2; i <= end; i++) trigram = nextTrigram(trigram, text.charCodeAt(i));
  return trigram;
}

/** The offset of the last character of the trigram that ordinary texts have least often. */
function rarestEnd(text: string): number {
  let best = SHORTEST - 1;
  let most = -1;
  for (let end = SHORTEST - 1; end < text.length; end++) {
    let rarity = 0;
    for (let i = end - 2; i <= end; i++) rarity += rarityOf(text.charAt(i).toLowerCase());
    // Of equals the last: words begin alike.
    if (rarity < most) continue;
    most = rarity;
    best = end;
  }
  return best;
}

function rarityOf(character: string): number {
  // Blanks, digits, and signs that share a symbol are everywhere.
  if (!/[a-z_-]/.test(character)) return 0;
  const rank = FREQUENT.indexOf(character);
  return rank === -1 ? FREQUENT.length : rank;
}
