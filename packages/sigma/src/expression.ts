// SPDX-License-Identifier: Apache-2.0
import { toChain } from "./condition.js";
import type { Context } from "./context.js";
import type { Place } from "./errors.js";
import { ANY, fold, toLiteral } from "./pattern.js";
import { anyFolded, compileTest, type Predicate } from "./predicate.js";
import { SubstringSet } from "./substrings.js";
import type { Expression } from "./types.js";

/** From this many equal-field texts on, a set is cheaper than asking one after the other. */
const SET_FROM = 3;

/**
 * Compiles expressions of one rule set to closures. Equal tests become one closure; tests that cost much
 * more than a comparison are answered once per event.
 */
export class ExpressionCompiler {
  readonly #context: Context;
  readonly #substrings = new Map<number, SubstringSet>();
  readonly #shared = new Map<string, Predicate>();
  readonly #flat = new Map<Expression, Expression>();

  constructor(context: Context) {
    this.#context = context;
  }

  compile(expression: Expression, place: Place): Predicate {
    return this.#node(this.flatten(expression), place);
  }

  /** `and` inside `and` and `or` inside `or` are one list. */
  flatten(expression: Expression): Expression {
    const known = this.#flat.get(expression);
    if (known !== undefined) return known;
    let flat: Expression = expression;
    if (expression.op === "not") flat = { op: "not", arg: this.flatten(expression.arg) };
    else if (expression.op !== "test") {
      const { op } = expression;
      const args = expression.args
        .map((arg) => this.flatten(arg))
        .flatMap((arg) => (arg.op === op ? arg.args : [arg]));
      flat = toChain(op, args);
    }
    this.#flat.set(expression, flat);
    return flat;
  }

  #node(expression: Expression, place: Place): Predicate {
    switch (expression.op) {
      case "not": {
        const inner = this.#node(expression.arg, place);
        return (on) => !inner(on);
      }
      case "test":
        return this.#test(expression, place);
      case "and":
        return toAll(expression.args.map((arg) => this.#node(arg, place)));
      default:
        return toAny(this.#alternatives(expression.args, place));
    }
  }

  #test(expression: Extract<Expression, { op: "test" }>, place: Place): Predicate {
    const key = JSON.stringify([expression.field, expression.test]);
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const substring = this.#substring(expression);
    if (substring !== undefined) {
      const { set, id } = substring;
      const has: Predicate = (on) => set.has(on, id);
      this.#shared.set(key, has);
      return has;
    }
    const plain = compileTest(this.#context, expression.field, expression.test, place);
    const costly =
      expression.field === null || expression.test.kind === "regex" || expression.test.kind === "cidr";
    const predicate = costly ? memoise(plain) : plain;
    this.#shared.set(key, predicate);
    return predicate;
  }

  /** A text that may stand anywhere in a field is asked of the field's set of such texts. */
  #substring(expression: Expression): { set: SubstringSet; id: number } | undefined {
    if (expression.op !== "test") return undefined;
    const { field, test } = expression;
    if (test.kind !== "text" || test.cased || test.pattern.length !== 3) return undefined;
    const [first, text, last] = test.pattern;
    if (first !== ANY || typeof text !== "string" || last !== ANY) return undefined;
    const slot = this.#context.slot(field);
    const set = this.#substrings.get(slot) ?? new SubstringSet(slot);
    this.#substrings.set(slot, set);
    const id = set.add(fold(text));
    return id === undefined ? undefined : { set, id };
  }

  /** Plain texts of one field become one set, texts that may stand anywhere in it one list; everything else stays as it is. */
  #alternatives(args: readonly Expression[], place: Place): Predicate[] {
    const sets = new Map<string | null, Set<string>>();
    const lists = new Map<SubstringSet, number[]>();
    const rest: Expression[] = [];
    for (const arg of args) {
      const substring = this.#substring(arg);
      if (substring !== undefined) {
        const { set, id } = substring;
        const ids = lists.get(set);
        if (ids === undefined) lists.set(set, [id]);
        else ids.push(id);
        continue;
      }
      const literal =
        arg.op === "test" && arg.test.kind === "text" && !arg.test.cased
          ? toLiteral(arg.test.pattern)
          : undefined;
      if (arg.op !== "test" || literal === undefined) rest.push(arg);
      else sets.set(arg.field, (sets.get(arg.field) ?? new Set()).add(fold(literal)));
    }
    const predicates: Predicate[] = [];
    for (const [field, texts] of sets) {
      const slot = this.#context.slot(field);
      if (texts.size >= SET_FROM) predicates.push(anyFolded(slot, (text) => texts.has(text)));
      else for (const text of texts) predicates.push(anyFolded(slot, (value) => value === text));
    }
    for (const [set, ids] of lists) {
      const list = set.addList(ids);
      predicates.push((on) => set.hasAny(on, list));
    }
    return [...predicates, ...rest.map((arg) => this.#node(arg, place))];
  }
}

function memoise(predicate: Predicate): Predicate {
  let generation = -1;
  let answer = false;
  return (on) => {
    if (generation !== on.generation) {
      answer = predicate(on);
      generation = on.generation;
    }
    return answer;
  };
}

function toAll(predicates: readonly Predicate[]): Predicate {
  const [a, b, c] = predicates;
  if (a !== undefined && predicates.length === 1) return a;
  if (a !== undefined && b !== undefined && predicates.length === 2) return (on) => a(on) && b(on);
  if (a !== undefined && b !== undefined && c !== undefined && predicates.length === 3)
    return (on) => a(on) && b(on) && c(on);
  return (on) => {
    for (const predicate of predicates) if (!predicate(on)) return false;
    return true;
  };
}

function toAny(predicates: readonly Predicate[]): Predicate {
  const [a, b] = predicates;
  if (a !== undefined && predicates.length === 1) return a;
  if (a !== undefined && b !== undefined && predicates.length === 2) return (on) => a(on) || b(on);
  return (on) => {
    for (const predicate of predicates) if (predicate(on)) return true;
    return false;
  };
}
