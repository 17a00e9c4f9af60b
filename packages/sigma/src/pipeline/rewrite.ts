// SPDX-License-Identifier: Apache-2.0
import { toChain } from "../condition.js";
import { isItem, markItem, nameSearch, searchName } from "../detection.js";
import type { Expression } from "../types.js";
import type { TestNode } from "./pipeline.js";

/**
 * Replaces each detection item; undefined takes it away, and with the last argument the expression around it.
 * A search that a condition uses several times is rewritten once.
 */
export function mapItems(
  expression: Expression,
  change: (item: Expression) => Expression | undefined,
): Expression | undefined {
  const done = new Map<Expression, Expression | undefined>();
  const visit = (node: Expression): Expression | undefined => {
    if (done.has(node)) return done.get(node);
    const result = isItem(node) || node.op === "test" ? change(node) : inner(node);
    const name = searchName(node);
    if (result !== undefined && name !== undefined) nameSearch(result, name);
    done.set(node, result);
    return result;
  };
  const inner = (node: Exclude<Expression, TestNode>): Expression | undefined => {
    if (node.op === "not") {
      const arg = visit(node.arg);
      return arg === undefined || arg === node.arg ? arg && node : { op: "not", arg };
    }
    const args = node.args.map(visit);
    if (args.every((arg, i) => arg === node.args[i])) return node;
    const left = args.filter((arg) => arg !== undefined);
    return left.length === 0 ? undefined : toChain(node.op, left);
  };
  return visit(expression);
}

/** The tests of an expression, in the written order. */
export function testsOf(expression: Expression): TestNode[] {
  if (expression.op === "test") return [expression];
  return (expression.op === "not" ? [expression.arg] : expression.args).flatMap(testsOf);
}

/** Replaces each test of one item by one or several linked by OR; the result is an item again. */
export function mapTests(item: Expression, change: (test: TestNode) => readonly TestNode[]): Expression {
  const visit = (node: Expression): Expression => {
    if (node.op === "not") return { op: "not", arg: visit(node.arg) };
    if (node.op !== "test") return toChain(node.op, node.args.map(visit));
    return toChain("or", change(node));
  };
  return markItem(visit(item));
}
