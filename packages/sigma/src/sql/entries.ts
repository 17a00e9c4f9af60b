// SPDX-License-Identifier: Apache-2.0
import type { CompiledCorrelation, RuleSet } from "../types.js";
import { Fields } from "./fields.js";
import type { SqlSource } from "./source.js";
import type { SqlWriter } from "./writer.js";

/** One rule of a correlation, as `rules` names it, with what it refers to. */
interface Role {
  readonly role: number;
  readonly reference: CompiledCorrelation["references"][number];
}

/** The table that holds what a correlation gave. */
export function tableOf(source: SqlSource, correlation: number): string {
  return `${source.prefix}_${correlation}`;
}

/**
 * A query for the entries of a correlation: rows (idx, time, key, value), one for each different value that an event
 * brings into a group. `key` is the list of the group-by values; `value` says what is counted: nothing, the tuple of
 * values, or the rule.
 */
export function entriesOf(
  ruleSet: RuleSet,
  correlation: CompiledCorrelation,
  writer: SqlWriter,
  source: SqlSource,
): string {
  const parts = correlation.references.map((reference, role) =>
    entriesOfRole(ruleSet, correlation, { role, reference }, writer, source),
  );
  return `SELECT DISTINCT idx, time, key, value FROM (${parts.join(" UNION ALL ")}) AS all_entries`;
}

function entriesOfRole(
  ruleSet: RuleSet,
  { document }: CompiledCorrelation,
  { role, reference }: Role,
  writer: SqlWriter,
  source: SqlSource,
): string {
  const { dialect } = writer;
  const rule = document.rules[role] as string;
  const inner =
    reference.type === "rule" ? [] : (ruleSet.correlations[reference.index]?.document.groupBy ?? []);
  const index = dialect.identifier(source.index);
  const fired =
    reference.type === "rule"
      ? `SELECT idx FROM ${source.matches} WHERE rule = ${reference.index}`
      : `SELECT idx, key AS inner_key FROM ${tableOf(source, reference.index)} WHERE fires`;
  const events = `(SELECT * FROM ${source.from} WHERE ${index} IN (SELECT idx FROM (${fired}) AS fired_events)) AS some_events`;
  const fields = new Fields(writer, { ...source, from: events });
  // A chained correlation brings its group with it; what it does not group by is read from the event that completed it.
  const key = document.groupBy.map((field) => {
    const at = inner.indexOf(field);
    if (at >= 0) return dialect.list([dialect.element("inner_key", at)], "text");
    return `tt_key_texts(${fields.column(document.aliases.get(field)?.get(rule) ?? field, "texts")})`;
  });
  const value = document.valueFields.map((field) => `tt_key_texts(${fields.column(field, "texts")})`);
  const time = dialect.identifier(source.time);
  const read = fields.relation([`${index} AS idx`, `${time} AS time`]);
  const rows = `(SELECT fired.*, read.* EXCLUDE (idx) FROM (${fired}) AS fired JOIN (SELECT * FROM ${read}) AS read ON fired.idx = read.idx) AS rows_of_${role}`;
  const grouped = `SELECT *, ${dialect.unnest(combinations(key))} AS key FROM ${rows}`;
  const counted =
    document.type === "value_count"
      ? dialect.unnest(combinations(value))
      : dialect.list(document.type === "event_count" ? [] : [writer.text(String(role))], "text");
  return `SELECT idx, time, key, ${counted} AS value FROM (${grouped}) AS grouped`;
}

/** Every combination of the fields' values, as the stream engine forms and bounds them. */
function combinations(lists: readonly string[]): string {
  return lists.reduce((sofar, list) => `tt_combine(${sofar}, ${list})`, "tt_no_values()");
}
