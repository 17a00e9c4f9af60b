// SPDX-License-Identifier: Apache-2.0
// Holds the table of packages: who may import whom, no deep imports, no cycles, pure kernels.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./lib.mjs";

const kernel = ["event", "protect", "merkle", "log", "sigma", "query"];
const mayImport = {
  event: [],
  protect: ["event"],
  merkle: [],
  log: ["merkle"],
  sigma: [],
  query: ["event"],
  sdk: ["event", "protect", "merkle"],
  server: kernel,
  web: ["event", "query", "merkle"],
  cli: [...kernel, "server"],
  testkit: [...kernel, "sdk", "server", "cli"],
};
const pure = new Set(["event", "merkle", "sigma", "query"]);
// Adapters to a platform are the one place where a pure package may name it.
const platformAdapters = new Set(["packages/merkle/src/node.ts"]);
const impure = [
  [/\bDate\.now\(|\bnew Date\(\)/, "reads the clock"],
  [/\bprocess\./, "uses process"],
  [/\bMath\.random\(/, "draws random numbers"],
  [/\bfetch\(/, "uses the network"],
];

const problems = [];
const graph = new Map();

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(file);
    else if (/\.tsx?$/.test(entry.name)) yield file;
  }
}

const isTest = (file) => /\.test\.tsx?$|\.suite\.ts$/.test(file);
// Code in comments and in texts shown to people is no import.
const withoutComments = (text) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/`(?:[^`\\]|\\.)*`/g, "``");

function importsOf(text) {
  const found = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s(type\s)?[^;]*?from\s+"([^"]+)"/gm)) {
    found.push({ specifier: match[2], typeOnly: match[1] !== undefined });
  }
  for (const match of text.matchAll(/\bimport\("([^"]+)"\)|^\s*import\s+"([^"]+)"/gm)) {
    found.push({ specifier: match[1] ?? match[2], typeOnly: false });
  }
  return found;
}

function checkImport(name, relative, { specifier, typeOnly }, file) {
  if (specifier.startsWith("@telltale/")) {
    const [, other, ...rest] = specifier.split("/");
    if (!mayImport[name].includes(other)) problems.push(`${relative}: ${name} may not import ${other}`);
    if (rest[0] === "src" || rest[0] === "dist") problems.push(`${relative}: deep import ${specifier}`);
  } else if (specifier.startsWith(".")) {
    const target = path.resolve(path.dirname(file), specifier.replace(/\.js$/, ".ts"));
    if (!target.startsWith(path.join(root, "packages", name) + path.sep)) {
      problems.push(`${relative}: ${specifier} leaves the package`);
    }
    if (!typeOnly) graph.get(file).push(target);
  } else if (specifier.startsWith("node:") && pure.has(name) && !platformAdapters.has(relative)) {
    problems.push(`${relative}: a pure package imports ${specifier}`);
  }
}

for (const name of Object.keys(mayImport)) {
  for (const file of files(path.join(root, "packages", name, "src"))) {
    if (isTest(file)) continue;
    const relative = path.relative(root, file);
    const text = withoutComments(readFileSync(file, "utf8"));
    graph.set(file, []);
    for (const found of importsOf(text)) checkImport(name, relative, found, file);
    if (!pure.has(name) || platformAdapters.has(relative)) continue;
    for (const [pattern, what] of impure)
      if (pattern.test(text)) problems.push(`${relative}: a pure package ${what}`);
  }
}

function findCycles() {
  const state = new Map();
  const visit = (file, trail) => {
    if (state.get(file) === "done" || !graph.has(file)) return;
    if (state.get(file) === "open") {
      const cycle = [...trail.slice(trail.indexOf(file)), file].map((each) => path.relative(root, each));
      problems.push(`import cycle: ${cycle.join(" → ")}`);
      return;
    }
    state.set(file, "open");
    for (const next of graph.get(file)) visit(next, [...trail, file]);
    state.set(file, "done");
  };
  for (const file of graph.keys()) visit(file, []);
}

findCycles();
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`${problems.length} broken import boundaries`);
  process.exit(1);
}
console.log(`Import boundaries hold over ${graph.size} files.`);
