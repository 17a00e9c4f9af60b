// SPDX-License-Identifier: Apache-2.0

/** 2^11 registers: the standard error of an estimate is 1.04 / sqrt(2048) = 2.3 %. */
const REGISTER_BITS = 11;
const REGISTERS = 2 ** REGISTER_BITS;
const BIAS = 0.7213 / (1 + 1.079 / REGISTERS);
/** Bits of the hash behind those that choose the register. */
const RANK_BITS = 32;

/** Per register times, newest first, and their ranks, which rise: [time, rank, time, rank, …]. */
export type SavedSketch = number[][];

/**
 * How many different values a sliding window holds, estimated: HyperLogLog (Flajolet et al. 2007) whose registers keep, beside
 * the highest rank, each newer one that will be the highest when older ones have left the window (Chabchoub and Hébrail,
 * "Sliding HyperLogLog", 2010). A value costs O(1) expected; an estimate one pass over the registers. Late values count.
 */
export class WindowSketch {
  readonly #keep: number;
  readonly #registers: number[][];
  #newest = Number.NEGATIVE_INFINITY;
  /** Numbers held. */
  size = 0;
  /** The window last asked about: later than `#after`. Per register its highest rank there and the time of that; how many have each rank. */
  #after = Number.POSITIVE_INFINITY;
  readonly #ranks = new Uint8Array(REGISTERS);
  readonly #times = new Float64Array(REGISTERS);
  readonly #histogram = new Uint32Array(RANK_BITS + 2);

  /** `keep`: how far behind the newest value anybody will ask, in ms. */
  constructor(keep: number, saved?: SavedSketch) {
    this.#keep = keep;
    this.#histogram[0] = REGISTERS;
    this.#registers = saved ?? Array.from({ length: REGISTERS }, () => []);
    for (const register of this.#registers) {
      this.#newest = Math.max(this.#newest, register[0] ?? this.#newest);
      this.size += register.length;
    }
  }

  add(value: string, time: number): void {
    if (time > this.#newest) this.#newest = time;
    const high = hash(value, 0x9747b28c);
    const low = hash(value, 0x5bd1e995);
    const at = high >>> (32 - REGISTER_BITS);
    const register = this.#registers[at] as number[];
    const before = register.length;
    insert(register, time, Math.min(Math.clz32(low), RANK_BITS) + 1);
    const reach = this.#newest - this.#keep;
    while (register.length > 2 && (register.at(-2) as number) <= reach) register.length -= 2;
    this.size += register.length - before;
    this.#look(at);
  }

  /** Different values later than `after`, to a standard error of 2.3 %. Windows that move on cost least. */
  estimate(after: number): number {
    const isBack = after < this.#after;
    this.#after = after;
    for (let i = 0; i < REGISTERS; i++) if (isBack || (this.#times[i] as number) <= after) this.#look(i);
    let sum = 0;
    for (let rank = 0; rank < this.#histogram.length; rank++)
      sum += (this.#histogram[rank] as number) * 2 ** -rank;
    const raw = (BIAS * REGISTERS * REGISTERS) / sum;
    const empty = this.#histogram[0] as number;
    // Few values leave registers empty, and counting those says more.
    if (raw <= 2.5 * REGISTERS && empty > 0) return Math.round(REGISTERS * Math.log(REGISTERS / empty));
    return Math.round(raw);
  }

  /** Works out what a register says about the window. */
  #look(at: number): void {
    const register = this.#registers[at] as number[];
    let rank = 0;
    let time = Number.POSITIVE_INFINITY;
    // Ranks rise towards older times, so the last one that is late enough is the highest.
    for (let i = 0; i < register.length && (register[i] as number) > this.#after; i += 2) {
      time = register[i] as number;
      rank = register[i + 1] as number;
    }
    this.#histogram[this.#ranks[at] as number]!--;
    this.#histogram[rank]!++;
    this.#ranks[at] = rank;
    this.#times[at] = time;
  }

  save(): SavedSketch {
    return this.#registers.map((register) => [...register]);
  }
}

/** Keeps a register's times falling and its ranks rising: what is older and not higher says nothing. */
function insert(register: number[], time: number, rank: number): void {
  let at = 0;
  while (at < register.length && (register[at] as number) > time) {
    if ((register[at + 1] as number) >= rank) return;
    at += 2;
  }
  let end = at;
  while (end < register.length && (register[end + 1] as number) <= rank) end += 2;
  register.splice(at, end - at, time, rank);
}

/** MurmurHash3's 32-bit body and finaliser over UTF-16 units: two seeds give two independent halves. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Whether a list from a snapshot can be one. */
export function isSavedSketch(value: unknown): value is SavedSketch {
  if (!Array.isArray(value) || value.length !== REGISTERS) return false;
  return value.every(
    (register: unknown) =>
      Array.isArray(register) &&
      register.length % 2 === 0 &&
      register.every((one: unknown) => typeof one === "number" && Number.isFinite(one)),
  );
}
