// SPDX-License-Identifier: Apache-2.0
// CPU per event of each stage, alone and over the same events: what a change of one stage costs.
import { hash } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson, isCanonical, normalizeEvent } from "@telltale/event";
import { createProtector } from "@telltale/protect";
import { ChainSender, Traffic } from "@telltale/testkit";
import { ChainKey } from "../dist/chain/chain-key.js";
import { RatchetTable } from "../dist/chain/ratchet-table.js";
import { Ratchets } from "../dist/chain/ratchets.js";
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

/** The same events with a boot, a number and a link each, as bodies of 1,000. */
function chainedBodies(events, sender) {
  const key = new Uint8Array(32).fill(7);
  const source = new ChainSender({ key });
  const chainKey = ChainKey.fromBytes(key);
  const lines = events.map((event) => source.next(event));
  return Array.from({ length: EVENTS / 1000 }, (_, i) => {
    const body = Buffer.from(lines.slice(1000 * i, 1000 * i + 1000).join("\n"));
    return { body, split: splitLines(body), sender, chainKey };
  });
}

export async function stageTable() {
  const traffic = new Traffic({ seed: 3, start: Date.now(), stepMs: 1 });
  const events = Array.from({ length: EVENTS }, () => traffic.next());
  const lines = events.map((each) => canonicalJson(each));
  const body = Buffer.from(lines.join("\n"));
  const split = splitLines(body);
  const rules = loadRules(readRuleSources([path.join(root, "rules")]));
  const tools = {
    protector: createProtector(),
    rules: rules.set,
    ruleSet: rules.name,
    fingerprint: new Fingerprint(makeFingerprintSeed()),
    ratchets: new Ratchets(new RatchetTable()),
  };
  const sender = { received: new Date().toISOString(), via: "ingest_bench" };
  const context = { now: sender.received, makeId: () => "x" };
  const chained = chainedBodies(events, sender);
  // A ratchet only goes forward: each time begins with a new table.
  const prepareChained = (withKey) => {
    const own = { ...tools, ratchets: new Ratchets(new RatchetTable()) };
    for (const { chainKey, ...each } of chained) prepare([withKey ? { ...each, chainKey } : each], own);
  };
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
    ["… links not checked", () => prepareChained(false)],
    ["… links checked", () => prepareChained(true)],
  ];
  console.log("stage, alone            µs CPU per event");
  for (const [name, work] of rows) console.log(`  ${name.padEnd(20)} ${micros(work).toFixed(2).padStart(8)}`);
}
