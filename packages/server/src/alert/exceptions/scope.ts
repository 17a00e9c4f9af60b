// SPDX-License-Identifier: Apache-2.0
import type { RuleSet, SigmaRule } from "@telltale/sigma";

/** Which rules an exception of one rule is about. */
export interface ExceptionScope {
  /** The single-event rules that the filter names, by id or name. */
  readonly rules: readonly string[];
  /** Log source of all of them: what they have in common. */
  readonly logsource: SigmaRule["logsource"];
  /** Everything that finds less by it: these rules, and the correlations above them. Ids as alerts name them. */
  readonly affected: readonly string[];
  /** Their titles, in the same order. */
  readonly titles: readonly string[];
}

/** Indices of the single-event rules below a rule or correlation; undefined when there is none of this id. */
function findBases({ rules, correlations }: RuleSet, ruleId: string): Set<number> | undefined {
  const rule = rules.findIndex(({ id }) => id === ruleId);
  if (rule !== -1) return new Set([rule]);
  const start = correlations.findIndex(({ id }) => id === ruleId);
  if (start === -1) return undefined;
  const bases = new Set<number>();
  // Correlations point backwards, so this ends.
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const { type, index } of correlations[at]?.references ?? [])
      if (type === "rule") bases.add(index);
      else open.push(index);
  return bases;
}

/** The common part: a filter applies where its log source is equal to a rule's or less specific. */
function toCommon(sources: readonly SigmaRule["logsource"][]): SigmaRule["logsource"] {
  const [first = {}, ...others] = sources;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) =>
      others.every((other) => Object.hasOwn(other, name) && other[name] === value),
    ),
  );
}

/** What an exception of a rule or correlation would reach. Undefined: no rule in force has this id, or none can be named. */
export function toScope(set: RuleSet, ruleId: string): ExceptionScope | undefined {
  const bases = findBases(set, ruleId);
  if (bases === undefined) return undefined;
  const rules = [...bases].flatMap((index) => set.rules[index] ?? []);
  const names = rules.flatMap(({ document }) => document.id ?? document.name ?? []);
  const logsource = toCommon(rules.map(({ document }) => document.logsource));
  if (names.length === 0 || names.length < rules.length || Object.keys(logsource).length === 0)
    return undefined;
  const affected = new Map(
    rules.filter(({ generates }) => generates).map(({ id, document }) => [id, document.title]),
  );
  const above = set.correlations.map(() => false);
  for (const [at, { references, id, generates, document }] of set.correlations.entries()) {
    above[at] = references.some(({ type, index }) => (type === "rule" ? bases.has(index) : above[index]));
    if (above[at] && generates) affected.set(id, document.title);
  }
  return { rules: names, logsource, affected: [...affected.keys()], titles: [...affected.values()] };
}
