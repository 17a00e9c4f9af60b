// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

/** What the window knows of an id: never seen, seen with these very bytes, or seen with other bytes. */
export type Seen = "new" | "duplicate" | "conflict";

/** How many of the newest events the server recognises as already sealed. */
export const DEDUPE_WINDOW = 1 << 20;

/** Tag 2, fingerprint 2. */
const WORDS = 4;

/**
 * Remembers the ids of the newest events in memory that never grows: a ring of entries (64-bit tag of id and key, 64-bit
 * fingerprint of the source bytes) and an open-addressing table over it. Tags are keyed with a random seed, so a sender who
 * picks ids cannot make probes long, nor make two ids one: for an event to be taken for another's duplicate, tag and
 * fingerprint have to agree by chance, 128 bits.
 */
export class DedupeWindow {
  readonly #capacity: number;
  readonly #mask: number;
  readonly #entries: Uint32Array;
  readonly #slots: Int32Array;
  readonly #seed: Uint32Array;
  /** The tag that `#tagOf` made last: two words that need no object. */
  #high = 0;
  #low = 0;
  #count = 0;
  #next = 0;

  constructor(capacity: number = DEDUPE_WINDOW) {
    this.#capacity = capacity;
    let slots = 16;
    while (slots < capacity * 2) slots *= 2;
    this.#mask = slots - 1;
    this.#entries = new Uint32Array(capacity * WORDS);
    this.#slots = new Int32Array(slots).fill(-1);
    const seed = randomBytes(40);
    this.#seed = new Uint32Array(seed.buffer.slice(seed.byteOffset, seed.byteOffset + seed.length));
  }

  get size(): number {
    return this.#count;
  }

  /**
   * Looks the id of a line up and remembers it unless it is a duplicate. `ids` holds four words a line; `via` is a number
   * from 1 that stands for the key; `prints` holds two words a line, the fingerprint of the source's bytes, `sealedPrints`
   * that of the bytes as sealed: after a restart only the latter is known of older events.
   */
  check(
    id: Uint32Array,
    line: number,
    via: number,
    prints: Uint32Array,
    sealedPrints: Uint32Array = prints,
  ): Seen {
    const entries = this.#entries;
    const print = 2 * line;
    this.#tagOf(id, 4 * line, via);
    let seen: Seen = "new";
    let slot = this.#low & this.#mask;
    for (; this.#slots[slot] !== -1; slot = (slot + 1) & this.#mask) {
      const base = this.#slots[slot]! * WORDS;
      if (entries[base] !== this.#high || entries[base + 1] !== this.#low) continue;
      const high = entries[base + 2];
      const low = entries[base + 3];
      if (high === prints[print] && low === prints[print + 1]) return "duplicate";
      if (high === sealedPrints[print] && low === sealedPrints[print + 1]) return "duplicate";
      seen = "conflict";
    }
    if (this.#count === this.#capacity) {
      this.#drop(this.#next);
      // Dropping may have moved entries back: the free slot of this id is looked for again.
      slot = this.#freeSlot(this.#low);
    } else this.#count++;
    const base = this.#next * WORDS;
    entries[base] = this.#high;
    entries[base + 1] = this.#low;
    entries[base + 2] = prints[print]!;
    entries[base + 3] = prints[print + 1]!;
    this.#slots[slot] = this.#next;
    this.#next = (this.#next + 1) % this.#capacity;
    return seen;
  }

  /** Takes back what `check` remembered, because the event was not kept after all. */
  forget(id: Uint32Array, line: number, via: number, prints: Uint32Array): void {
    const entries = this.#entries;
    this.#tagOf(id, 4 * line, via);
    for (let slot = this.#low & this.#mask; this.#slots[slot] !== -1; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]!;
      const base = entry * WORDS;
      const isTag = entries[base] === this.#high && entries[base + 1] === this.#low;
      if (!isTag || entries[base + 2] !== prints[2 * line] || entries[base + 3] !== prints[2 * line + 1])
        continue;
      this.#drop(entry);
      return;
    }
  }

  #freeSlot(low: number): number {
    let slot = low & this.#mask;
    while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
    return slot;
  }

  /** Two 32-bit hashes with seeds of their own: into `#high` and `#low`. Never both zero, which marks a free place of the ring. */
  #tagOf(id: Uint32Array, at: number, via: number): void {
    const high = mix(id, at, via, this.#seed, 0);
    const low = mix(id, at, via, this.#seed, 5);
    this.#high = high;
    this.#low = high === 0 && low === 0 ? 1 : low;
  }

  /** Removes an entry by shifting back those that it pushed on, so that no tombstones pile up. */
  #drop(entry: number): void {
    const entries = this.#entries;
    const low = entries[entry * WORDS + 1]!;
    // It was forgotten before its time.
    if (low === 0 && entries[entry * WORDS] === 0) return;
    let hole = low & this.#mask;
    while (this.#slots[hole] !== entry) hole = (hole + 1) & this.#mask;
    for (let at = (hole + 1) & this.#mask; this.#slots[at] !== -1; at = (at + 1) & this.#mask) {
      const home = entries[this.#slots[at]! * WORDS + 1]! & this.#mask;
      const distanceToHome = (at - home) & this.#mask;
      const distanceToHole = (at - hole) & this.#mask;
      if (distanceToHome < distanceToHole) continue;
      this.#slots[hole] = this.#slots[at]!;
      hole = at;
    }
    this.#slots[hole] = -1;
    entries[entry * WORDS] = 0;
    entries[entry * WORDS + 1] = 0;
  }
}

/** A word of the seed goes in at each step: what collides depends on all of it. */
function mix(id: Uint32Array, at: number, via: number, seed: Uint32Array, from: number): number {
  let h = Math.imul(id[at]! ^ seed[from]!, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15) ^ id[at + 1]! ^ seed[from + 1]!, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ id[at + 2]! ^ seed[from + 2]!, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16) ^ id[at + 3]! ^ seed[from + 3]!, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15) ^ via ^ seed[from + 4]!, 0x165667b1);
  return (h ^ (h >>> 16)) >>> 0;
}
