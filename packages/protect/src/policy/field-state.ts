// SPDX-License-Identifier: Apache-2.0
import type { FieldRule } from "./compiled.js";
import { ANY, ANY_DEPTH, compareExactness } from "./field-path.js";

/** More states than any sensible policy has; a sender who provokes more makes it begin again. */
const MOST_STATES = 1024;

/** A rule, and how far the path to here has got in it. */
interface Position {
  readonly rule: number;
  readonly step: number;
}

/**
 * Where a walk stands in the paths of all rules at once. Built on demand and kept, so that a walk over known ground allocates nothing.
 * A state that no rule can come out of is undefined: below it nothing is looked up.
 */
export class FieldState {
  /** The rule for the value here: of those that match it or something above it, the most exact. */
  readonly rule: FieldRule | undefined;
  /** Of {@link rule}: of two, the one with the higher is the more exact. -1 without a rule. */
  readonly rank: number;
  /** True when no rule for something inside is more exact than {@link rule}. */
  readonly isWhole: boolean;
  readonly #automaton: Automaton;
  readonly #positions: readonly Position[];
  /** By the names that rules ask for here; undefined until it was needed. */
  readonly #children = new Map<string, FieldState | null | undefined>();
  #other: FieldState | null | undefined;

  constructor(automaton: Automaton, positions: readonly Position[], effective: number) {
    this.#automaton = automaton;
    this.#positions = positions;
    this.rank = effective;
    this.rule = automaton.rules[effective];
    this.isWhole = positions.every(({ rule }) => rule <= effective);
    for (const { rule, step } of positions) {
      const name = automaton.pathOf(rule)[step];
      if (name !== undefined && name !== ANY && name !== ANY_DEPTH) this.#children.set(name, undefined);
    }
  }

  /** The state of a field in the object here. */
  next(name: string): FieldState | undefined {
    const known = this.#children.get(name);
    if (known !== undefined) return known ?? undefined;
    if (!this.#children.has(name)) {
      this.#other ??= this.#automaton.advance(this.#positions, this.rank, undefined);
      return this.#other ?? undefined;
    }
    const child = this.#automaton.advance(this.#positions, this.rank, name);
    this.#children.set(name, child);
    return child ?? undefined;
  }
}

class Automaton {
  /** From the least to the most exact: a larger index wins. */
  readonly rules: readonly FieldRule[];
  readonly #states = new Map<string, FieldState>();

  constructor(rules: readonly FieldRule[]) {
    this.rules = rules;
  }

  pathOf(rule: number): readonly string[] {
    return this.rules[rule]!.path;
  }

  start(): FieldState | undefined {
    return (
      this.#stateOf(
        this.rules.map((_, rule) => ({ rule, step: 0 })),
        -1,
      ) ?? undefined
    );
  }

  /** `name`: undefined for one that no rule asks for here. */
  advance(positions: readonly Position[], inherited: number, name: string | undefined): FieldState | null {
    const moved: Position[] = [];
    for (const position of positions) {
      const { rule, step } = position;
      const wanted = this.pathOf(rule)[step];
      if (wanted === ANY_DEPTH) moved.push(position);
      else if (wanted === ANY || (wanted !== undefined && wanted === name))
        moved.push({ rule, step: step + 1 });
    }
    return this.#stateOf(moved, inherited);
  }

  #stateOf(positions: readonly Position[], inherited: number): FieldState | null {
    const closed = this.#close(positions);
    let effective = inherited;
    for (const { rule, step } of closed)
      if (step === this.pathOf(rule).length) effective = Math.max(effective, rule);
    const alive = closed.filter(({ rule, step }) => step < this.pathOf(rule).length);
    if (alive.length === 0 && effective === -1) return null;
    const name = `${effective}|${alive.map(({ rule, step }) => `${rule}.${step}`).join()}`;
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    if (this.#states.size >= MOST_STATES) this.#states.clear();
    const state = new FieldState(this, alive, effective);
    this.#states.set(name, state);
    return state;
  }

  /** `**` may stand for nothing. */
  #close(positions: readonly Position[]): Position[] {
    const closed: Position[] = [];
    for (const position of positions) {
      closed.push(position);
      if (this.pathOf(position.rule)[position.step] === ANY_DEPTH)
        closed.push({ rule: position.rule, step: position.step + 1 });
    }
    return closed;
  }
}

/** Compiles rules for a walk. `fallbacks` come after all of `rules`. Undefined when there are none: then nothing is looked up at all. */
export function compileFields(
  rules: readonly FieldRule[],
  fallbacks: readonly FieldRule[] = [],
): FieldState | undefined {
  const sorted = [...rules].sort((a, b) => compareExactness(a.path, b.path));
  return new Automaton([...fallbacks, ...sorted]).start();
}
