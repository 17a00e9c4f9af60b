// SPDX-License-Identifier: Apache-2.0
import {
  compileRules,
  duckDb,
  parseSigma,
  SigmaError,
  toSql,
  type RuleSet,
  type SigmaDocument,
} from "../../src/index.js";
import type { ParityDatabase } from "./database.js";
import { lineOf, ruleOf } from "./generate.js";
import type { Random } from "./random.js";

export const SOURCE = {
  from: "events",
  index: "idx",
  time: "time",
  line: "line",
  matches: "matches",
  prefix: "correlation",
} as const;

/** What was compared, and where stream and SQL disagreed. */
export interface Compared {
  events: number;
  pairs: number;
  matches: number;
  /** Events and rules that SQL leaves to the stream engine. */
  undecided: number;
  unsayable: number;
  readonly differences: string[];
}

export function nothingCompared(): Compared {
  return { events: 0, pairs: 0, matches: 0, undecided: 0, unsayable: 0, differences: [] };
}

/** What the parser refuses is not a case. */
export function parseOrSkip(text: string): SigmaDocument[] {
  try {
    return parseSigma(text, "generated.yml");
  } catch (error) {
    if (error instanceof SigmaError) return [];
    throw error;
  }
}

/** The pairs (event, rule) that SQL gives, as texts. */
export async function sqlPairs(
  database: ParityDatabase,
  ruleSet: RuleSet,
): Promise<{ pairs: Set<string>; undecided: Set<number>; unsayable: ReadonlySet<number> }> {
  const plan = toSql(ruleSet, duckDb, SOURCE);
  const undecided = new Set((await database.rows(plan.undecided)).map(([idx]) => Number(idx)));
  const pairs = new Set<string>();
  for (const { sql, params } of plan.rules)
    for (const [idx, rule] of await database.rows(sql, params)) pairs.add(`${String(idx)} ${String(rule)}`);
  return { pairs, undecided, unsayable: new Set(plan.unsayableRules.keys()) };
}

/** Compares `RuleSet.match` with SQL for events of the loaded table, and adds to `compared`. */
export async function compareMatches(
  database: ParityDatabase,
  ruleSet: RuleSet,
  lines: readonly string[],
  compared: Compared,
): Promise<void> {
  await database.load(lines.map((line, i) => ({ time: i, line })));
  const { pairs, undecided, unsayable } = await sqlPairs(database, ruleSet);
  compared.events += lines.length;
  compared.undecided += undecided.size;
  compared.unsayable += unsayable.size;
  for (const [index, line] of lines.entries()) {
    if (undecided.has(index)) continue;
    const matched = new Set(ruleSet.match(JSON.parse(line) as object));
    for (const rule of ruleSet.rules.keys()) {
      if (unsayable.has(rule)) continue;
      compared.pairs++;
      if (matched.has(rule)) compared.matches++;
      if (pairs.has(`${index} ${rule}`) !== matched.has(rule))
        compared.differences.push(
          `${matched.has(rule) ? "only the stream" : "only SQL"} matches ${line} with ${JSON.stringify(ruleSet.rules[rule]?.document.detection)}`,
        );
    }
  }
}

/** One round of generated rules over generated events. */
export async function compareRound(
  database: ParityDatabase,
  random: Random,
  size: { readonly rules: number; readonly events: number },
  compared: Compared,
): Promise<void> {
  const texts = Array.from({ length: size.rules }, (_, i) => ruleOf(random, `rule ${i}`));
  const ruleSet = compileRules(texts.flatMap(parseOrSkip));
  const lines = Array.from({ length: size.events }, () => lineOf(random));
  await compareMatches(database, ruleSet, lines, compared);
}
