// SPDX-License-Identifier: Apache-2.0
// `npm run attack-matrix`: does every attack to every defence and prints how often each was found. `--write` keeps the page in docs/design.
import { rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ensureInstalled, requireNode, root } from "./lib.mjs";

requireNode();
ensureInstalled();
const { values } = parseArgs({
  options: {
    trials: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
  },
});
for (const name of ["trials", "seed"]) {
  if (!/^[1-9][0-9]{0,5}$/.test(values[name])) {
    console.error(
      `--${name} takes a number.\nUsage: npm run attack-matrix -- [--trials N] [--seed N] [--write]`,
    );
    process.exit(64);
  }
}

// Imported after the installation: a clone does not have it before.
const { rolldown } = await import("rolldown");
const built = path.join(root, ".cache/attack-matrix");
const bundle = await rolldown({
  input: { run: path.join(root, "test/attack/run.ts") },
  platform: "node",
  resolve: { conditionNames: ["telltale-source", "node", "import", "default"] },
  external: [/^(?!@telltale\/)[@a-z]/],
});
await bundle.write({ dir: built, format: "esm", entryFileNames: "[name].js" });
await bundle.close();
const { main } = await import(pathToFileURL(path.join(built, "run.js")).href);
const page = values.write ? path.join(root, "docs/design/attack-matrix.md") : undefined;
await main(Number(values.seed), Number(values.trials), page);
rmSync(built, { recursive: true });
