// SPDX-License-Identifier: Apache-2.0
import { parseCondition } from "./condition.js";
import { SigmaError } from "./errors.js";
import { readText } from "./read.js";
import type { CorrelationType, Expression, RuleCondition } from "./types.js";
import type { YamlNode } from "./yaml.js";

/**
 * Parses `login and not mfa` over the rules of a temporal correlation (specification 2.2). Selectors such as `1 of them` work as
 * in a detection. It must need something to happen: nothing would say when to judge what nothing at all satisfies.
 */
export function parseRuleCondition(
  node: YamlNode,
  type: CorrelationType,
  rules: readonly string[],
): RuleCondition {
  const names = new Map<string, Expression>(
    rules.map((field) => [field, { op: "test", field, test: { kind: "exists", value: true } }]),
  );
  const condition = toRuleCondition(parse(readText(node), node, names), rules);
  const used = rulesIn(condition);
  const unused = rules.find((_, rule) => !used.has(rule));
  if (unused !== undefined)
    throw new SigmaError("bad_condition", node.place, `does not mention the rule "${unused}"`);
  if (evaluateRules(condition, () => false))
    throw new SigmaError(
      "bad_condition",
      node.place,
      `holds when nothing happens: name a rule that must be seen, as in "login and not mfa", or use event_count with "eq: 0"`,
    );
  if (type === "temporal_ordered" && toAbsenceInOrder(condition) === undefined)
    throw new SigmaError(
      "unsupported",
      node.place,
      `temporal_ordered takes two rules, one of them with "not", as in "login and not mfa"; otherwise leave the condition out`,
    );
  return condition;
}

function parse(text: string, node: YamlNode, names: ReadonlyMap<string, Expression>): Expression {
  try {
    return parseCondition(text, node.place, names);
  } catch (error) {
    if (!(error instanceof SigmaError) || error.code !== "unknown_identifier") throw error;
    throw new SigmaError("unknown_identifier", node.place, `names what is not one of the rules`, {
      cause: error,
    });
  }
}

function toRuleCondition(expression: Expression, rules: readonly string[]): RuleCondition {
  switch (expression.op) {
    case "not":
      return { op: "not", arg: toRuleCondition(expression.arg, rules) };
    case "test":
      return { op: "rule", rule: rules.indexOf(expression.field ?? "") };
    default:
      return { op: expression.op, args: expression.args.map((arg) => toRuleCondition(arg, rules)) };
  }
}

function rulesIn(condition: RuleCondition): Set<number> {
  if (condition.op === "rule") return new Set([condition.rule]);
  const args = condition.op === "not" ? [condition.arg] : condition.args;
  return new Set(args.flatMap((arg) => [...rulesIn(arg)]));
}

/** Whether the condition holds. `negated` is true where the answer is turned round by an odd number of `not`. */
export function evaluateRules(
  condition: RuleCondition,
  isSeen: (rule: number, negated: boolean) => boolean,
  negated = false,
): boolean {
  switch (condition.op) {
    case "rule":
      return isSeen(condition.rule, negated);
    case "not":
      return !evaluateRules(condition.arg, isSeen, !negated);
    case "and":
      return condition.args.every((arg) => evaluateRules(arg, isSeen, negated));
    default:
      return condition.args.some((arg) => evaluateRules(arg, isSeen, negated));
  }
}

/** The rules that stand without `not`: their events open windows. A rule may stand both ways. */
export function openersOf(condition: RuleCondition, negated = false): Set<number> {
  if (condition.op === "rule") return new Set(negated ? [] : [condition.rule]);
  if (condition.op === "not") return openersOf(condition.arg, !negated);
  return new Set(condition.args.flatMap((arg) => [...openersOf(arg, negated)]));
}

/** Whether something must NOT be seen, so that only the end of a window can tell. */
export function hasNegation(condition: RuleCondition, negated = false): boolean {
  if (condition.op === "rule") return negated;
  if (condition.op === "not") return hasNegation(condition.arg, !negated);
  return condition.args.some((arg) => hasNegation(arg, negated));
}

/** `x and not y` of two rules, in either order of writing; undefined for anything else. */
export function toAbsenceInOrder(condition: RuleCondition): { seen: number; missing: number } | undefined {
  if (condition.op !== "and" || condition.args.length !== 2) return undefined;
  const seen = condition.args.find((arg) => arg.op === "rule");
  const missing = condition.args.find((arg) => arg.op === "not");
  if (seen?.op !== "rule" || missing?.op !== "not" || missing.arg.op !== "rule") return undefined;
  return { seen: seen.rule, missing: missing.arg.rule };
}
