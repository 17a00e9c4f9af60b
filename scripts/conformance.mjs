// SPDX-License-Identifier: Apache-2.0
// `npm run conformance`: the test data that others wrote. It lies beside the project, not in it.
import { existsSync } from "node:fs";
import path from "node:path";
import { ensureBuilt, ensureInstalled, requireNode, root, run } from "./lib.mjs";

requireNode();
const vectors = path.resolve(process.env.TELLTALE_VECTORS ?? path.join(root, "../shared/vectors"));
if (!existsSync(vectors)) {
  console.log(
    `No vectors at ${vectors}: nothing to check. Set TELLTALE_VECTORS to the folder that holds them.`,
  );
  process.exit(0);
}
ensureInstalled();
ensureBuilt();
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
process.exit(
  run(
    process.execPath,
    [vitest, "run", "--config", "vitest.conformance.config.ts", ...process.argv.slice(2)],
    {
      TELLTALE_VECTORS: vectors,
    },
  ),
);
