// SPDX-License-Identifier: Apache-2.0
// Holds what we promise of the lock file: it installs on every platform, from any registry, and runs no scripts.
import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./lib.mjs";

const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
const problems = [];

/** Where npm would find a package that `from` asks for: the nearest node_modules upwards. */
function isLocked(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}

for (const [place, entry] of Object.entries(packages)) {
  if (entry.resolved?.startsWith("http")) problems.push(`${place} carries a download address`);
  if (entry.hasInstallScript) problems.push(`${place} has an install script`);
  // Programs of other platforms have to be there too, or npm ci refuses the file on those machines.
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    if (!isLocked(place, name)) problems.push(`${name}, wanted by ${place}, is not in the lock file`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`${problems.length} problems in package-lock.json`);
  process.exit(1);
}
console.log(`The lock file holds over ${Object.keys(packages).length} packages.`);
