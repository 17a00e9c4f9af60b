// SPDX-License-Identifier: Apache-2.0
// CPU per event of each stage, alone and over the same events: what a change of one stage costs.
import { hash } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson, isCanonical, normalizeEvent } from "@telltale/event";
import { createProtector } from "@telltale/protect";
import { Traffic } from "@telltale/testkit";
import { splitLines } from "../dist/pipeline/ingest/split.js";
import { prepare } from "../dist/pipeline/prepare.js";
import { Fingerprint, makeFingerprintSeed } from "../dist/pipeline/seal/fingerprint.js";
import { loadRules, readRuleSources } from "../dist/pipeline/rules.js";

const EVENTS = 20_000;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

/** Median CPU in microseconds per event over seven runs. */
function micros(work) {
  const runs = [];
  for (let i = 0; i < 9; i++) {
    const before = process.cpuUsage();
    work();
    const used = process.cpuUsage(before);
    if (i >= 2) runs.push((used.user + used.system) / EVENTS);
  }
  return runs.sort((a, b) => a - b)[3];
}

export async function stageTable() {
  const traffic = new Traffic({ seed: 3, start: Date.now(), stepMs: 1 });
  const lines = Array.from({ length: EVENTS }, () => canonicalJson(traffic.next()));
  const body = Buffer.from(lines.join("\n"));
  const split = splitLines(body);
  const rules = loadRules(readRuleSources([path.join(root, "rules")]));
  const tools = {
    protector: createProtector(),
    rules: rules.set,
    ruleSet: rules.name,
    fingerprint: new Fingerprint(makeFingerprintSeed()),
  };
  const sender = { received: new Date().toISOString(), via: "ingest_bench" };
  const context = { now: sender.received, makeId: () => "x" };
  let parsed = [];
  const rows = [
    ["split", () => splitLines(body)],
    ["canonical scan", () => split.starts.forEach((start, i) => isCanonical(body, start, split.ends[i]))],
    [
      "parse",
      () => (parsed = split.starts.map((start, i) => JSON.parse(body.latin1Slice(start, split.ends[i])))),
    ],
    ["normalize", () => parsed.forEach((each) => normalizeEvent(each, context))],
    ["protect", () => parsed.forEach((each) => tools.protector.protect(each))],
    ["match rules", () => parsed.forEach((each) => rules.set.match(each))],
    [
      "leaf hash",
      () => split.starts.forEach((start, i) => hash("sha256", body.subarray(start, split.ends[i]), "binary")),
    ],
    ["all of prepare", () => prepare([{ body, split, sender }], tools)],
  ];
  console.log("stage, alone          µs CPU per event");
  for (const [name, work] of rows) console.log(`  ${name.padEnd(18)} ${micros(work).toFixed(2).padStart(8)}`);
}
