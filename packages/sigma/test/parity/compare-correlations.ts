// SPDX-License-Identifier: Apache-2.0
import {
  compileRules,
  createCorrelator,
  duckDb,
  parseSigma,
  toSql,
  type Finding,
  type RuleSet,
} from "../../src/index.js";
import { joinKey, toCombinations } from "../../src/group-key.js";
import { SOURCE, type Compared } from "./compare-rules.js";
import type { ParityDatabase } from "./database.js";
import type { Random } from "./random.js";

export const LATENESS = 700;

interface Seen {
  readonly time: number;
  readonly line: string;
}

const CONDITIONS = [
  "gte: 3",
  "gte: 1",
  "gt: 1",
  "gte: 1, lt: 3",
  "gt: 0, lte: 2",
  "eq: 2",
  "neq: 2",
  "gte: 2, lte: 3",
  "neq: 1, lt: 4",
  "gt: 1.5",
];

function rulesText(random: Random): string {
  const base = (name: string): string =>
    `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind|contains: ${name}}, condition: s}\n`;
  const groupBy = random.pick(["[user]", "[user]", "[user, host]", "[]", "[who]", "[host.name]"]);
  const condition = random.pick(CONDITIONS);
  const aliases = groupBy === "[who]" ? "aliases: {who: {a: user, b: host, c: user}}, " : "";
  const all = groupBy === "[who]" ? "[a, b, c]" : random.pick(["[a, b, c]", "[b, a, c]"]);
  const some = groupBy === "[who]" ? all : random.pick(["[a]", "[a, b]", all]);
  const common = `timespan: 1s, generate: true, group-by: ${groupBy}, ${aliases}`;
  const correlations = [
    `name: x0\ncorrelation: {type: event_count, rules: ${some}, ${common}condition: {${condition}}}`,
    `name: x1\ncorrelation: {type: value_count, rules: ${some}, ${common}condition: {field: ${random.pick(["value", "[value, host]", "host.name"])}, ${condition}}}`,
    `name: x2\ncorrelation: {type: temporal, rules: ${all}, ${common}condition: {${random.pick(["gte: 3", "gte: 2", "eq: 2", "gte: 1, lt: 3"])}}}`,
    `name: x3\ncorrelation: {type: temporal_ordered, rules: ${all}, ${common}}`,
    `name: x4\ncorrelation: {type: event_count, rules: [x0], timespan: ${random.pick([1, 2, 5])}s, generate: true, group-by: ${random.pick(["[user]", "[]", "[host]"])}, condition: {${random.pick(CONDITIONS)}}}`,
    `name: x5\ncorrelation: {type: temporal, rules: [x1, x2], timespan: 2s, generate: true, group-by: ${random.pick(["[user]", "[]"])}, condition: {gte: ${random.pick([1, 2])}}}`,
    `name: x6\ncorrelation: {type: temporal_ordered, rules: [x0, x1], timespan: 2s, generate: true, group-by: ${random.pick(["[user]", "[]"])}}`,
  ].map((text) => `title: ${text.slice(6, 8)}\n${text}\n`);
  return [...["a", "b", "c"].map(base), ...correlations].join("---\n");
}

/** Values that differ in case, in type, in being there, in number, and in what a key separates with. */
function valueOf(random: Random): unknown {
  return random.pick([
    "u",
    "U",
    "u",
    "v",
    "v",
    "w",
    "",
    "a|b",
    "a\\",
    "1",
    1,
    null,
    ["u", "v"],
    ["u", "u", null],
    [],
    {},
    "ß",
    "\ufeffx",
    "l".repeat(300),
  ]);
}

function eventsOf(random: Random, count: number): Seen[] {
  const lateShare = random.pick([0, 0, 0.1, 0.3]);
  const users = random.chance(0.5);
  let now = 1_700_000_000_000;
  return Array.from({ length: count }, () => {
    now += random.chance(0.03)
      ? random.pick([999, 1000, 1001, 1699, 1700, 1701, 2500, 6000])
      : random.pick([0, 0, 1, 50, 200, 300, 500]);
    const late = random.chance(lateShare) ? random.below(random.chance(0.05) ? 4000 : LATENESS) : 0;
    const event: Record<string, unknown> = {
      kind: random.pick(["a", "b", "c", "a", "ab", "abc", "bc", "-"]),
    };
    const user = users ? random.pick(["u", "v", "w"]) : valueOf(random);
    if (users || random.chance(0.9)) event.user = user;
    if (random.chance(0.8))
      event.host = random.chance(0.2) ? [{ name: "u" }, { name: valueOf(random) }] : valueOf(random);
    if (random.chance(0.8)) event.value = valueOf(random);
    return { time: now - late, line: JSON.stringify(event) };
  });
}

