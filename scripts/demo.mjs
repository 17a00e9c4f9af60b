// SPDX-License-Identifier: Apache-2.0
// `npm run demo`: the server, the example shop, ordinary traffic and a scripted attacker, in a directory of their own.
import { ensureBuilt, ensureInstalled, requireNode, runForeground } from "./lib.mjs";

requireNode();
ensureInstalled();
ensureBuilt();
runForeground(process.execPath, ["packages/cli/bin/telltale.cjs", "demo", ...process.argv.slice(2)]);
