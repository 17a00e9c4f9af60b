// SPDX-License-Identifier: Apache-2.0
import type { Context, Texts } from "./context.js";
import { fold, toLiteral, type Pattern } from "./pattern.js";
import type { Expression, Test } from "./types.js";

/**
 * A necessary condition that is cheap to look up: this text in this field, these four (or three) characters somewhere in it,
 * or the field being there at all.
 */
interface Atom {
  readonly kind: "equals" | "gram" | "present";
  readonly slot: number;
  readonly text: string;
  /** All of it in one text, made once. */
  readonly key: string;
}

function toAtom(kind: Atom["kind"], slot: number, text: string): Atom {
  return { kind, slot, text, key: `${kind} ${slot} ${text}` };
}

/** Of these atoms at least one must hold, else the rule cannot match. */
type Cover = readonly Atom[];

/** What a looked-up atom costs in expected false candidates, before counting how many rules share it. */
const BASE_COST = { equals: 1, gram: 6, present: 200 } as const;
const GRAM = 4;
const MIN_GRAM = 3;
/** Grams of one piece of text among which the rarest is chosen. */
const MAX_GRAMS = 100;

/** From the index a rule set gets, per event, the few rules that can match at all. It may name too many rules, never too few. */
export interface CandidateIndex {
  /** Calls `take` with rule indices; one may come several times. */
  visit(context: Context, take: (rule: number) => void): void;
  /** How the rules are anchored, for figures and tests. */
  readonly anchors: { equals: number; gram: number; present: number; always: number };
}

export function buildIndex(context: Context, expressions: readonly Expression[]): CandidateIndex {
  const frequency = new Map<string, number>();
  for (const expression of expressions) {
    const seen = new Set<string>();
    countAtoms(context, expression, seen);
    for (const key of seen) frequency.set(key, (frequency.get(key) ?? 0) + 1);
  }
  const chooser = new CoverChooser(context, frequency);
  const slots = new Map<number, SlotIndex>();
  const always: number[] = [];
  const anchors = { equals: 0, gram: 0, present: 0, always: 0 };
  for (const [rule, expression] of expressions.entries()) {
    const cover = chooser.choose(expression)?.cover;
    if (cover === undefined) {
      always.push(rule);
      anchors.always++;
      continue;
    }
    for (const atom of cover) {
      const index = slots.get(atom.slot) ?? new SlotIndex(atom.slot);
      slots.set(atom.slot, index);
      index.add(atom, rule);
    }
    anchors[cover[0]?.kind ?? "present"]++;
  }
  const indices = [...slots.values()];
  for (const index of indices) index.seal();
  return {
    anchors,
    visit(on, take) {
      for (const rule of always) take(rule);
      for (const index of indices) index.visit(on, take);
    },
  };
}

/** The atoms of one test, best kind first; none when the test can hold for a missing field. */
function atomsOf(slot: number, test: Test): Atom[] {
  const present = toAtom("present", slot, "");
  switch (test.kind) {
    case "null":
      return [];
    case "exists":
      return test.value ? [present] : [];
    case "text":
      return [...textAtoms(slot, test.pattern, test.cased), present];
    default:
      return [present];
  }
}

/**
 * Equal text has equal folded text, and a folded literal inside a folded value is what the test itself asks. A case-sensitive
 * literal is only used when it is ASCII: there folding cannot depend on the neighbours.
 */