const FIRST = 10;
const LAST = 40;

/** Whether the finding goes on with the episode of the one before: the episode's evidence, and this event. */
function continues(before: Finding | undefined, finding: Finding): boolean {
  if (before === undefined || finding.count !== before.count + finding.fresh) return false;
  const head = before.evidence.slice(0, FIRST);
  const tail = before.evidence.slice(FIRST);
  if (head.length < FIRST) head.push(finding.trigger);
  else tail.push(finding.trigger);
  return [...head, ...tail.slice(-LAST)].join() === finding.evidence.join();
}

/** What the correlator finds, as texts: rule, key, trigger, and whether an episode begins. */
function streamFindings(ruleSet: RuleSet, events: readonly Seen[]): Set<string> {
  const correlator = createCorrelator(ruleSet, { lateness: LATENESS });
  const latest = new Map<string, Finding>();
  const found = new Set<string>();
  const names = new Set(ruleSet.correlations.map(({ id }) => id));
  for (const [index, { time, line }] of events.entries()) {
    const event = JSON.parse(line) as object;
    for (const finding of correlator.observe({ index, time, event, matches: ruleSet.match(event) })) {
      if (!names.has(finding.ruleId)) continue;
      const name = JSON.stringify([finding.ruleId, finding.key]);
      const starts = !continues(latest.get(name), finding);
      latest.set(name, finding);
      found.add(JSON.stringify([finding.ruleId, finding.key, index, starts]));
    }
  }
  return found;
}

/** The same out of SQL, and the correlations with groups that it leaves to the stream. */
async function sqlFindings(
  database: ParityDatabase,
  ruleSet: RuleSet,
): Promise<{ found: Set<string>; inexact: Set<string> }> {
  const plan = toSql(ruleSet, duckDb, SOURCE, { lateness: LATENESS });
  await database.connection.run("CREATE OR REPLACE TEMP TABLE matches (idx BIGINT, rule INTEGER)");
  for (const { sql, params } of plan.rules)
    await database.connection.run(`INSERT INTO matches ${sql}`, [...params]);
  const found = new Set<string>();
  const inexact = new Set<string>();
  for (const { sql, params, table, correlation } of plan.correlations) {
    await database.connection.run(`DROP TABLE IF EXISTS ${table}`);
    await database.connection.run(sql, [...params]);
    const { id, references } = ruleSet.correlations[correlation] as RuleSet["correlations"][number];
    for (const { type, index } of references)
      if (type === "correlation" && inexact.has(ruleSet.correlations[index]?.id ?? "")) inexact.add(id);
    const rows = await database.rows(
      `SELECT idx, CAST(to_json(key) AS VARCHAR), fires, starts, exact FROM ${table} WHERE fires OR NOT exact`,
    );
    for (const [idx, key, fires, starts, exact] of rows) {
      if (exact === false) inexact.add(id);
      if (fires === false) continue;
      const values = toCombinations(JSON.parse(String(key)) as string[])[0] ?? [];
      found.add(JSON.stringify([id, joinKey(values), Number(idx), starts]));
    }
  }
  return { found, inexact };
}

function toggled(finding: string, starts: boolean): string {
  return JSON.stringify([...(JSON.parse(finding) as unknown[]).slice(0, 3), starts]);
}

/** Compares one generated set of correlations over one generated history. */
export async function compareCorrelations(
  database: ParityDatabase,
  random: Random,
  events: number,
  compared: Compared,
): Promise<void> {
  const text = rulesText(random);
  const ruleSet = compileRules(parseSigma(text, "generated.yml"));
  const history = eventsOf(random, events);
  await database.load(history);
  const stream = streamFindings(ruleSet, history);
  const { found, inexact } = await sqlFindings(database, ruleSet);
  const counts = (each: string): boolean => !inexact.has((JSON.parse(each) as [string])[0]);
  const isLate = history.some(({ time }, i) => i > 0 && time < (history[i - 1] as Seen).time);
  // What a finding tells does not say whether an episode begins with it when a late event brings back a window that an
  // earlier episode had seen: there both are right.
  const agrees = (each: string, others: ReadonlySet<string>): boolean =>
    others.has(each) || (isLate && stream.has(toggled(each, false)) && found.has(toggled(each, true)));
  compared.events += events;
  compared.undecided += inexact.size;
  compared.pairs += ruleSet.correlations.length;
  for (const each of stream) {
    if (!counts(each)) continue;
    compared.matches++;
    if (!agrees(each, found)) compared.differences.push(`only the stream: ${each}\n${text}`);
  }
  for (const each of found)
    if (counts(each) && !agrees(each, stream)) compared.differences.push(`only SQL: ${each}\n${text}`);
}
