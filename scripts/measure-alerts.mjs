// SPDX-License-Identifier: Apache-2.0
// `npm run measure:alerts`: a million benign events of some ordinary days through all shipped rules. Whatever they find is a false alarm.
//   --events N   how many (default 1,000,000)   --seed N   other days (default 1)   --rules DIR   other rules   --show RULE   what it found
// Exit code 1 when alerts of level high or above are more than 5 per million.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureBuilt, ensureInstalled, requireNode, root } from "./lib.mjs";

requireNode();
ensureInstalled();
ensureBuilt();
const { compileRules, createCorrelator, parseSigma } = await import("../packages/sigma/dist/index.js");
const { benignDays } = await import("../packages/testkit/dist/index.js");

const MOST_LOUD = 5;
/** How late an event may come, as the server allows it. */
const LATENESS_MS = 600_000;
const LEVELS = ["critical", "high", "medium", "low", "informational"];
const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    rules: { type: "string", default: path.join(root, "rules") },
    show: { type: "string" },
  },
});
const wanted = Number(values.events);
const seed = Number(values.seed);

const files = readdirSync(values.rules, { recursive: true, encoding: "utf8" }).filter((each) =>
  each.endsWith("rule.yml"),
);
const documents = files.flatMap((file) =>
  parseSigma(readFileSync(path.join(values.rules, file), "utf8"), file),
);
const rules = compileRules(documents);
const correlator = createCorrelator(rules);
const loud = [...rules.rules, ...rules.correlations].filter(({ generates }) => generates);

/** Rule → key and day → findings: findings of one rule and key on one day are one alert. */
const alerts = new Map();
let count = 0;
let cpu = 0;
let last;
const take = (findings) => {
  for (const { ruleId, key, lastTime, title, count: events } of findings) {
    const seen = alerts.get(ruleId) ?? new Map();
    const mark = `${new Date(lastTime).toISOString().slice(0, 10)} ${key}`;
    seen.set(mark, (seen.get(mark) ?? 0) + 1);
    alerts.set(ruleId, seen);
    if (values.show !== undefined && title.includes(values.show) && seen.get(mark) === 1)
      process.stdout.write(`${new Date(lastTime).toISOString()}  ${title}  ${key}  ${events} events\n`);
  }
};
const observe = (event) => {
  const matches = rules.match(event);
  const time = Date.parse(event.time);
  if (correlator.advance !== undefined) take(correlator.advance(time - LATENESS_MS));
  if (matches.length > 0) take(correlator.observe({ index: count, time, event, matches }));
  count++;
};
const days = benignDays({ seed });
for (let left = wanted; left > 0; left = wanted - count) {
  const batch = [];
  while (batch.length < Math.min(10_000, left)) batch.push(days.next().value);
  const began = process.cpuUsage();
  for (const event of batch) observe(event);
  cpu += process.cpuUsage(began).user;
  last = batch.at(-1).time;
}

const rows = loud
  .map(({ id, document: { title, level } }) => ({ title, level, alerts: alerts.get(id)?.size ?? 0 }))
  .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.alerts - a.alerts);
const perLevel = Object.fromEntries(
  LEVELS.map((level) => [
    level,
    rows.filter((row) => row.level === level).reduce((sum, row) => sum + row.alerts, 0),
  ]),
);
const million = (n) => ((n * 1e6) / count).toFixed(1);
console.log(
  `${count} benign events until ${last}, seed ${seed}; ${loud.length} detections, ${rules.rules.length} rules and ${rules.correlations.length} correlations`,
);
console.log(`matching and correlating: ${(cpu / count).toFixed(2)} µs of CPU an event\n`);
console.log("alerts  per million  level          rule");
for (const { title, level, alerts: found } of rows.filter((row) => row.alerts > 0))
  console.log(`${String(found).padStart(6)}  ${million(found).padStart(11)}  ${level.padEnd(13)}  ${title}`);
console.log(`\n${rows.filter((row) => row.alerts === 0).length} detections found nothing.`);
for (const level of LEVELS)
  console.log(
    `${level.padEnd(13)}  ${String(perLevel[level]).padStart(5)}  ${million(perLevel[level])} per million`,
  );
const found = ((perLevel.critical + perLevel.high) * 1e6) / count;
const holds = found <= MOST_LOUD;
console.log(
  `\n${holds ? "holds" : "FAILS"}: ${found.toFixed(1)} alerts of level high or above per million, at most ${MOST_LOUD} (one alert = one rule, one key, one day)`,
);
process.exitCode = holds ? 0 : 1;
