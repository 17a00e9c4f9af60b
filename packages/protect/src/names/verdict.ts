// SPDX-License-Identifier: Apache-2.0
import { tellingWords } from "../find/told.js";
import { isMarker } from "../act/marker.js";
import { foldName, lastWord, toLatin } from "./fold.js";
import {
  HEADER_LISTS,
  LABEL_NAMES,
  NUMBER_WORDS,
  PLAIN_NAMES,
  SECRET_NAMES,
  type SecretNames,
  type Shape,
  SLOT_NAMES,
  TAILS,
} from "./list.js";
import { PERSONAL_NAMES } from "./personal.js";

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
  /** Words of the name that tell what a number under it is: `nhs number`, `phone`. Undefined for most names. */
  readonly telling?: string;
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
const MOST_KEPT = 4096;
const LONGEST_KEPT = 48;

/** Names that a policy adds or takes away, as people write them. */
export interface NameOptions {
  readonly secretNames?: readonly string[];
  readonly plainNames?: readonly string[];
  /** Kinds of {@link PERSONAL_NAMES} that a policy does something with. Without one their names are plain. */
  readonly personalKinds?: ReadonlySet<string>;
}

/** Judges names. Pure: the same name always gets the same verdict. */
export type NameJudge = (name: string) => NameVerdict;

export interface NameJudges {
  /** For the names of fields. */
  readonly judge: NameJudge;
  /** For names that stand in texts: only whether they are secret. The verdict, or undefined. */
  readonly secretOf: (name: string) => NameVerdict | undefined;
}

/** Endings of names by their last characters, four of them where they have so many: a look-up meets few others. */
class Endings {
  readonly #buckets = new Map<string, [string, NameVerdict | undefined][]>();

  add(ending: string, found?: NameVerdict): void {
    const last = ending.slice(-4);
    const bucket = this.#buckets.get(last) ?? [];
    bucket.push([ending, found]);
    this.#buckets.set(last, bucket);
  }

  /** The entry of the ending that `folded` has. */
  of(folded: string): [string, NameVerdict | undefined] | undefined {
    for (let length = 4; length > 1; length--) {
      const bucket = folded.length < length ? undefined : this.#buckets.get(folded.slice(-length));
      if (bucket === undefined) continue;
      for (const entry of bucket) if (folded.endsWith(entry[0])) return entry;
    }
    return undefined;
  }
}

/** The table of names, folded and laid out for looking up. */
interface Table {
  exact: Map<string, NameVerdict>;
  words: Map<string, NameVerdict>;
  endings: Endings;
  tails: Endings;
  plain: Set<string>;
  /** Which last three letters some secret name, its plural or a tail has; see {@link mayBeSecret}. */
  lastThree: Uint8Array;
}

function fold(names: readonly string[] = []): string[] {
  return names.map(foldName);
}

function createTable(options: NameOptions): Table {
  const table: Table = {
    exact: new Map(),
    words: new Map(),
    endings: new Endings(),
    tails: new Endings(),
    plain: new Set([...PLAIN_NAMES, ...(options.plainNames ?? [])].map(foldName)),
    lastThree: new Uint8Array(LAST_THREE),
  };
  const groups = [
    ...SECRET_NAMES,
    ...PERSONAL_NAMES.filter(({ kind }) => options.personalKinds?.has(kind) === true),
    { kind: "custom", shape: "any" as const, exact: options.secretNames ?? [] },
  ];
  for (const names of groups as readonly SecretNames[]) {
    const secret = verdict("secret", names.kind, names.shape);
    for (const name of fold(names.exact)) table.exact.set(name, secret);
    for (const name of fold(names.word)) table.words.set(name, secret);
    for (const name of fold(names.ending)) table.endings.add(name, secret);
    for (const list of [names.exact, names.word, names.ending])
      for (const name of fold(list)) addLastThree(table.lastThree, name);
  }
  for (const tail of fold(TAILS)) {
    table.tails.add(tail);
    addLastThree(table.lastThree, tail);
  }
  return table;
}

function lookUp(table: Table, name: string, folded: string): NameVerdict | undefined {
  const whole = table.exact.get(folded) ?? table.words.get(folded);
  if (whole !== undefined) return whole;
  const ending = table.endings.of(folded)?.[1];
  if (ending !== undefined || name === folded) return ending;
  const word = lastWord(name);
  const dot = name.lastIndexOf(".");
  return table.words.get(word) ?? (dot === -1 ? undefined : table.exact.get(foldName(name.slice(dot + 1))));
}

