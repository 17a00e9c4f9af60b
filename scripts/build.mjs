// SPDX-License-Identifier: Apache-2.0
// Compiles all packages, the SDK's published bundles and the web application.
import { existsSync } from "node:fs";
import { markBuilt, requireNode, root, run } from "./lib.mjs";

requireNode();
const steps = [
  ["types and packages", ["node_modules/typescript/bin/tsc", "-b"]],
  ["SDK bundles", ["packages/sdk/build.mjs"]],
  ["web application", ["node_modules/vite/bin/vite.js", "build", "packages/web", "--logLevel", "warn"]],
];
for (const [name, args] of steps) {
  if (!existsSync(`${root}/${args[0]}`)) {
    console.error(`Cannot build the ${name}: ${args[0]} is missing. Run: npm ci --ignore-scripts`);
    process.exit(1);
  }
  const started = Date.now();
  const code = run(process.execPath, args);
  if (code !== 0) {
    console.error(`Building the ${name} failed.`);
    process.exit(code);
  }
  console.log(`  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
markBuilt();
