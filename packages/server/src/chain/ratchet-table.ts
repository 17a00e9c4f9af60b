// SPDX-License-Identifier: Apache-2.0
import { hash } from "node:crypto";

/** Boots whose ratchet is kept; 64 bytes each. */
const SLOTS = 1 << 15;
/** A boot may lie in any slot of its set. */
const WAYS = 8;

// Words of a slot. The version is even while the slot is at rest, odd while somebody writes it.
const WORDS = 16;
const VERSION = 0;
const NAME = 1;
const NAME_WORDS = 3;
const VIA = 4;
const USED = 5;
const SEQ = 6;
const KEY = 8;
const KEY_WORDS = 8;
/** One word in front of the slots: a clock that counts writes. */
const HEAD = 1;

/** The name of a boot in the table. */
export interface RatchetName {
  /** The start of the SHA-256 of key and boot. */
  readonly words: Int32Array;
  /** The same for all boots of a key. */
  readonly via: number;
}

function wordsOf(text: string): Int32Array {
  const digest = Buffer.from(hash("sha256", text, "binary"), "latin1");
  return Int32Array.from({ length: NAME_WORDS + 1 }, (_, i) => digest.readInt32LE(4 * i));
}

/** Names a boot of a key. Ids of keys have no line break, so that two pairs cannot be one text. */
export function toRatchetName(via: string, boot: string): RatchetName {
  return { words: wordsOf(`${via}\n${boot}`), via: wordsOf(via)[0]! };
}

/**
 * Where the ratchets of the newest boots stand, in memory that all threads share: whichever thread gets the next events of
 * a boot goes on where another one stopped. Bounded; a key that sends ever new boots pushes out its own first. A reader
 * never sees half of a write, and a write that meets another one is left out: the table only saves work.
 */
export class RatchetTable {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4 * (HEAD + SLOTS * WORDS))) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** Copies the key of the newest known number into `key` (8 words) and gives that number; 0 when none is known. */
  read(name: RatchetName, key: Int32Array): number {
    const words = this.#words;
    const set = this.#setOf(name);
    for (let way = 0; way < WAYS; way++) {
      const slot = set + way * WORDS;
      const version = Atomics.load(words, slot + VERSION);
      if (version === 0 || (version & 1) === 1 || !this.#isNamed(slot, name)) continue;
      const seq = this.#seqAt(slot);
      for (let i = 0; i < KEY_WORDS; i++) key[i] = Atomics.load(words, slot + KEY + i);
      // Unchanged: nobody wrote since the version was read, so name, number and key belong together.
      return Atomics.load(words, slot + VERSION) === version ? seq : 0;
    }
    return 0;
  }

  /** Remembers where a ratchet stands, unless a later place is known. The key before it is overwritten. */
  write(name: RatchetName, seq: number, key: Int32Array): void {
    const words = this.#words;
    const slot = this.#slotFor(name);
    const version = Atomics.load(words, slot + VERSION);
    if ((version & 1) === 1) return;
    if (Atomics.compareExchange(words, slot + VERSION, version, version + 1) !== version) return;
    if (!this.#isNamed(slot, name) || this.#seqAt(slot) < seq) {
      for (let i = 0; i < NAME_WORDS; i++) Atomics.store(words, slot + NAME + i, name.words[i]!);
      Atomics.store(words, slot + VIA, name.via);
      Atomics.store(words, slot + SEQ, seq | 0);
      Atomics.store(words, slot + SEQ + 1, Math.floor(seq / 2 ** 32) | 0);
      for (let i = 0; i < KEY_WORDS; i++) Atomics.store(words, slot + KEY + i, key[i]!);
    }
    Atomics.store(words, slot + USED, Atomics.add(words, 0, 1));
    // Never 0, which says that the slot is empty.
    Atomics.store(words, slot + VERSION, version + 2 === 0 ? 2 : version + 2);
  }

  #setOf({ words }: RatchetName): number {
    return HEAD + ((words[0]! & (SLOTS / WAYS - 1)) >>> 0) * WAYS * WORDS;
  }

  #isNamed(slot: number, { words }: RatchetName): boolean {
    for (let i = 0; i < NAME_WORDS; i++)
      if (Atomics.load(this.#words, slot + NAME + i) !== words[i]) return false;
    return true;
  }

  #seqAt(slot: number): number {
    const high = Atomics.load(this.#words, slot + SEQ + 1) >>> 0;
    return high * 2 ** 32 + (Atomics.load(this.#words, slot + SEQ) >>> 0);
  }

  /** The boot's own slot, else a free one, else the one that was used longest ago: of the same key if there is any. */
  #slotFor(name: RatchetName): number {
    const words = this.#words;
    const set = this.#setOf(name);
    const clock = Atomics.load(words, 0);
    let victim = -1;
    let worth = -1;
    for (let way = 0; way < WAYS; way++) {
      const slot = set + way * WORDS;
      if (Atomics.load(words, slot + VERSION) === 0) {
        if (worth < 3 * 2 ** 32) [victim, worth] = [slot, 3 * 2 ** 32];
        continue;
      }
      if (this.#isNamed(slot, name)) return slot;
      const isOwn = Atomics.load(words, slot + VIA) === name.via;
      const age = ((clock - Atomics.load(words, slot + USED)) >>> 0) + (isOwn ? 2 ** 32 : 0);
      if (age > worth) [victim, worth] = [slot, age];
    }
    return victim;
  }
}
