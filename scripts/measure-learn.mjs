// SPDX-License-Identifier: Apache-2.0
// `npm run measure:learn`: a generated month of 500 users with six planted oddities. Which are found, what is found beside them.
//   --seed N     one seed, with every reason    --seeds A-B  another range    --all  every reason of every seed
import { parseArgs } from "node:util";
import { ensureBuilt, ensureInstalled, requireNode } from "./lib.mjs";

requireNode();
ensureInstalled();
ensureBuilt();
const { Learner } = await import("../packages/server/dist/follow/learn/learner.js");
const { LEARN_DEFAULTS } = await import("../packages/server/dist/follow/learn/settings.js");
const { prefixPlaces } = await import("../packages/server/dist/follow/learn/places.js");
const { Company } = await import("./learn/company.mjs");
const { LEAD_DAYS, MONTH_DAYS, MONTH_START, USERS } = await import("./learn/events.mjs");

/**
 * The thresholds were set while looking at seeds 1 to 8. Seeds 101 to 112 were then to be the report: two of them had more
 * false ones than allowed (4.0 at worst, 1.9 on average). After that the rules for holidays and weekends changed, and the
 * company's travel, which had begun only on its tenth day, was spread over all days; so those seeds count as looked at, and
 * so do 201 to 212, which held before the last change. The ones below were run after it.
 */
const REPORTED = [301, 312];
const LEAST_FOUND = 5;
const MOST_FALSE = 3;

const { values } = parseArgs({
  options: { seed: { type: "string" }, seeds: { type: "string" }, all: { type: "boolean" } },
});

function seedsOf() {
  if (values.seed !== undefined) return [Number(values.seed)];
  const [from, to] = values.seeds === undefined ? REPORTED : values.seeds.split("-").map(Number);
  return Array.from({ length: (to ?? from) - from + 1 }, (_, i) => from + i);
}

function measure(seed) {
  const company = new Company(seed);
  const learner = new Learner(LEARN_DEFAULTS, prefixPlaces);
  const found = [];
  let index = 0;
  let learning = 0;
  for (let day = 0; day < LEAD_DAYS + MONTH_DAYS; day++) {
    const events = company.day(day);
    const began = performance.now();
    for (const event of events) found.push(...learner.observe(event, index++));
    learning += performance.now() - began;
  }
  const month = found.filter(({ time }) => time >= MONTH_START);
  const planted = company.oddities.map((oddity) => ({
    name: oddity.name,
    by: month.filter(oddity.explains),
  }));
  const wrong = month.filter((each) => !company.oddities.some(({ explains }) => explains(each)));
  return {
    seed,
    events: index,
    micros: (learning * 1000) / index,
    planted,
    wrong,
    early: found.length - month.length,
    hits: planted.filter(({ by }) => by.length > 0).length,
    rate: (wrong.length * 1000) / (USERS * (MONTH_DAYS / 7)),
  };
}

function tell({ planted, wrong, early }) {
  for (const { name, by } of planted) {
    console.log(`  ${by.length > 0 ? "found " : "MISSED"}  ${name}`);
    for (const each of by.slice(0, 3))
      console.log(`            ${each.action} ${each.score}: ${each.reason}`);
  }
  for (const each of wrong)
    console.log(
      `  false   ${new Date(each.time).toISOString().slice(0, 16)} ${each.action} ${each.score}: ${each.reason}`,
    );
  if (early > 0) console.log(`  (${early} more in the lead-in, which is not measured)`);
}

const runs = [];
for (const seed of seedsOf()) {
  const run = measure(seed);
  runs.push(run);
  console.log(
    `seed ${run.seed}: ${run.hits} of ${run.planted.length} found, ${run.wrong.length} false = ${run.rate.toFixed(1)} per 1,000 users a week (${run.events} events, ${run.micros.toFixed(1)} µs each)`,
  );
  if (values.all === true || runs.length === 1) tell(run);
}

const rates = runs.map(({ rate }) => rate).sort((a, b) => a - b);
const kinds = {};
for (const { wrong } of runs) for (const { code } of wrong) kinds[code] = (kinds[code] ?? 0) + 1;
const bad = runs.filter(({ hits, rate }) => hits < LEAST_FOUND || rate > MOST_FALSE);
const mean = rates.reduce((sum, each) => sum + each, 0) / rates.length;
console.log(
  `\n${runs.length} seeds, ${LEAD_DAYS} days of lead-in and ${MONTH_DAYS} days measured, ${USERS} users.\n` +
    `found: ${runs.map(({ hits }) => hits).join(" ")}\n` +
    `false per 1,000 users a week: mean ${mean.toFixed(2)}, median ${rates[rates.length >> 1].toFixed(1)}, worst ${rates.at(-1).toFixed(1)}; by pattern: ${
      Object.entries(kinds)
        .map(([code, count]) => `${count} ${code}`)
        .join(", ") || "none"
    }\n` +
    (bad.length === 0
      ? `holds: at least ${LEAST_FOUND} of 6 found and at most ${MOST_FALSE} false in every seed.`
      : `DOES NOT HOLD for seed ${bad.map(({ seed }) => seed).join(", ")}: at least ${LEAST_FOUND} found and at most ${MOST_FALSE} false are wanted.`),
);
process.exitCode = bad.length === 0 ? 0 : 1;
