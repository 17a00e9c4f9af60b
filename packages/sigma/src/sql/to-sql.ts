// SPDX-License-Identifier: Apache-2.0
import type { RuleSet } from "../types.js";
import { correlationQueries, type CorrelationQuery } from "./correlations.js";
import type { SqlDialect } from "./dialect.js";
import { ruleQueries, type RuleQuery } from "./rules.js";
import type { SqlSource } from "./source.js";

/** What a rule set is in SQL, and what of it is not. */
export interface SqlPlan {
  /** Statements to run once for a database. */
  readonly prelude: readonly string[];
  /**
   * Rows (idx) of events that a database may read otherwise than JavaScript: half surrogates, more than 10,000 texts,
   * no object. No other query gives them; the stream engine answers for them.
   */
  readonly undecided: string;
  readonly rules: readonly RuleQuery[];
  /** Index of a rule → why it has no SQL. The stream engine answers for it. */
  readonly unsayableRules: ReadonlyMap<number, string>;
  /** To be run in this order once the table `matches` holds the pairs of all rules. */
  readonly correlations: readonly CorrelationQuery[];
  /** Index of a correlation → why it has no SQL. */
  readonly unsayableCorrelations: ReadonlyMap<number, string>;
}

export interface SqlOptions {
  /** As the correlator's: how late in ms an event may come and still be counted exactly (default 600,000). */
  readonly lateness?: number;
}

/**
 * The rules and correlations of a set as SQL over history. The rows are the pairs of event and rule that `RuleSet.match`
 * gives, and the events at which correlations come true as in the correlator, as long as that forgets nothing (its limits
 * on keys and entries have no SQL).
 *
 * @example
 * const plan = toSql(ruleSet, duckDb, { from: "events", index: "idx", time: "time", line: "line", matches: "m", prefix: "c" });
 */
export function toSql(
  ruleSet: RuleSet,
  dialect: SqlDialect,
  source: SqlSource,
  { lateness = 600_000 }: SqlOptions = {},
): SqlPlan {
  const { queries, unsayable } = ruleQueries(ruleSet, dialect, source);
  const index = dialect.identifier(source.index);
  const undecided =
    source.line === undefined
      ? `SELECT ${index} AS idx FROM ${source.from} WHERE false`
      : `SELECT ${index} AS idx FROM ${source.from} WHERE NOT tt_decided(${dialect.identifier(source.line)})`;
  const correlations = correlationQueries(ruleSet, dialect, source, lateness);
  return {
    prelude: dialect.prelude(),
    undecided,
    rules: queries,
    unsayableRules: unsayable,
    correlations: correlations.queries,
    unsayableCorrelations: correlations.unsayable,
  };
}
