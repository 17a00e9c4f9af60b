// SPDX-License-Identifier: Apache-2.0
// `npm run bench` runs all benchmarks, `npm run bench -- ingest log` some. Figures are of this machine only.
import { readdirSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { ensureBuilt, ensureInstalled, requireNode, root, run } from "./lib.mjs";

requireNode();
const benches = new Map();
for (const name of readdirSync(path.join(root, "packages"))) {
  let files = [];
  try {
    files = readdirSync(path.join(root, "packages", name, "bench"));
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  }
  for (const file of files) {
    const match = /^(.+)\.bench\.mjs$/.exec(file);
    if (match) benches.set(match[1], path.join("packages", name, "bench", file));
  }
}
const wanted = process.argv.slice(2);
const unknown = wanted.filter((each) => !benches.has(each));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(", ")}. There are: ${[...benches.keys()].sort().join(", ")}`);
  process.exit(64);
}
ensureInstalled();
ensureBuilt();
console.log(
  `${cpus()[0].model}, ${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, ${process.platform} ${process.arch}`,
);
let worst = 0;
for (const name of wanted.length > 0 ? wanted : [...benches.keys()].sort()) {
  console.log(`\n── ${name}`);
  worst = Math.max(worst, run(process.execPath, [benches.get(name)]));
}
process.exit(worst);
