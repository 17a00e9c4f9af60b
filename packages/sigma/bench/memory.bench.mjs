// SPDX-License-Identifier: Apache-2.0
/**
 * Memory of a million live correlation keys, per type, and what an event costs with them: `npm run bench -- memory`. Each type
 * is measured in a process of its own, so that none is charged with, or credited for, what another left behind.
 *
 *     node packages/sigma/bench/memory.bench.mjs [keys]
 */
import { spawnSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compileRules, createCorrelator, parseSigma } from "../dist/index.js";

const keys = Number(process.argv[2] ?? 1_000_000);
const base = (name) =>
  `title: ${name}\nname: ${name}\nlogsource: {product: t}\ndetection: {s: {kind: ${name}}, condition: s}\n`;
const SPRAYING = `telltale:
  aggregates: {users: {distinct: item}, most: {most: item}, failed: {distinct: item, rules: [a]}}
  where: {users: {gte: 5}, most: {lte: 2}, failed/users: {gte: 0.6}}
`;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const cases = [
  ["event_count, 1 event a key", "type: event_count, rules: [a], condition: {gte: 10}", 1],
  ["event_count, 4 events a key", "type: event_count, rules: [a], condition: {gte: 10}", 4],
  ["value_count, 4 values a key", "type: value_count, rules: [a], condition: {field: item, gte: 10}", 4],
  ["value_sum, 4 numbers a key", "type: value_sum, rules: [a], condition: {field: n, gte: 1000}", 4],
  ["value_median, 4 numbers a key", "type: value_median, rules: [a], condition: {field: n, gte: 1000}", 4],
  ["temporal, 2 events a key", "type: temporal, rules: [a, b]", 2],
  ["a and not b, 1 waiting a key", "type: temporal, rules: [a, b], condition: a and not b", 1],
  ["three aggregates, 4 events a key", "type: event_count, rules: [a], condition: {gte: 15}", 4, SPRAYING],
];

function used() {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function measure([name, body, each, more = ""]) {
  const text = `title: x\ncorrelation: {group-by: [user], timespan: 1d, ${body}}\n${more}`;
  const set = compileRules(parseSigma([base("a"), base("b"), text].join("---\n"), "x.yml"));
  const correlator = createCorrelator(set, { maxKeys: keys, maxEntries: 100 * keys });
  const before = used();
  const began = performance.now();
  let index = 0;
  for (let round = 0; round < each; round++)
    for (let key = 0; key < keys; key++) {
      const event = { kind: "a", user: `user-${key}@example.org`, item: `item-${round}`, n: round };
      const time = index * 0.01;
      correlator.advance(time - 1);
      correlator.observe({ index: index++, time, event, matches: [0] });
    }
  const took = performance.now() - began;
  const bytes = used() - before;
  // After the measurement, which it must outlive.
  const stats = correlator.stats();
  if (stats.keys !== keys || stats.evictions !== 0) throw new Error(`${name}: ${JSON.stringify(stats)}`);
  const perEvent = ((took * 1000) / index).toFixed(2);
  const megabytes = ((bytes / keys) * 1e6) / 2 ** 20;
  console.log(
    `${name.padEnd(34)} ${megabytes.toFixed(0).padStart(6)} MiB a million keys  ${perEvent.padStart(6)} µs an event`,
  );
}

const only = process.argv[3];
if (only !== undefined) measure(cases[Number(only)]);
else {
  console.log(
    `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB; Node ${process.version}; ${keys.toLocaleString("en")} keys`,
  );
  for (const at of cases.keys()) {
    const args = ["--max-old-space-size=8192", fileURLToPath(import.meta.url), String(keys), String(at)];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}
