// SPDX-License-Identifier: Apache-2.0
import { absenceOf } from "../absence.js";
import type { CompareOperator, CompiledCorrelation, RuleSet } from "../types.js";
import type { SqlDialect } from "./dialect.js";
import { entriesOf, tableOf } from "./entries.js";
import type { SqlSource } from "./source.js";
import { SqlWriter, Unsayable } from "./writer.js";

/**
 * A statement that fills `table` with rows (idx, time, key, value, fires, starts, exact): an event, the values of its
 * group, and whether the condition was true when it came. `starts`: it begins an episode. Where `exact` is false the
 * order in which events came needs a memory that SQL does not have, and the stream engine answers for the group.
 */
export interface CorrelationQuery {
  readonly kind: "correlation";
  readonly correlation: number;
  readonly table: string;
  readonly sql: string;
  readonly params: readonly string[];
}

const SAID: ReadonlySet<string> = new Set(["event_count", "value_count", "temporal", "temporal_ordered"]);
/** Keys of a correlation that change what is judged, and when. */
const KEYS_WITHOUT_SQL: readonly string[] = ["condition", "telltale", "percentile"];

/** Longer orders would nest as many window functions. */
const MAX_ORDERED = 12;
/** As in the stream engine: a group keeps more entries than any threshold needs, but not all. */
const MIN_LIMIT = 1_024;

const OPERATORS: Readonly<Record<CompareOperator, string>> = {
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  eq: "=",
  neq: "<>",
};

/** One statement for each correlation, in an order in which references point backwards. */
export function correlationQueries(
  ruleSet: RuleSet,
  dialect: SqlDialect,
  source: SqlSource,
  lateness: number,
): { queries: CorrelationQuery[]; unsayable: Map<number, string> } {
  const queries: CorrelationQuery[] = [];
  const unsayable = new Map<number, string>();
  for (const [i, correlation] of ruleSet.correlations.entries()) {
    try {
      for (const { type, index } of correlation.references)
        if (type === "correlation" && unsayable.has(index))
          throw new Unsayable("it refers to a correlation without SQL");
      queries.push(writeCorrelation(ruleSet, i, dialect, source, lateness));
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      unsayable.set(i, error.message);
    }
  }
  return { queries, unsayable };
}

function writeCorrelation(
  ruleSet: RuleSet,
  index: number,
  dialect: SqlDialect,
  source: SqlSource,
  lateness: number,
): CorrelationQuery {
  const correlation = ruleSet.correlations[index] as CompiledCorrelation;
  const { type } = correlation.document;
  if (!SAID.has(type) || KEYS_WITHOUT_SQL.some((key) => Object.hasOwn(correlation.document, key)))
    throw new Unsayable(`a correlation of this kind (${type})`);
  if (absenceOf(correlation.document) !== undefined)
    throw new Unsayable("a condition about what did not happen");
  const writer = new SqlWriter(dialect);
  const ctes = [
    `entries AS (${entriesOf(ruleSet, correlation, writer, source)})`,
    ...laneSteps(ruleSet, correlation, dialect, source, lateness),
    ...(type === "temporal_ordered"
      ? orderSteps(correlation, writer)
      : countSteps(correlation, dialect, lateness)),
  ];
  const holds = correlation.document.bounds
    .map(({ operator, value }) => `value ${OPERATORS[operator]} ${writer.number(value)}`)
    .join(" AND ");
  const judged = `SELECT idx, time, key, lane, value, exact, ${holds} AS fires FROM judged`;
  const select = `WITH ${ctes.join(", ")} SELECT idx, time, key, value, fires, exact,
    fires AND NOT coalesce(lag(fires) OVER (PARTITION BY key, lane ORDER BY idx), false) AS starts FROM (${judged}) AS held`;
  const table = tableOf(source, index);
  return {
    kind: "correlation",
    correlation: index,
    table,
    sql: dialect.store(table, select),
    params: writer.params,
  };
}

