// SPDX-License-Identifier: Apache-2.0
import type { Context, Texts } from "./context.js";

/** So many questions about one field are answered one by one; then the field is searched for all texts at once. */
const DIRECT = 12;
/** Fewer texts than this are never worth a search for all. */
const MIN_TEXTS = 24;
const GRAM = 4;
const MIN_GRAM = 3;

/**
 * All texts that the rules of a set look for anywhere in one field. Rules with long lists would search a field hundreds of times;
 * here one pass over it finds every text that is in it, and the questions are then answered from marks.
 * Texts are folded, and so are the values.
 */
export class SubstringSet {
  readonly #slot: number;
  readonly #texts: string[] = [];
  readonly #ids = new Map<string, number>();
  /** Lists of texts of which any counts: the ids of each, and for each text its lists. */
  readonly #lists: (readonly number[])[] = [];
  readonly #listsOf = new Map<number, number[]>();
  #scanner: Scanner | undefined;
  #foundAt = new Float64Array(0);
  #listFoundAt = new Float64Array(0);
  #scannedAt = -1;
  #askedAt = -1;
  #asked = 0;

  constructor(slot: number) {
    this.#slot = slot;
  }

  /** The number by which `has` knows the text; undefined when it is too short for this. */
  add(text: string): number | undefined {
    if (text.length < MIN_GRAM) return undefined;
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.push(text) - 1;
    this.#ids.set(text, id);
    this.#scanner = undefined;
    return id;
  }

  /** The number by which `hasAny` knows a list of texts that were added before. */
  addList(ids: readonly number[]): number {
    const list = this.#lists.push(ids) - 1;
    for (const id of ids) {
      const lists = this.#listsOf.get(id);
      if (lists === undefined) this.#listsOf.set(id, [list]);
      else lists.push(list);
    }
    this.#scanner = undefined;
    return list;
  }

