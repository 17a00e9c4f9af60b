// SPDX-License-Identifier: Apache-2.0
// `npm run measure:parity`: a million generated events with adversarial values, each asked of generated rules by the stream
// engine and by DuckDB, and correlations over generated histories. Exits 1 at a difference and prints the event and the rule.
//   --seed N    another seed    --events N    --correlated N    how many events
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { ensureInstalled, requireNode, root } from "./lib.mjs";

requireNode();
ensureInstalled();
const { values } = parseArgs({
  options: { seed: { type: "string" }, events: { type: "string" }, correlated: { type: "string" } },
});
const seed = values.seed ?? String(Date.now() % 1_000_000_000);
console.log(`seed ${seed}`);
const began = performance.now();
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--silent=false", "packages/sigma/test/parity"],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      TELLTALE_PARITY_SEED: seed,
      TELLTALE_PARITY_EVENTS: values.events ?? "1000000",
      TELLTALE_PARITY_CORRELATED: values.correlated ?? "50000",
    },
  },
);
console.log(`seed ${seed}, ${Math.round((performance.now() - began) / 1000)} s`);
process.exitCode = status === 0 ? 0 : 1;