/**
 * `laned`: the entries with their lane, as the stream engine keeps them: a group that was silent for the window and the
 * allowed lateness begins anew. `late`: the lane holds an event older than one that came before. `exact` is false where
 * an event comes so late that it belongs to a lane beside this one.
 */
function laneSteps(
  ruleSet: RuleSet,
  { document }: CompiledCorrelation,
  dialect: SqlDialect,
  source: SqlSource,
  lateness: number,
): string[] {
  const keep = document.timespan + lateness;
  const limit = Math.max(
    MIN_LIMIT,
    2 * (Math.ceil(Math.max(...document.bounds.map(({ value }) => value))) + 2),
  );
  const used = new Set(
    ruleSet.correlations.flatMap(({ references }) =>
      references.filter((each) => each.type === "rule").map((each) => each.index),
    ),
  );
  const index = dialect.identifier(source.index);
  const time = dialect.identifier(source.time);
  const counted = `SELECT idx FROM ${source.matches} WHERE rule IN (${[...used, -1].join(", ")})`;
  return [
    // How far the stream had come with each event that any correlation counts.
    `streamed AS (SELECT ${index} AS idx, max(${time}) OVER (ORDER BY ${index} ROWS UNBOUNDED PRECEDING) AS stream
      FROM ${source.from} WHERE ${index} IN (${counted}))`,
    `members AS (SELECT DISTINCT idx, time, key FROM entries)`,
    // How far it had come when this correlation counted something for the last time before.
    `visited AS (SELECT idx, stream, lag(stream) OVER (ORDER BY idx) AS visited FROM
      (SELECT DISTINCT m.idx AS idx, s.stream AS stream FROM members m JOIN streamed s ON m.idx = s.idx) AS own)`,
    `followed AS (SELECT m.idx AS idx, m.time AS time, m.key AS key, v.stream AS stream, v.visited AS visited,
      max(m.time) OVER before AS newest, max(v.stream) OVER before AS touched
      FROM members m JOIN visited v ON m.idx = v.idx
      WINDOW before AS (PARTITION BY m.key ORDER BY m.idx ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))`,
    `cut AS (SELECT *, newest IS NOT NULL AND (time > newest + ${keep} OR visited >= touched + ${keep}) AS cuts FROM followed)`,
    `numbered AS (SELECT *, sum(CASE WHEN cuts THEN 1 ELSE 0 END) OVER (PARTITION BY key ORDER BY idx ROWS UNBOUNDED PRECEDING) AS lane,
      newest IS NULL OR (NOT (time <= newest - ${keep}) AND (cuts OR stream < touched + ${keep})) AS certain FROM cut)`,
    `ordered AS (SELECT *, max(time) OVER (PARTITION BY key, lane ORDER BY idx ROWS UNBOUNDED PRECEDING) AS reached FROM numbered)`,
    `tidy AS (SELECT key, lane, bool_or(time < reached) AS late, bool_and(certain) AS certain, count(*) AS size FROM ordered GROUP BY key, lane)`,
    `groups AS (SELECT key, bool_and(certain AND NOT (late AND (size > ${limit / 2}${document.type === "temporal_ordered" ? " OR true" : ""}))) AS exact
      FROM tidy GROUP BY key)`,
    `laned AS (SELECT o.idx AS idx, o.time AS time, o.key AS key, o.lane AS lane, o.reached AS reached, e.value AS value, t.late AS late, g.exact AS exact
      FROM ordered o JOIN entries e ON o.idx = e.idx AND o.key = e.key
      JOIN tidy t ON o.key = t.key AND o.lane = t.lane JOIN groups g ON o.key = g.key)`,
  ];
}