  /** Whether the text stands in the field of the event in the context. */
  has(on: Context, id: number): boolean {
    const { generation } = on;
    if (this.#scannedAt === generation) return this.#foundAt[id] === generation;
    const texts = on.folded(this.#slot);
    if (texts === undefined) return false;
    if (this.#isDirect(generation, 1)) return isIn(texts, this.#texts[id] ?? "");
    this.#scan(texts, generation);
    return this.#foundAt[id] === generation;
  }

  /** Whether any text of the list does. */
  hasAny(on: Context, list: number): boolean {
    const { generation } = on;
    if (this.#scannedAt === generation) return this.#listFoundAt[list] === generation;
    const texts = on.folded(this.#slot);
    if (texts === undefined) return false;
    const ids = this.#lists[list] ?? [];
    if (this.#isDirect(generation, ids.length)) {
      for (const id of ids) if (isIn(texts, this.#texts[id] ?? "")) return true;
      return false;
    }
    this.#scan(texts, generation);
    return this.#listFoundAt[list] === generation;
  }

  #isDirect(generation: number, questions: number): boolean {
    if (this.#askedAt !== generation) {
      this.#askedAt = generation;
      this.#asked = 0;
    }
    this.#asked += questions;
    return this.#asked <= DIRECT || this.#texts.length < MIN_TEXTS;
  }

  #scan(texts: NonNullable<Texts>, generation: number): void {
    if (this.#scanner === undefined) {
      this.#scanner = new Scanner(this.#texts);
      this.#foundAt = new Float64Array(this.#texts.length).fill(-1);
      this.#listFoundAt = new Float64Array(this.#lists.length).fill(-1);
    }
    this.#scannedAt = generation;
    const mark = (id: number): void => {
      this.#foundAt[id] = generation;
      const lists = this.#listsOf.get(id);
      if (lists !== undefined) for (const list of lists) this.#listFoundAt[list] = generation;
    };
    for (const text of typeof texts === "string" ? [texts] : texts)
      this.#scanner.scan(text, this.#foundAt, generation, mark);
  }
}

function isIn(texts: NonNullable<Texts>, wanted: string): boolean {
  if (typeof texts === "string") return texts.includes(wanted);
  for (const text of texts) if (text.includes(wanted)) return true;
  return false;
}

/** A text to look for, and where in it the gram ends by which it is found. */
interface Wanted {
  readonly id: number;
  readonly text: string;
  readonly end: number;
}

/**
 * Looks each text up by its rarest four characters (three where it has no more) with one rolling key over the value, as in
 * `candidates.ts`. A key that fits is only a hint: the text itself is compared, so keys may collide.
 */
class Scanner {
  readonly #long: Table;
  readonly #short: Table;

  constructor(texts: readonly string[]) {
    const frequency = new Map<string, number>();
    for (const text of texts)
      for (const gram of gramsOf(text)) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
    const long: [string, Wanted][] = [];
    const short: [string, Wanted][] = [];
    for (const [id, text] of texts.entries()) {
      let best = "";
      let end = 0;
      let least = Number.POSITIVE_INFINITY;
      for (const [at, gram] of gramsOf(text).entries()) {
        const count = frequency.get(gram) ?? 0;
        if (count < least) {
          least = count;
          best = gram;
          end = at + gram.length - 1;
        }
      }
      (best.length === GRAM ? long : short).push([best, { id, text, end }]);
    }
    this.#long = new Table(long, -1, GRAM);
    this.#short = new Table(short, 0xffffff, MIN_GRAM);
  }

  scan(text: string, foundAt: Float64Array, generation: number, mark: (id: number) => void): void {
    this.#long.scan(text, foundAt, generation, mark);
    this.#short.scan(text, foundAt, generation, mark);
  }
}

/** Grams of the beginning of a text: enough to find a rare one. */
const MAX_GRAMS = 100;

function gramsOf(text: string): string[] {
  const length = Math.min(GRAM, text.length);
  const count = Math.min(text.length - length + 1, MAX_GRAMS);
  return Array.from({ length: count }, (_, i) => text.slice(i, i + length));
}

class Table {
  readonly #mask: number;
  readonly #gram: number;
  readonly #shift: number;
  /** One byte a slot, so that the usual "no" is answered from a small, cached piece of memory. */
  readonly #used: Uint8Array;
  readonly #wanted = new Map<number, Wanted[]>();

  constructor(entries: readonly (readonly [string, Wanted])[], mask: number, gram: number) {
    this.#mask = mask;
    this.#gram = gram;
    let bits = 4;
    while (1 << bits < entries.length * 16 && bits < 20) bits++;
    this.#shift = 32 - bits;
    this.#used = new Uint8Array(1 << bits);
    for (const [text, wanted] of entries) {
      let key = 0;
      for (let i = 0; i < text.length; i++) key = (key << 8) ^ text.charCodeAt(i);
      key &= mask;
      this.#used[Math.imul(key, 0x9e3779b1) >>> this.#shift] = 1;
      const others = this.#wanted.get(key);
      if (others === undefined) this.#wanted.set(key, [wanted]);
      else others.push(wanted);
    }
  }

  scan(text: string, foundAt: Float64Array, generation: number, mark: (id: number) => void): void {
    if (this.#wanted.size === 0) return;
    const used = this.#used;
    const shift = this.#shift;
    const mask = this.#mask;
    let key = 0;
    for (let i = 0; i < text.length; i++) {
      key = (key << 8) ^ text.charCodeAt(i);
      const masked = key & mask;
      if (used[Math.imul(masked, 0x9e3779b1) >>> shift] === 0 || i < this.#gram - 1) continue;
      const list = this.#wanted.get(masked);
      if (list === undefined) continue;
      for (const { id, text: wanted, end } of list)
        if (foundAt[id] !== generation && end <= i && text.startsWith(wanted, i - end)) mark(id);
    }
  }
}