function textAtoms(slot: number, pattern: Pattern, cased: boolean): Atom[] {
  const literal = toLiteral(pattern);
  if (literal !== undefined) return [toAtom("equals", slot, fold(literal))];
  const atoms: Atom[] = [];
  for (const part of pattern) {
    if (typeof part !== "string" || part === "" || (cased && !isAscii(part))) continue;
    const folded = fold(part);
    const length = Math.min(GRAM, folded.length);
    if (length < MIN_GRAM) continue;
    // One gram is enough to be sound; a long text has many that are rare.
    const end = Math.min(folded.length - length, MAX_GRAMS - 1);
    for (let i = 0; i <= end; i++) atoms.push(toAtom("gram", slot, folded.slice(i, i + length)));
  }
  return atoms;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function countAtoms(context: Context, expression: Expression, into: Set<string>): void {
  if (expression.op === "test") {
    for (const atom of atomsOf(context.slot(expression.field), expression.test)) into.add(atom.key);
  } else if (expression.op !== "not") {
    for (const arg of expression.args) countAtoms(context, arg, into);
  }
}

interface Choice {
  readonly cover: Cover;
  readonly cost: number;
}

class CoverChooser {
  readonly #context: Context;
  readonly #frequency: ReadonlyMap<string, number>;

  constructor(context: Context, frequency: ReadonlyMap<string, number>) {
    this.#context = context;
    this.#frequency = frequency;
  }

  /** The cheapest cover: of `and` any argument's, of `or` all arguments' together, of `not` none. */
  choose(expression: Expression): Choice | undefined {
    if (expression.op === "not") return undefined;
    if (expression.op === "test")
      return this.#best(atomsOf(this.#context.slot(expression.field), expression.test));
    const choices = expression.args.map((arg) => this.choose(arg));
    if (expression.op === "and") {
      let best: Choice | undefined;
      for (const choice of choices)
        if (choice !== undefined && (best === undefined || choice.cost < best.cost)) best = choice;
      return best;
    }
    const atoms = new Map<string, Atom>();
    let cost = 0;
    for (const choice of choices) {
      if (choice === undefined) return undefined;
      cost += choice.cost;
      for (const atom of choice.cover) atoms.set(atom.key, atom);
    }
    return { cover: [...atoms.values()], cost };
  }

  #best(atoms: readonly Atom[]): Choice | undefined {
    let best: Choice | undefined;
    for (const atom of atoms) {
      const cost = BASE_COST[atom.kind] + (this.#frequency.get(atom.key) ?? 0);
      if (best === undefined || cost < best.cost) best = { cover: [atom], cost };
    }
    return best;
  }
}

/** The rules anchored in one field. */
class SlotIndex {
  readonly #slot: number;
  readonly #equals = new Map<string, number[]>();
  readonly #present: number[] = [];
  readonly #grams = new Map<string, number[]>();
  #long: GramTable | undefined;
  #short: GramTable | undefined;

  constructor(slot: number) {
    this.#slot = slot;
  }

  add(atom: Atom, rule: number): void {
    if (atom.kind === "present") this.#present.push(rule);
    else {
      const map = atom.kind === "equals" ? this.#equals : this.#grams;
      const rules = map.get(atom.text);
      if (rules === undefined) map.set(atom.text, [rule]);
      else rules.push(rule);
    }
  }

  seal(): void {
    const entries = [...this.#grams];
    const long = entries.filter(([gram]) => gram.length === GRAM);
    const short = entries.filter(([gram]) => gram.length === MIN_GRAM);
    if (long.length > 0) this.#long = new GramTable(long, -1);
    if (short.length > 0) this.#short = new GramTable(short, 0xffffff);
  }

  visit(on: Context, take: (rule: number) => void): void {
    if (this.#present.length > 0 && on.value(this.#slot) !== undefined)
      for (const rule of this.#present) take(rule);
    if (this.#equals.size === 0 && this.#long === undefined && this.#short === undefined) return;
    const texts: Texts = on.folded(this.#slot);
    if (typeof texts === "string") this.#text(texts, take);
    else if (texts !== undefined) for (const text of texts) this.#text(text, take);
  }

  #text(text: string, take: (rule: number) => void): void {
    const rules = this.#equals.get(text);
    if (rules !== undefined) for (const rule of rules) take(rule);
    this.#long?.scan(text, GRAM, take);
    this.#short?.scan(text, MIN_GRAM, take);
  }
}

/**
 * Finds grams in a text with one rolling key: `key << 8 ^ unit` in 32 bits depends on the last four UTF-16 units only,
 * and masked to 24 bits on the last three. Two different grams may share a key (non-ASCII): that costs a false candidate.
 */
class GramTable {
  readonly #mask: number;
  readonly #shift: number;
  /** One byte a slot, so that the usual "no" is answered from a small, cached piece of memory. */
  readonly #used: Uint8Array;
  readonly #rules = new Map<number, readonly number[]>();

  constructor(entries: readonly (readonly [string, readonly number[]])[], mask: number) {
    this.#mask = mask;
    let bits = 4;
    while (1 << bits < entries.length * 8 && bits < 20) bits++;
    this.#shift = 32 - bits;
    this.#used = new Uint8Array(1 << bits);
    for (const [gram, rules] of entries) {
      const key = gramKey(gram) & mask;
      this.#used[Math.imul(key, 0x9e3779b1) >>> this.#shift] = 1;
      this.#rules.set(key, [...(this.#rules.get(key) ?? []), ...rules]);
    }
  }

  scan(text: string, length: number, take: (rule: number) => void): void {
    const used = this.#used;
    const shift = this.#shift;
    const mask = this.#mask;
    let key = 0;
    for (let i = 0; i < text.length; i++) {
      key = (key << 8) ^ text.charCodeAt(i);
      const masked = key & mask;
      if (used[Math.imul(masked, 0x9e3779b1) >>> shift] === 0 || i < length - 1) continue;
      const rules = this.#rules.get(masked);
      if (rules !== undefined) for (const rule of rules) take(rule);
    }
  }
}

function gramKey(gram: string): number {
  let key = 0;
  for (let i = 0; i < gram.length; i++) key = (key << 8) ^ gram.charCodeAt(i);
  return key;
}