/** `judged`: for each event the number of different values in the fullest window that held it when it came. */
function countSteps({ document }: CompiledCorrelation, dialect: SqlDialect, lateness: number): string[] {
  const span = document.timespan;
  const partition = "PARTITION BY key, lane ORDER BY time";
  const counts = document.type === "event_count";
  // In order, the window ends at the event itself: everything up to it, without what is out of the window. The order is total,
  // so that both window functions number the entries of one event alike.
  const inWindow = `row_number() OVER (${partition}, idx, value) - count(*) OVER (${partition} RANGE BETWEEN UNBOUNDED PRECEDING AND ${span} PRECEDING)`;
  const inOrder = counts
    ? `SELECT idx, time, key, lane, exact, inside AS value FROM in_order`
    : `SELECT idx, time, key, lane, exact, max(different) AS value FROM
        (SELECT *, ${dialect.differentBefore("value", "key, lane", "time, idx, value", "inside - 1")} AS different FROM in_order) AS tallied
        GROUP BY idx, time, key, lane, exact`;
  return [
    `in_order AS (SELECT *, ${inWindow} AS inside FROM laned WHERE NOT late)`,
    // Beside late events each window is counted out: of those that hold the event and end at one that had come.
    `windows AS (SELECT DISTINCT i.idx AS idx, i.time AS time, i.key AS key, i.lane AS lane, i.reached AS reached, i.exact AS exact, j.time AS ends
      FROM laned i JOIN laned j ON i.key = j.key AND i.lane = j.lane
      AND j.idx <= i.idx AND j.time >= i.time AND j.time < i.time + ${span} WHERE i.late AND i.exact AND j.late)`,
    `tallies AS (SELECT w.idx AS idx, w.time AS time, w.key AS key, w.lane AS lane, w.exact AS exact, w.ends AS ends,
      ${counts ? "count(*)" : "count(DISTINCT k.value)"} AS value
      FROM windows w JOIN laned k ON w.key = k.key AND w.lane = k.lane AND k.idx <= w.idx
      AND k.time > w.ends - ${span} AND k.time <= w.ends AND k.time > w.reached - ${span + lateness} GROUP BY ALL)`,
    `judged AS (${inOrder} UNION ALL
      SELECT idx, time, key, lane, exact, max(value) AS value FROM tallies GROUP BY idx, time, key, lane, exact UNION ALL
      SELECT DISTINCT idx, time, key, lane, exact, 0 AS value FROM laned WHERE late AND NOT exact)`,
  ];
}

/**
 * `judged`: for each event of the last rule whether a chain of different events, one per rule in the written order,
 * ends at it and is shorter than the window. `start_n` is when the latest chain of the first n + 1 rules began that
 * ends at this entry; it never falls from one entry to the next, so the latest entry before has the latest start.
 */
function orderSteps({ document }: CompiledCorrelation, writer: SqlWriter): string[] {
  const roles = document.rules.length;
  if (roles > MAX_ORDERED) throw new Unsayable(`an order of more than ${MAX_ORDERED} rules`);
  const { dialect } = writer;
  const is = (role: number): string => `value = ${dialect.list([writer.text(String(role))], "text")}`;
  const steps = [`chain_0 AS (SELECT *, CASE WHEN ${is(0)} THEN time END AS start_0 FROM laned)`];
  for (let role = 1; role < roles; role++)
    steps.push(
      `chain_${role} AS (SELECT *, CASE WHEN ${is(role)} THEN max(start_${role - 1}) OVER
        (PARTITION BY key, lane ORDER BY idx RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) END AS start_${role} FROM chain_${role - 1})`,
    );
  const last = roles - 1;
  const complete = `start_${last} IS NOT NULL AND time - start_${last} < ${document.timespan}`;
  return [
    ...steps,
    `judged AS (SELECT idx, time, key, lane, exact, max(CASE WHEN ${complete} THEN ${roles} ELSE 0 END) AS value
      FROM chain_${last} WHERE ${is(last)} OR NOT exact GROUP BY idx, time, key, lane, exact)`,
  ];
}
