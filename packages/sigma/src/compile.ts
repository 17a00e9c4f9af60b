// SPDX-License-Identifier: Apache-2.0
import { buildIndex } from "./candidates.js";
import { Context } from "./context.js";
import { ExpressionCompiler } from "./expression.js";
import { toFingerprint } from "./fingerprint.js";
import { nameOf } from "./references.js";
import { resolveRules } from "./resolve.js";
import type { Predicate } from "./predicate.js";
import type { CompiledRule, Expression, RuleSet, SigmaDocument, SigmaFilter, SigmaRule } from "./types.js";

const NONE: readonly number[] = Object.freeze([]);

export interface CompileOptions {
  /** Ids, names or titles of filters whose rules need not be there, as exceptions outlive the rules they were made for. */
  readonly lenient?: Iterable<string>;
}

/**
 * Compiles rules, correlations and filters to one set. The same documents in the same order give the same indices in every thread.
 * Throws SigmaError `unknown_rule`, `unknown_reference`, `duplicate_rule`, `cycle`, `too_deep`.
 *
 * @example
 * const ruleSet = compileRules(files.flatMap((file) => parseSigma(file.text, file.path)));
 * for (const index of ruleSet.match(event)) console.log(ruleSet.rules[index].document.title);
 */
export function compileRules(documents: readonly SigmaDocument[], options: CompileOptions = {}): RuleSet {
  const resolved = resolveRules(documents, new Set(options.lenient));
  const context = new Context();
  const compiler = new ExpressionCompiler(context);
  const compiled = resolved.rules.map((document, i) =>
    compileRule(document, resolved.filters[i] ?? [], resolved.generates[i] ?? true, context, compiler),
  );
  const predicates = compiled.map(({ predicate }) => predicate);
  const rules = compiled.map(({ rule }) => rule);
  const index = buildIndex(
    context,
    rules.map(({ detection }) => compiler.flatten(detection)),
  );
  const seenAt = new Float64Array(rules.length);
  const found: number[] = [];
  const take = (rule: number): void => {
    if (seenAt[rule] === context.generation) return;
    seenAt[rule] = context.generation;
    if ((predicates[rule] as Predicate)(context)) found.push(rule);
  };
  return {
    rules,
    correlations: resolved.correlations,
    idleFilters: resolved.idleFilters,
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

function compileRule(
  document: SigmaRule,
  filters: readonly SigmaFilter[],
  generates: boolean,
  context: Context,
  compiler: ExpressionCompiler,
): { rule: CompiledRule; predicate: Predicate } {
  const own = compiler.compile(document.detection, document.place);
  const excluded = filters.map((filter) => filter.bound?.get(nameOf(document)) ?? filter.detection);
  const excluding = filters.map((filter, i) => {
    const expression = excluded[i] ?? filter.detection;
    return { filter, detection: expression, predicate: compiler.compile(expression, filter.place) };
  });
  const detection = without(document.detection, excluded);
  const predicate = filters.length === 0 ? own : compiler.compile(detection, document.place);
  const ask = (question: Predicate, event: object): boolean => {
    context.reset(event);
    return question(context);
  };
  const rule: CompiledRule = {
    id: nameOf(document),
    document,
    generates,
    detection,
    exceptions: excluding.map((one) => ({
      filter: one.filter,
      detection: one.detection,
      matches: (event) => ask(one.predicate, event),
    })),
    matches: (event) => ask(predicate, event),
    excepted(event) {
      if (excluding.length === 0 || !ask(own, event)) return undefined;
      return excluding.find((one) => one.predicate(context))?.filter;
    },
  };
  return { rule, predicate };
}

function without(detection: Expression, excluded: readonly Expression[]): Expression {
  if (excluded.length === 0) return detection;
  return { op: "and", args: [detection, ...excluded.map((arg): Expression => ({ op: "not", arg }))] };
}
