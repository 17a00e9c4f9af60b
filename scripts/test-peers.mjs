// SPDX-License-Identifier: Apache-2.0
// `npm run test:peers`: our server against programs of others, on this machine. Says what it tests and what it cannot.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureBuilt, ensureInstalled, requireNode, root, run } from "./lib.mjs";
import { LEFT_OUT, PEERS } from "./peers.mjs";

requireNode();
ensureInstalled();
ensureBuilt();

const found = {};
for (const [name, peer] of Object.entries(PEERS)) {
  const { version, program, missing } = peer.find();
  if (version === undefined) {
    console.log(`not installed: run npm run peers:install   ${name} (${peer.as}): ${missing}`);
  } else {
    found[name] = { version, program };
    console.log(`tested with ${version}   ${name} (${peer.as})`);
  }
}
for (const each of LEFT_OUT) console.log(`left out: ${each}`);
if (Object.keys(found).length === 0) {
  console.error("No peer is installed: nothing can be tested.");
  process.exit(1);
}

const results = path.join(root, ".cache/results");
const file = path.join(results, "peers.json");
mkdirSync(results, { recursive: true });
rmSync(file, { force: true });
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
const args = [vitest, "run", "--config", "vitest.peers.config.ts", "--reporter=default", "--reporter=json"];
const code = run(process.execPath, [...args, `--outputFile.json=${file}`, ...process.argv.slice(2)], {
  TELLTALE_PEERS: JSON.stringify(found),
});
if (!existsSync(file)) process.exit(code === 0 ? 1 : code);
const report = JSON.parse(readFileSync(file, "utf8"));
const { numPassedTests: passed, numFailedTests } = report;
// A file that breaks before its first test has no failed test.
const failed = Math.max(numFailedTests, code === 0 ? 0 : 1);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(code);
