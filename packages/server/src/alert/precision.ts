// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import type { Tables } from "../state/tables.js";
import { ALERT_LEVELS } from "./words.js";
import type { RulePrecision } from "./alert.js";
import { TENANT } from "./rows.js";
import type { AlertVerdict } from "./words.js";

/** Rules in one answer; the noisiest first. */
const MOST_RULES = 2_000;

/** What verdicts say of the rules that found something, the most events first. */
export async function readPrecision(db: Kysely<Tables>, ruleId?: string): Promise<RulePrecision[]> {
  let query = db
    .selectFrom("alerts")
    .select((eb) => [
      "rule_id",
      eb.fn.max("title").as("title"),
      eb.fn.max("level_order").as("level_order"),
      eb.fn.countAll<number>().as("alerts"),
      eb.fn.sum<number>("count").as("hits"),
      eb.fn.max("last_time").as("last_hit"),
      eb.fn
        .sum<number>(eb.case().when("status", "in", ["new", "in_progress"]).then(1).else(0).end())
        .as("open"),
    ])
    .where("tenant", "=", TENANT)
    .groupBy("rule_id")
    .orderBy("hits", "desc")
    .orderBy("rule_id")
    .limit(MOST_RULES);
  if (ruleId !== undefined) query = query.where("rule_id", "=", ruleId);
  const rows = await query.execute();
  const verdicts = await readVerdicts(db, ruleId);
  return rows.map((row) => {
    const counts = verdicts.get(row.rule_id) ?? {};
    return {
      ruleId: row.rule_id,
      title: row.title,
      level: ALERT_LEVELS[row.level_order] ?? "informational",
      alerts: row.alerts,
      hits: row.hits,
      lastHit: row.last_hit,
      open: row.open,
      verdicts: counts,
      precision: toPrecision(counts),
    };
  });
}

async function readVerdicts(
  db: Kysely<Tables>,
  ruleId?: string,
): Promise<Map<string, RulePrecision["verdicts"]>> {
  let query = db
    .selectFrom("alert_verdicts")
    .select((eb) => ["rule_id", "verdict", eb.fn.countAll<number>().as("n")])
    .groupBy(["rule_id", "verdict"]);
  if (ruleId !== undefined) query = query.where("rule_id", "=", ruleId);
  const found = new Map<string, RulePrecision["verdicts"]>();
  for (const { rule_id, verdict, n } of await query.execute())
    found.set(rule_id, { ...found.get(rule_id), [verdict as AlertVerdict]: n });
  return found;
}

/** True positives of true and false ones; other verdicts say nothing of the rule. Null while there is neither. */
export function toPrecision(verdicts: RulePrecision["verdicts"]): number | null {
  const right = verdicts.true_positive ?? 0;
  const wrong = verdicts.false_positive ?? 0;
  return right + wrong === 0 ? null : right / (right + wrong);
}
