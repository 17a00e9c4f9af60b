// SPDX-License-Identifier: Apache-2.0
import { hash } from "node:crypto";
import type { ChainKey } from "./chain-key.js";
import { Hmac } from "./hmac.js";
import { toRatchetName, type RatchetName, type RatchetTable } from "./ratchet-table.js";

/** Steps that a body may cost beyond one for each of its events: half a millisecond. */
export const FREE_STEPS = 2048;
/** Further steps for each of its events: a sender who sends much may also have lost much. */
export const STEPS_PER_EVENT = 16;

/** A place is kept at each multiple of this, for numbers that come late or again. */
const ANCHOR_STEPS = 1024;
/** Places kept of one boot: late numbers among the newest 8,192 can be compared. */
const ANCHORS = 8;

/** Hex digits of a tag: 16 bytes. */
export const TAG_DIGITS = 32;

const NOTHING = Buffer.alloc(0);

/**
 * The ratchets of a thread: k[0] = HMAC-SHA-256(hash of the key's secret, boot), k[n] = SHA-256(k[n-1]). It goes forward only,
 * from where any thread has brought it, and not farther than a body may cost: a number far ahead has no key until the
 * following bodies have paid the way to it.
 */
export class Ratchets {
  readonly #table: RatchetTable;
  readonly #hmac = new Hmac();
  readonly #words = new Int32Array(8);
  readonly #other = new Int32Array(8);
  readonly #key = Buffer.from(this.#words.buffer);
  #name: RatchetName | undefined;
  #via = "";
  #boot = "";
  /** The number whose key lies in `#key`. */
  #seq = 0;
  #stored = 0;
  #steps = 0;

  constructor(table: RatchetTable) {
    this.#table = table;
  }

  /** Another body begins; `events` are in it. */
  begin(events: number): void {
    this.leave();
    this.#steps = FREE_STEPS + STEPS_PER_EVENT * events;
  }

  /** The boot whose events come next. Whether `prev` of its first event is what the chain begins with is `isStart`. */
  enter(via: string, boot: string, key: ChainKey): void {
    if (this.#name !== undefined && this.#via === via && this.#boot === boot) return;
    this.leave();
    this.#via = via;
    this.#boot = boot;
    this.#name = toRatchetName(via, boot);
    this.#seq = this.#table.read(this.#name, this.#words);
    this.#stored = this.#seq;
    if (this.#seq === 0) this.#toStart(key);
  }

  /** Whether a tag is the one that the first event of this boot has to carry. */
  isStart(tag: string, key: ChainKey): boolean {
    const k0 = this.#firstKey(key);
    const expected = this.#hmac.digest(k0, NOTHING, 0, 0).slice(0, TAG_DIGITS);
    k0.fill(0);
    return tag === expected;
  }

  /** The tag of event `seq` in hex, or undefined where its key is too far away. */
  tag(seq: number, key: ChainKey, bytes: Uint8Array, from: number, to: number): string | undefined {
    if (seq < this.#seq || seq > this.#seq + 1) this.#seek(seq, key);
    if (!this.#forward(seq)) return undefined;
    return this.#hmac.digest(this.#key, bytes, from, to).slice(0, TAG_DIGITS);
  }

  /** Hands over to the other threads where the ratchet stands. */
  leave(): void {
    this.#store();
    this.#name = undefined;
    this.#key.fill(0);
  }

  #store(): void {
    if (this.#name === undefined || this.#seq <= this.#stored) return;
    this.#table.write(this.#name, this.#seq, this.#words);
    this.#stored = this.#seq;
  }

  /** Goes to the place nearest before `seq` that is known: here, where the threads are, a kept one, or the start. */
  #seek(seq: number, key: ChainKey): void {
    this.#store();
    if (this.#goTo(this.#name!, seq) || seq >= this.#seq) return;
    if (seq >= ANCHOR_STEPS && this.#goTo(this.#anchorName(seq), seq)) return;
    this.#toStart(key);
  }

  /** Takes a place from the table, if it is a better one to reach `seq` from than the one at hand. */
  #goTo(name: RatchetName, seq: number): boolean {
    const known = this.#table.read(name, this.#other);
    const isBetter = known > 0 && known <= seq && (known > this.#seq || this.#seq > seq);
    if (isBetter) {
      this.#words.set(this.#other);
      this.#seq = known;
    }
    this.#other.fill(0);
    return isBetter;
  }

  #anchorName(seq: number): RatchetName {
    return toRatchetName(this.#via, `${this.#boot} ${Math.floor(seq / ANCHOR_STEPS) % ANCHORS}`);
  }

  #firstKey(key: ChainKey): Buffer {
    const boot = Buffer.from(this.#boot);
    return Buffer.from(this.#hmac.digest(key.reveal(), boot, 0, boot.length), "hex");
  }

  #toStart(key: ChainKey): void {
    const k0 = this.#firstKey(key);
    k0.copy(this.#key);
    k0.fill(0);
    this.#seq = 0;
  }

  /** The next number is free; more is paid for. What was paid is kept, also when it was not enough. */
  #forward(seq: number): boolean {
    const distance = seq - this.#seq;
    let steps = distance;
    if (distance > 1) {
      steps = Math.min(distance, this.#steps);
      this.#steps -= steps;
    }
    for (let i = 0; i < steps; i++) {
      this.#key.write(hash("sha256", this.#key, "binary"), 0, 32, "latin1");
      if (++this.#seq % ANCHOR_STEPS === 0)
        this.#table.write(this.#anchorName(this.#seq), this.#seq, this.#words);
    }
    return steps === distance;
  }
}
