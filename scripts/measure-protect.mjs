// SPDX-License-Identifier: Apache-2.0
// `npm run measure:protect`: what the protector finds in labelled lines, and what it hides of ordinary logs.
//   --misses  every miss and false mask    --row ROW  those of one row    --small  a tenth of it    --write  renew docs/design/protect-measure.md
//   --seeds N  the same with N other seeds too: one line each
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureBuilt, ensureInstalled, requireNode, root } from "./lib.mjs";

requireNode();
ensureInstalled();
ensureBuilt();
const { createProtector } = await import("../packages/protect/dist/index.js");
const { KEPT_KINDS } = await import("../packages/protect/dist/find/personal.js");
const { askingPolicy, measure, precisionOf, recallOf, SEED, shortfalls, toTable, totalOf } = await import(
  "../packages/protect/measure/table.mjs"
);

const { values } = parseArgs({
  options: {
    misses: { type: "boolean" },
    row: { type: "string" },
    small: { type: "boolean" },
    seeds: { type: "string" },
    write: { type: "boolean" },
  },
});
const PAGE = path.join(root, "docs/design/protect-measure.md");
const BEGIN = "<!-- measured -->\n";
const END = "<!-- /measured -->";

/** Logs of others that are read where they are and never copied. The page has its figures only when they were there. */
function logsOfOthers() {
  const file = path.join(
    process.env["TELLTALE_VECTORS"] ?? path.join(root, "../shared/vectors"),
    "openssh/OpenSSH_2k.log",
  );
  if (existsSync(file)) return [["loghub OpenSSH", readFileSync(file, "utf8").split("\r\n")]];
  console.log(`(${file} is not there: measured without it)`);
  return [];
}

const count = values.small ? 2 : 20;
const logs = logsOfOthers();
const protectors = {
  protector: createProtector(),
  asked: createProtector({ policy: askingPolicy(KEPT_KINDS) }),
};
const measured = (seed) =>
  measure({ ...protectors, seed, count, benignBytes: values.small ? 300_000 : 3_000_000, logs });
const result = measured(SEED);
const table = toTable(result, { seed: SEED, count });
console.log(table);
if (values.misses === true || values.row !== undefined) {
  for (const row of result.rows.filter(
    (each) => values.row === undefined || String(each.row) === values.row,
  )) {
    for (const part of ["seen", "fresh"]) {
      for (const { what, text, hidden } of row[part].examples)
        console.log(`${row.row} ${part} ${what}: ${text}\n    ${hidden}`);
    }
  }
  for (const { name, examples } of result.benign)
    for (const { text, hidden } of examples) console.log(`${name}: ${text}\n    ${hidden}`);
}
if (values.write === true) {
  if (logs.length === 0 || values.small === true) throw new Error("the page is written from a full run only");
  const page = readFileSync(PAGE, "utf8");
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  writeFileSync(PAGE, page.slice(0, begin) + table + page.slice(page.indexOf(END)));
}
const short = shortfalls(result);
for (let i = 1; i <= Number(values.seeds ?? 0); i++) {
  const seed = `${SEED}/other/${i}`;
  const other = measured(seed);
  const figures = ["structured", "prose", "kept"].map((group) => {
    const total = totalOf(other, group, "fresh");
    return `${group} ${precisionOf(total).toFixed(3)} / ${recallOf(total).toFixed(3)}`;
  });
  const masks = other.benign.reduce((sum, log) => sum + log.masks, 0);
  console.log(
    `${seed}: fresh precision / recall: ${figures.join(", ")}; false masks of benign logs ${masks}`,
  );
  short.push(...shortfalls(other).map((what) => `${seed}: ${what}`));
}
console.log(short.length === 0 ? "All aims are met." : `NOT MET: ${short.join("; ")}.`);
process.exitCode = short.length === 0 ? 0 : 1;
