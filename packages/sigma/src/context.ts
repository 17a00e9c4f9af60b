// SPDX-License-Identifier: Apache-2.0
import { collectTexts, compileField, toText, type FieldValue, type Scalar } from "./field.js";
import { fold } from "./pattern.js";

/** One text, several, or none. */
export type Texts = string | readonly string[] | undefined;

/** The slot of keywords: all texts of the event. */
export const KEYWORDS = 0;

/**
 * One event while it is matched. Each field of the rule set has a slot; a field is read, turned to text and folded at most
 * once per event, and only when somebody asks. Slots are valid when their stamp is the current generation, so nothing is
 * cleared between events.
 */
export class Context {
  event: object = {};
  generation = 0;
  readonly #readers: ((event: object) => FieldValue)[] = [];
  readonly #slots = new Map<string, number>();
  readonly #value: FieldValue[] = [];
  readonly #valueAt: number[] = [];
  readonly #text: Texts[] = [];
  readonly #textAt: number[] = [];
  readonly #folded: Texts[] = [];
  readonly #foldedAt: number[] = [];

  constructor() {
    this.#addSlot(collectTexts);
  }

  #addSlot(read: (event: object) => FieldValue): number {
    this.#readers.push(read);
    this.#value.push(undefined);
    this.#valueAt.push(0);
    this.#text.push(undefined);
    this.#textAt.push(0);
    this.#folded.push(undefined);
    this.#foldedAt.push(0);
    return this.#readers.length - 1;
  }

  /** The slot of a field path; null is the keywords. */
  slot(field: string | null): number {
    if (field === null) return KEYWORDS;
    let slot = this.#slots.get(field);
    if (slot === undefined) {
      slot = this.#addSlot(compileField(field));
      this.#slots.set(field, slot);
    }
    return slot;
  }

  /** Starts with another event. Generations are doubles: at a million events a second they last for 285 years. */
  reset(event: object): void {
    this.event = event;
    this.generation++;
  }

  value(slot: number): FieldValue {
    if (this.#valueAt[slot] === this.generation) return this.#value[slot];
    const value = (this.#readers[slot] as (event: object) => FieldValue)(this.event);
    this.#value[slot] = value;
    this.#valueAt[slot] = this.generation;
    return value;
  }

  text(slot: number): Texts {
    if (this.#textAt[slot] === this.generation) return this.#text[slot];
    const texts = toTexts(this.value(slot));
    this.#text[slot] = texts;
    this.#textAt[slot] = this.generation;
    return texts;
  }

  folded(slot: number): Texts {
    if (this.#foldedAt[slot] === this.generation) return this.#folded[slot];
    const texts = this.text(slot);
    const folded =
      texts === undefined ? undefined : typeof texts === "string" ? fold(texts) : texts.map(fold);
    this.#folded[slot] = folded;
    this.#foldedAt[slot] = this.generation;
    return folded;
  }
}

function toTexts(value: FieldValue): Texts {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return toText(value as Scalar);
  const texts: string[] = [];
  for (const one of value as readonly Scalar[]) {
    const text = toText(one);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}
