// SPDX-License-Identifier: Apache-2.0
import { buildIndex } from "./candidates.js";
import { Context } from "./context.js";
import { ExpressionCompiler } from "./expression.js";
import { toFingerprint } from "./fingerprint.js";
import { resolveRules } from "./resolve.js";
import type { CompiledRule, RuleSet, SigmaDocument, SigmaRule } from "./types.js";

const NONE: readonly number[] = Object.freeze([]);

/**
 * Compiles rules and correlations to one set. The same documents in the same order give the same indices in every thread.
 * Throws SigmaError `unknown_rule`, `duplicate_rule`, `cycle`, `too_deep`.
 *
 * @example
 * const ruleSet = compileRules(files.flatMap((file) => parseSigma(file.text, file.path)));
 * for (const index of ruleSet.match(event)) console.log(ruleSet.rules[index].document.title);
 */
export function compileRules(documents: readonly SigmaDocument[]): RuleSet {
  const { rules: documentsOfRules, correlations, generates } = resolveRules(documents);
  const context = new Context();
  const compiler = new ExpressionCompiler(context);
  const predicates = documentsOfRules.map((rule) => compiler.compile(rule.detection, rule.place));
  const rules = documentsOfRules.map((document, i): CompiledRule => {
    const predicate = predicates[i] as (typeof predicates)[number];
    return {
      id: toRuleId(document),
      document,
      generates: generates[i] ?? true,
      matches(event) {
        context.reset(event);
        return predicate(context);
      },
    };
  });
  const index = buildIndex(
    context,
    documentsOfRules.map((rule) => compiler.flatten(rule.detection)),
  );
  const seenAt = new Float64Array(rules.length);
  const found: number[] = [];
  const take = (rule: number): void => {
    if (seenAt[rule] === context.generation) return;
    seenAt[rule] = context.generation;
    if ((predicates[rule] as (typeof predicates)[number])(context)) found.push(rule);
  };
  return {
    rules,
    correlations,
    fingerprint: toFingerprint(documents),
    match(event) {
      context.reset(event);
      found.length = 0;
      index.visit(context, take);
      if (found.length === 0) return NONE;
      return found.length === 1 ? [found[0] as number] : [...found].sort((a, b) => a - b);
    },
  };
}

function toRuleId(document: SigmaRule): string {
  return document.id ?? document.name ?? document.title;
}
