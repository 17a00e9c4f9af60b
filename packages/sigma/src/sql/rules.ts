// SPDX-License-Identifier: Apache-2.0
import type { CompiledRule, Expression, RuleSet } from "../types.js";
import type { SqlDialect } from "./dialect.js";
import { Fields } from "./fields.js";
import type { SqlSource } from "./source.js";
import { ConditionWriter } from "./tests.js";
import { SqlWriter, Unsayable } from "./writer.js";

/** Rows (idx, rule): which of `rules` matched which event. `rule` is the index in the rule set. */
export interface RuleQuery {
  readonly kind: "rules";
  readonly rules: readonly number[];
  readonly sql: string;
  readonly params: readonly string[];
}

/** Rules of one statement: a plan of some hundred expressions is made in milliseconds. */
const RULES_PER_QUERY = 24;

/** One query for some rules each; rules without SQL are told with the reason. */
export function ruleQueries(
  ruleSet: RuleSet,
  dialect: SqlDialect,
  source: SqlSource,
): { queries: RuleQuery[]; unsayable: Map<number, string> } {
  const unsayable = new Map<number, string>();
  const sayable = ruleSet.rules.flatMap((_, rule) => {
    try {
      writeRules(ruleSet, [rule], dialect, source);
      return [rule];
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      unsayable.set(rule, error.message);
      return [];
    }
  });
  const queries: RuleQuery[] = [];
  for (let i = 0; i < sayable.length; i += RULES_PER_QUERY)
    queries.push(...together(ruleSet, sayable.slice(i, i + RULES_PER_QUERY), dialect, source));
  return { queries, unsayable };
}

/** One query, or two when all of them together would hold too much. */
function together(
  ruleSet: RuleSet,
  rules: readonly number[],
  dialect: SqlDialect,
  source: SqlSource,
): RuleQuery[] {
  try {
    return [writeRules(ruleSet, rules, dialect, source)];
  } catch (error) {
    if (!(error instanceof Unsayable) || rules.length === 1) throw error;
    const half = Math.ceil(rules.length / 2);
    return [rules.slice(0, half), rules.slice(half)].flatMap((some) =>
      together(ruleSet, some, dialect, source),
    );
  }
}

function writeRules(
  ruleSet: RuleSet,
  rules: readonly number[],
  dialect: SqlDialect,
  source: SqlSource,
): RuleQuery {
  const writer = new SqlWriter(dialect);
  const fields = new Fields(writer, source);
  const conditions = new ConditionWriter(writer, fields);
  const cases = rules.map((rule) => {
    const compiled = ruleSet.rules[rule] as CompiledRule & { readonly detection?: Expression };
    // With the filters that exclude events, where the set has some.
    const detection = compiled.detection ?? compiled.document.detection;
    return `CASE WHEN ${conditions.write(detection)} THEN ${rule} END`;
  });
  const index = dialect.identifier(source.index);
  const relation = fields.relation([`${index} AS idx`]);
  const pairs = `SELECT idx, ${dialect.unnest(`[${cases.join(", ")}]`)} AS rule FROM ${relation}`;
  return {
    kind: "rules",
    rules,
    sql: `SELECT idx, rule FROM (${pairs}) AS pairs WHERE rule IS NOT NULL`,
    params: writer.params,
  };
}
