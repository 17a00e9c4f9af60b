// SPDX-License-Identifier: Apache-2.0
import { foldName, lastWord } from "./fold.js";
import {
  HEADER_LISTS,
  LABEL_NAMES,
  NUMBER_WORDS,
  PLAIN_NAMES,
  SECRET_NAMES,
  type Shape,
  SLOT_NAMES,
  TAILS,
} from "./list.js";

/** What the name of a field says about its value. Verdicts are shared objects: compare them, never change them. */
export interface NameVerdict {
  /** `hidden`: the name itself holds a secret. */
  readonly role: "plain" | "secret" | "label" | "slot" | "headers" | "hidden";
  /** For `secret`. */
  readonly kind: string;
  readonly shape: Shape;
  /** A count may stand under this name (`tokens: 1532`), so a number is no secret. */
  readonly plural: boolean;
  /** Bare digits under this name are an identifier or a time, never a card. */
  readonly number: boolean;
}

function verdict(role: NameVerdict["role"], kind = "", shape: Shape = "any"): NameVerdict {
  return Object.freeze({ role, kind, shape, plural: false, number: false });
}

export const PLAIN: NameVerdict = verdict("plain");
const PLAIN_NUMBER: NameVerdict = Object.freeze({ ...PLAIN, number: true });
const LABEL = verdict("label");
const SLOT = verdict("slot");
const HEADERS = verdict("headers");
/** Whatever stands under names that hold secrets themselves. */
export const HIDDEN: NameVerdict = verdict("hidden");

/** Longer names are not looked up by name (their content still is). */
const LONGEST_NAME = 256;

/** Names that a policy adds or takes away, as people write them. */
export interface NameOptions {
  readonly secretNames?: readonly string[];
  readonly plainNames?: readonly string[];
}

/** Judges names. Pure: the same name always gets the same verdict. */
export type NameJudge = (name: string) => NameVerdict;

export function createNameJudge(options: NameOptions = {}): NameJudge {
  const exact = new Map<string, NameVerdict>();
  const words = new Map<string, NameVerdict>();
  const endings = new Map<string, [string, NameVerdict][]>();
  for (const names of SECRET_NAMES) {
    const secret = verdict("secret", names.kind, names.shape);
    for (const name of names.exact ?? []) exact.set(foldName(name), secret);
    for (const name of names.word ?? []) words.set(foldName(name), secret);
    for (const name of names.ending ?? []) {
      const ending = foldName(name);
      const bucket = endings.get(ending.slice(-2)) ?? [];
      bucket.push([ending, secret]);
      endings.set(ending.slice(-2), bucket);
    }
  }
  const custom = verdict("secret", "custom");
  for (const name of options.secretNames ?? []) exact.set(foldName(name), custom);
  const plain = new Set([...PLAIN_NAMES, ...(options.plainNames ?? [])].map(foldName));
  const tails = TAILS.map((tail) => foldName(tail));

  function lookUp(name: string, folded: string): NameVerdict | undefined {
    const whole = exact.get(folded) ?? words.get(folded);
    if (whole !== undefined) return whole;
    for (const [ending, secret] of endings.get(folded.slice(-2)) ?? []) {
      if (folded.endsWith(ending)) return secret;
    }
    const word = lastWord(name);
    if (word === folded) return undefined;
    const dot = name.lastIndexOf(".");
    return words.get(word) ?? (dot === -1 ? undefined : exact.get(foldName(name.slice(dot + 1))));
  }

  function secretOf(name: string, folded: string): NameVerdict | undefined {
    if (plain.has(folded)) return undefined;
    const found = lookUp(name, folded);
    if (found !== undefined) return found;
    if (folded.endsWith("s")) {
      const single = folded.slice(0, -1);
      if (plain.has(single)) return undefined;
      const one = lookUp(single, single);
      if (one !== undefined) return { ...one, plural: true };
    }
    for (const tail of tails) {
      if (folded.length > tail.length && folded.endsWith(tail)) {
        const stem = lookUp(folded.slice(0, -tail.length), folded.slice(0, -tail.length));
        if (stem !== undefined && stem.shape === "any") return stem;
      }
    }
    return undefined;
  }

  const labels = new Set(LABEL_NAMES.map(foldName));
  const slots = new Set(SLOT_NAMES.map(foldName));
  const headers = new Set(HEADER_LISTS.map(foldName));
  const numbers = new Set(NUMBER_WORDS.map(foldName));
  return (name) => {
    if (name.length > LONGEST_NAME) return PLAIN;
    const folded = foldName(name);
    const secret = secretOf(name, folded);
    if (secret !== undefined) return secret;
    if (labels.has(folded)) return LABEL;
    if (slots.has(folded)) return SLOT;
    if (headers.has(folded)) return HEADERS;
    return numbers.has(lastWord(name)) || numbers.has(folded) ? PLAIN_NUMBER : PLAIN;
  };
}

const MOST_KEPT = 4096;
const LONGEST_KEPT = 48;

/**
 * Remembers the verdicts of the names of fields. Bounded: a sender who invents names only empties it. Names that were read out of
 * free text do not go in, because what looks like a name there may be a secret.
 */
export function rememberNames(judge: NameJudge): NameJudge {
  const kept = new Map<string, NameVerdict>();
  return (name) => {
    const known = kept.get(name);
    if (known !== undefined) return known;
    const found = judge(name);
    if (name.length <= LONGEST_KEPT && found.role !== "hidden") {
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(name, found);
    }
    return found;
  };
}