function findSecret(table: Table, name: string, folded: string): NameVerdict | undefined {
  if (table.plain.has(folded)) return undefined;
  const found = lookUp(table, name, folded);
  if (found !== undefined) return found;
  if (folded.endsWith("s")) {
    const single = folded.slice(0, -1);
    if (table.plain.has(single)) return undefined;
    const one = lookUp(table, single, single);
    if (one !== undefined) return { ...one, plural: true };
  }
  const tail = table.tails.of(folded)?.[0];
  if (tail === undefined || tail.length >= folded.length) return undefined;
  const stem = folded.slice(0, -tail.length);
  const secret = lookUp(table, stem, stem);
  return secret?.shape === "any" ? secret : undefined;
}

/** A name in letters that only look Latin. */
function findLookalike(table: Table, folded: string): NameVerdict | undefined {
  const latin = toLatin(folded);
  return latin === undefined ? undefined : findSecret(table, latin, latin);
}

const LAST_THREE = 32 * 32 * 32;

/** Five bits for each letter: the same for both cases, 0 for a letter that is not there. */
function toIndex(last: number, second: number, third: number): number {
  return ((last & 31) << 10) | ((second & 31) << 5) | (third & 31);
}

function addLastThree(table: Uint8Array, folded: string): void {
  for (const name of [folded, `${folded}s`]) {
    const letters = name.replace(/[^a-z]/g, "");
    const [last, second, third] = [1, 2, 3].map((back) => letters.charCodeAt(letters.length - back));
    if (last === undefined || second === undefined || Number.isNaN(second)) continue;
    // A word of two letters may follow any letter: "db_pw".
    const thirds =
      third === undefined || Number.isNaN(third) ? Array.from({ length: 27 }, (_, i) => i) : [third];
    for (const before of thirds) table[toIndex(last, second, before)] = 1;
  }
}

/**
 * Refuses most names by their last three letters, before any folding: folding drops only what stands between letters.
 * Names in other scripts pass.
 */
function mayBeSecret(table: Table, name: string): boolean {
  if (name.length < 2 || name.length > LONGEST_NAME) return false;
  let index = 0;
  let shift = 10;
  for (let i = name.length - 1; i >= 0 && shift >= 0; i--) {
    const code = name.charCodeAt(i);
    if (code >= 128) return true;
    if (!isLetter(code)) continue;
    index |= (code & 31) << shift;
    shift -= 5;
  }
  // "[masked:npm_token]" ends like a name and is none.
  return table.lastThree[index] === 1 && !isMarker(name);
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

export function createNameJudges(options: NameOptions = {}): NameJudges {
  const table = createTable(options);
  const roles = new Map<string, NameVerdict>();
  for (const name of LABEL_NAMES) roles.set(foldName(name), LABEL);
  for (const name of SLOT_NAMES) roles.set(foldName(name), SLOT);
  for (const name of HEADER_LISTS) roles.set(foldName(name), HEADERS);
  const numbers = new Set(NUMBER_WORDS.map(foldName));
  // Only names of secrets are kept, as they were written: what is no such name may itself be a secret.
  const known = new Map<string, NameVerdict>();
  const secretOf = (name: string): NameVerdict | undefined => {
    if (!mayBeSecret(table, name)) return undefined;
    const kept = known.get(name);
    if (kept !== undefined) return kept;
    const folded = foldName(name);
    const found = findSecret(table, name, folded) ?? findLookalike(table, folded);
    if (found !== undefined && name.length <= LONGEST_KEPT) {
      if (known.size >= MOST_KEPT) known.clear();
      known.set(name, found);
    }
    return found;
  };
  return {
    secretOf,
    judge: (name) => {
      if (name.length > LONGEST_NAME || isMarker(name)) return PLAIN;
      const folded = foldName(name);
      const found = secretOf(name) ?? roles.get(folded);
      if (found !== undefined) return found;
      const plain = numbers.has(folded) || numbers.has(lastWord(name)) ? PLAIN_NUMBER : PLAIN;
      const telling = tellingWords(name);
      return telling === undefined ? plain : Object.freeze({ ...plain, telling });
    },
  };
}

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
