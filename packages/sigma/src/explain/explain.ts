// SPDX-License-Identifier: Apache-2.0
import { Context } from "../context.js";
import { searchName } from "../detection.js";
import { OBJECT, type FieldValue, type Scalar } from "../field.js";
import { compileTest } from "../predicate.js";
import type { CompiledRule, Expression } from "../types.js";
import { toWords } from "./words.js";

/** What a field of the event holds; undefined when it is not there. A nested object is `{}`, long texts are cut. */
export type SeenValues = readonly (string | number | boolean | null | object)[] | undefined;

/** One node of a condition and its answer. `decides`: it is a reason for the answer of the whole. */
export type ExplainedNode = {
  readonly holds: boolean;
  readonly decides: boolean;
  /** The search identifier that stands here, such as `selection`. */
  readonly name?: string;
} & (
  | {
      readonly op: "and" | "or" | "not";
      readonly args: readonly ExplainedNode[];
      /** Further arguments that are not shown; they answer like the last that is, and decide nothing alone. */
      readonly omitted: number;
    }
  | {
      readonly op: "test";
      /** Null: all values of the event (a keyword). */
      readonly field: string | null;
      /** The test in words, as in `begins with "adm"`. */
      readonly wanted: string;
      readonly values: SeenValues;
      /** For a comparison with another field: that field and what it holds. */
      readonly reference?: { readonly field: string; readonly values: SeenValues };
    }
);

/** Why a rule fires for an event, or why it does not. Plain data, bounded in size. */
export interface Explanation {
  readonly ruleId: string;
  readonly title: string;
  /** Whether the rule reports the event: its detection holds and no filter's does. */
  readonly fires: boolean;
  readonly detection: ExplainedNode;
  /** Each filter of the rule; one that holds excludes the event. */
  readonly exceptions: readonly {
    readonly id?: string;
    readonly title: string;
    readonly detection: ExplainedNode;
  }[];
}

/** Arguments of one `and` or `or` that are shown, and values of one field. */
const MAX_ARGS = 20;
const MAX_VALUES = 10;
const MAX_TEXT = 200;
/** Nodes of one explanation; beyond it nothing but the answer is told. */
const MAX_NODES = 500;

/**
 * Asks every test of a rule about one event and tells each answer, with what was wanted and what the event holds.
 * The same tests as in matching, without the index. Hostile events and rules: what is shown is bounded, what is asked is bounded by the rule's size.
 *
 * @example
 * console.log(renderExplanation(explainRule(ruleSet.rules[0], event)));
 */
export function explainRule(rule: CompiledRule, event: object): Explanation {
  const context = new Context();
  context.reset(event);
  const explainer = new Explainer(context);
  const { place } = rule.document;
  const detection = explainer.explain(rule.document.detection, place);
  const exceptions = rule.exceptions.map(({ filter, detection: excluded }) => ({
    ...(filter.id !== undefined && { id: filter.id }),
    title: filter.title,
    detection: explainer.explain(excluded, filter.place),
  }));
  return {
    ruleId: rule.id,
    title: rule.document.title,
    fires: detection.holds && !exceptions.some((one) => one.detection.holds),
    detection,
    exceptions,
  };
}

class Explainer {
  readonly #context: Context;
  readonly #answers = new Map<Expression, boolean>();
  #nodes = MAX_NODES;

  constructor(context: Context) {
    this.#context = context;
  }

  explain(expression: Expression, place: CompiledRule["document"]["place"]): ExplainedNode {
    return this.#node(expression, place, true);
  }

  /** Each shared part is asked once. */
  #holds(expression: Expression, place: CompiledRule["document"]["place"]): boolean {
    const known = this.#answers.get(expression);
    if (known !== undefined) return known;
    let answer: boolean;
    if (expression.op === "test")
      answer = compileTest(this.#context, expression.field, expression.test, place)(this.#context);
    else if (expression.op === "not") answer = !this.#holds(expression.arg, place);
    else {
      // All are asked, so that each can be told.
      const answers = expression.args.map((arg) => this.#holds(arg, place));
      answer = expression.op === "and" ? answers.every(Boolean) : answers.some(Boolean);
    }
    this.#answers.set(expression, answer);
    return answer;
  }

  #node(expression: Expression, place: CompiledRule["document"]["place"], decides: boolean): ExplainedNode {
    this.#nodes--;
    const holds = this.#holds(expression, place);
    const name = searchName(expression);
    const head = { holds, decides, ...(name !== undefined && { name }) };
    if (expression.op === "test") return { ...head, ...this.#test(expression) };
    const args = expression.op === "not" ? [expression.arg] : expression.args;
    // `and` is false because of those that are false, `or` true because of those that are true; else all of them count.
    const mixed = expression.op === "not" ? undefined : expression.op === "or";
    const isReason = new Set(
      args.filter((arg) => mixed === undefined || holds !== mixed || this.#holds(arg, place) === mixed),
    );
    const others = args.filter((arg) => !isReason.has(arg));
    const room = Math.max(0, Math.min(MAX_ARGS, this.#nodes));
    const isShown = new Set([...isReason, ...others].slice(0, room));
    const inOrder = args.filter((arg) => isShown.has(arg)).slice(0, room);
    return {
      ...head,
      op: expression.op,
      args: inOrder.map((arg) => this.#node(arg, place, decides && isReason.has(arg))),
      omitted: args.length - inOrder.length,
    };
  }

  #test(expression: Extract<Expression, { op: "test" }>) {
    const { field, test } = expression;
    const seen = {
      op: "test" as const,
      field,
      wanted: toWords(test),
      values: this.#values(field),
    };
    if (test.kind !== "fieldref") return seen;
    return { ...seen, reference: { field: test.field, values: this.#values(test.field) } };
  }

  #values(field: string | null): SeenValues {
    const value: FieldValue = this.#context.value(this.#context.slot(field));
    if (value === undefined) return undefined;
    const list: readonly Scalar[] = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
    return list.slice(0, MAX_VALUES).map(toPlainValue);
  }
}

function toPlainValue(value: Scalar): string | number | boolean | null | object {
  if (value === OBJECT) return {};
  return typeof value === "string" && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
}
