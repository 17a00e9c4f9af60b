// SPDX-License-Identifier: Apache-2.0
// `npm run mutation`: how many small changes to packages/merkle its tests notice. Prints those that they do not.
// `-- tree edge` only the files of these names; `--seconds N` a share of everything, in an order of its own.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { ensureInstalled, requireNode, root } from "./lib.mjs";

requireNode();
ensureInstalled();
const { instrument } = await import("./mutation/mutants.mjs");
const { rolldown } = await import("rolldown");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: "string" }, workers: { type: "string", default: "2" } },
});
const folder = path.join(root, "packages/merkle/src");
const built = path.join(root, ".cache/mutation");
const vectors = path.resolve(process.env.TELLTALE_VECTORS ?? path.join(root, "../shared/vectors"));
/** No test takes as long, however busy the machine: a last resort, for loops are counted. */
const TIMEOUT_MS = 90_000;
/** Names of the tests, the quick ones first. */
let order = [];
/** Tests that only hold once, or after others: they would notice every mutant. */
const without = [];

const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
const isTest = (name) => name.endsWith(".test.ts");
const sources = names.filter((name) => !isTest(name) && name !== "index.ts");
const unknown = positionals.find((name) => !sources.includes(`${name}.ts`));
if (unknown !== undefined) {
  console.error(
    `packages/merkle has no ${unknown}. There are: ${sources.map((name) => name.slice(0, -3)).join(", ")}`,
  );
  process.exit(64);
}

const instrumented = new Map();
const mutants = [];
for (const name of sources) {
  const made = instrument(name, readFileSync(path.join(folder, name), "utf8"), mutants.length + 1);
  instrumented.set(path.join(folder, name), made.text);
  mutants.push(...made.mutants);
}

const hasVectors = existsSync(vectors);
if (!hasVectors) console.log(`No vectors at ${vectors}: without them fewer mutants are noticed.`);
const suites = names.filter((name) => isTest(name) && (hasVectors || !name.includes(".conformance.")));
const entry = [
  'import fc from "fast-check";',
  "fc.configureGlobal({ seed: 1 });",
  ...suites.map((name) => `await import(${JSON.stringify(path.join(folder, name))});`),
  `export { tests } from ${JSON.stringify(path.join(root, "scripts/mutation/shim.mjs"))};`,
].join("\n");

async function bundle() {
  const bundled = await rolldown({
    input: "entry",
    platform: "node",
    resolve: { conditionNames: ["telltale-source", "node", "import", "default"] },
    external: [/^(?:node:|fast-check|@noble\/)/],
    plugins: [
      {
        name: "mutants",
        resolveId: (id) =>
          id === "entry" ? id : id === "vitest" ? path.join(root, "scripts/mutation/shim.mjs") : undefined,
        load: (id) =>
          id === "entry"
            ? entry
            : instrumented.has(id)
              ? { code: instrumented.get(id), moduleType: "ts" }
              : undefined,
      },
    ],
  });
  rmSync(built, { recursive: true, force: true });
  // Beside the sources, as far as the tests can tell: they look for files next to them.
  await bundled.write({ dir: built, format: "esm", entryFileNames: "suite.mjs" });
  await bundled.close();
  return pathToFileURL(path.join(built, "suite.mjs")).href;
}

/** A thread with the tests in it; a new one takes its place when a mutant did not let it go. */
class Runner {
  #bundle;
  #worker;
  /** Takes whatever the thread says next. */
  #answer = () => undefined;
  #timer;

  constructor(bundle) {
    this.#bundle = bundle;
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#answer({ noticedBy: "time" }), TIMEOUT_MS);
  }

  async run(mutant) {
    if (mutant.isStatic) await this.stop();
    this.#worker ??= await this.#start(mutant.isStatic ? mutant.id : 0);
    const worker = this.#worker;
    const asked = new Promise((resolve) => {
      this.#answer = resolve;
    });
    this.#watch();
    worker.postMessage({ id: mutant.id });
    const answer = await asked;
    clearTimeout(this.#timer);
    if (mutant.isStatic || answer.noticedBy === "time" || answer.ended) await this.stop();
    return answer;
  }

  async #start(loadWith) {
    const worker = new Worker(path.join(root, "scripts/mutation/worker.mjs"), {
      workerData: { bundle: this.#bundle, loadWith, order, without },
      env: { ...process.env, TELLTALE_VECTORS: vectors },
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    const ready = new Promise((resolve) => {
      this.#answer = resolve;
    });
    worker.on("message", (message) => {
      if (message.isAlive) this.#watch();
      else this.#answer(message);
    });
    worker.on("error", (error) => this.#answer({ noticedBy: `the thread: ${error.message}`, ended: true }));
    await ready;
    return worker;
  }

  async stop() {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

const suite = await bundle();
const began = Date.now();
const first = new Runner(suite);
const honest = await first.run({ id: 0, isStatic: false });
await first.stop();
if (honest.noticedBy !== undefined) {
  console.error(`Without any mutant this test fails here: ${honest.noticedBy}`);
  process.exit(1);
}
order = honest.order;
for (;;) {
  const runner = new Runner(suite);
  const [, again] = [await runner.run({ id: 0 }), await runner.run({ id: 0 })];
  await runner.stop();
  if (again.noticedBy === undefined) break;
  without.push(again.noticedBy);
  console.log(`left out, it holds only once: ${again.noticedBy}`);
}
const wanted = mutants.filter(
  ({ file }) => positionals.length === 0 || positionals.includes(file.slice(0, -3)),
);
console.log(
  `${honest.count} tests in ${Date.now() - began} ms, ${wanted.length} mutants in ${new Set(wanted.map(({ file }) => file)).size} files`,
);

const end =
  values.seconds === undefined ? Number.POSITIVE_INFINITY : Date.now() + 1000 * Number(values.seconds);
// A share is drawn evenly: every seventh, then the ones after.
const queue = [...wanted.keys()].sort((a, b) => (a % 7) - (b % 7) || a - b).map((index) => wanted[index]);
const results = [];

function tell({ file, line, column, was, change }) {
  console.log(`survived  ${file}:${line}:${column}  ${was.slice(0, 70)}  →  ${change.slice(0, 70)}`);
}

async function work() {
  const runner = new Runner(suite);
  for (let mutant = queue.shift(); mutant !== undefined && Date.now() < end; mutant = queue.shift()) {
    const { noticedBy } = await runner.run(mutant);
    results.push({ ...mutant, noticedBy });
    if (noticedBy === undefined) tell(mutant);
    else if (process.env.TELLTALE_MUTATION_DEBUG) console.error(mutant.id, mutant.isStatic, noticedBy);
    if (results.length % 200 === 0)
      console.error(`${results.length} of ${wanted.length}, ${Math.round((Date.now() - began) / 1000)} s`);
  }
  await runner.stop();
}
await Promise.all(Array.from({ length: Number(values.workers) }, work));

for (const file of sources) {
  const all = results.filter((each) => each.file === file);
  if (all.length === 0) continue;
  const killed = all.filter(({ noticedBy }) => noticedBy !== undefined).length;
  console.log(`${file.padEnd(20)} ${killed} of ${all.length}`);
}
const killed = results.filter(({ noticedBy }) => noticedBy !== undefined).length;
console.log(
  `\n${killed} of ${results.length} mutants noticed: ${((100 * killed) / results.length).toFixed(1)} %, in ${Math.round((Date.now() - began) / 1000)} s`,
);
