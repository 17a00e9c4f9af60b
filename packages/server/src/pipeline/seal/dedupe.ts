// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

/** What the window knows of an id: never seen, seen with these very bytes, or seen with other bytes. */
export type Seen = "new" | "duplicate" | "conflict";

/** How many of the newest events the server recognises as already sealed. */
export const DEDUPE_WINDOW = 1 << 20;

/** id 4, key number 1, fingerprint 2. */
const WORDS = 7;

/**
 * Remembers the ids of the newest events in memory that never grows: a ring of entries (16-byte id, key number,
 * fingerprint of the source bytes) and an open-addressing table over it. The table is keyed with a random seed,
 * so a sender who picks ids cannot make its probes long.
 */
export class DedupeWindow {
  readonly #capacity: number;
  readonly #mask: number;
  readonly #entries: Uint32Array;
  readonly #slots: Int32Array;
  readonly #seed: Uint32Array;
  #count = 0;
  #next = 0;

  constructor(capacity: number = DEDUPE_WINDOW) {
    this.#capacity = capacity;
    let slots = 16;
    while (slots < capacity * 2) slots *= 2;
    this.#mask = slots - 1;
    this.#entries = new Uint32Array(capacity * WORDS);
    this.#slots = new Int32Array(slots).fill(-1);
    const seed = randomBytes(16);
    this.#seed = new Uint32Array(seed.buffer.slice(seed.byteOffset, seed.byteOffset + 16));
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
    const at = line * 4;
    const high = prints[line * 2]!;
    const low = prints[line * 2 + 1]!;
    let seen: Seen = "new";
    let slot = this.#hash(id[at]!, id[at + 1]!, id[at + 2]!, id[at + 3]!, via);
    for (; this.#slots[slot] !== -1; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]!;
      const base = entry * WORDS;
      if (
        this.#entries[base] === id[at] &&
        this.#entries[base + 1] === id[at + 1] &&
        this.#entries[base + 2] === id[at + 2] &&
        this.#entries[base + 3] === id[at + 3] &&
        this.#entries[base + 4] === via
      ) {
        const knownHigh = this.#entries[base + 5];
        const knownLow = this.#entries[base + 6];
        if (knownHigh === high && knownLow === low) return "duplicate";
        if (knownHigh === sealedPrints[line * 2] && knownLow === sealedPrints[line * 2 + 1])
          return "duplicate";
        seen = "conflict";
      }
    }
    if (this.#count === this.#capacity) {
      this.#drop(this.#next);
      // Dropping may have moved entries back: the free slot of this id is looked for again.
      slot = this.#freeSlot(id[at]!, id[at + 1]!, id[at + 2]!, id[at + 3]!, via);
    } else this.#count++;
    const base = this.#next * WORDS;
    for (let word = 0; word < 4; word++) this.#entries[base + word] = id[at + word]!;
    this.#entries[base + 4] = via;
    this.#entries[base + 5] = high;
    this.#entries[base + 6] = low;
    this.#slots[slot] = this.#next;
    this.#next = (this.#next + 1) % this.#capacity;
    return seen;
  }

  /** Takes back what `check` remembered, because the event was not kept after all. */
  forget(id: Uint32Array, line: number, via: number, prints: Uint32Array): void {
    const at = line * 4;
    let slot = this.#hash(id[at]!, id[at + 1]!, id[at + 2]!, id[at + 3]!, via);
    for (; this.#slots[slot] !== -1; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]!;
      const base = entry * WORDS;
      const same = [0, 1, 2, 3].every((word) => this.#entries[base + word] === id[at + word]);
      const isPrint =
        this.#entries[base + 5] === prints[line * 2] && this.#entries[base + 6] === prints[line * 2 + 1];
      if (!same || this.#entries[base + 4] !== via || !isPrint) continue;
      this.#drop(entry);
      return;
    }
  }

  #freeSlot(a: number, b: number, c: number, d: number, via: number): number {
    let slot = this.#hash(a, b, c, d, via);
    while (this.#slots[slot] !== -1) slot = (slot + 1) & this.#mask;
    return slot;
  }

  #hashOf(entry: number): number {
    const base = entry * WORDS;
    const e = this.#entries;
    return this.#hash(e[base]!, e[base + 1]!, e[base + 2]!, e[base + 3]!, e[base + 4]!);
  }

  #hash(a: number, b: number, c: number, d: number, via: number): number {
    const seed = this.#seed;
    let h = Math.imul(a ^ seed[0]!, 0x9e3779b1);
    h = Math.imul((h ^ (h >>> 15) ^ b ^ seed[1]!) | 0, 0x85ebca6b);
    h = Math.imul((h ^ (h >>> 13) ^ c ^ seed[2]!) | 0, 0xc2b2ae35);
    h = Math.imul((h ^ (h >>> 16) ^ d ^ seed[3]!) | 0, 0x27d4eb2f);
    h = Math.imul((h ^ (h >>> 15) ^ via) | 0, 0x165667b1);
    return (h ^ (h >>> 16)) & this.#mask;
  }

  /** Removes an entry by shifting back those that it pushed on, so that no tombstones pile up. */
  #drop(entry: number): void {
    // Key numbers start at 1: a zero marks a place of the ring whose entry was forgotten before its time.
    if (this.#entries[entry * WORDS + 4] === 0) return;
    let hole = this.#hashOf(entry);
    while (this.#slots[hole] !== entry) hole = (hole + 1) & this.#mask;
    for (let at = (hole + 1) & this.#mask; this.#slots[at] !== -1; at = (at + 1) & this.#mask) {
      const home = this.#hashOf(this.#slots[at]!);
      const distanceToHome = (at - home) & this.#mask;
      const distanceToHole = (at - hole) & this.#mask;
      if (distanceToHome < distanceToHole) continue;
      this.#slots[hole] = this.#slots[at]!;
      hole = at;
    }
    this.#slots[hole] = -1;
    this.#entries[entry * WORDS + 4] = 0;
  }
}
