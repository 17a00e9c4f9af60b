// SPDX-License-Identifier: Apache-2.0
// `npm start`: install if missing, build if stale, run Telltale on its embedded default.
import { ensureBuilt, ensureInstalled, requireNode, runForeground, serverEnv } from "./lib.mjs";

requireNode();
ensureInstalled();
ensureBuilt();
runForeground(
  process.execPath,
  ["packages/cli/bin/telltale.cjs", "serve", ...process.argv.slice(2)],
  serverEnv,
);
