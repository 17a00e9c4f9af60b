// SPDX-License-Identifier: Apache-2.0
// `npm run faults`: the log on disks that lie, lose, fail and are full, and in processes that are killed. `npm run faults -- power-cut`
// runs one kind; `--seconds 60` takes a share of everything that is drawn by the seed; `--seed N` begins there, `--replay` runs only it.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureBuilt, ensureInstalled, requireNode, root, run } from "./lib.mjs";

const KINDS = ["each-call", "power-cut", "system-calls", "full-disk"];
const options = { seed: { type: "string" }, seconds: { type: "string" }, replay: { type: "boolean" } };

function usage(why) {
  console.error(
    `${why}\nUsage: npm run faults -- [${KINDS.join(" | ")}] [--seed N [--replay]] [--seconds N]`,
  );
  process.exit(64);
}

function readArguments() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return usage(error.message);
  }
}

/** The tool, installed where that is possible without asking anybody. A suite without it would prove nothing, so it fails. */
function ensureTool(name, args, debian) {
  const works = () => spawnSync(name, args, { stdio: "ignore" }).status === 0;
  if (works()) return;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log(`Installing Debian's ${debian} for the fault suite …`);
    const quiet = { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    spawnSync("apt-get", ["update", "-qq"], quiet);
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", debian], quiet);
    if (works()) return;
  }
  console.error(`The fault suite needs ${name} ${args.join(" ")} to work: apt-get install ${debian}`);
  process.exit(1);
}

const { values, positionals } = readArguments();
const unknown = positionals.find((kind) => !KINDS.includes(kind));
if (unknown !== undefined) usage(`No faults of the kind ${unknown}.`);
for (const name of ["seed", "seconds"]) {
  if (values[name] !== undefined && !/^[0-9]{1,9}$/.test(values[name])) usage(`--${name} takes a number.`);
}
if (values.replay && values.seed === undefined) usage("--replay needs --seed.");
const kinds = positionals.length > 0 ? positionals : KINDS;

requireNode();
ensureInstalled();
ensureBuilt();
if (kinds.includes("system-calls")) ensureTool("strace", ["-V"], "strace");
if (kinds.includes("full-disk")) ensureTool("unshare", ["--mount", "true"], "util-linux");

const seed = values.seed ?? `${randomInt(1_000_000)}`;
console.log(`Faults from seed ${seed} on${values.seconds === undefined ? "" : `, for ${values.seconds} s`}`);
const results = path.join(root, ".cache/results");
const file = path.join(results, "faults.json");
mkdirSync(results, { recursive: true });
rmSync(file, { force: true });
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
const args = ["run", "--config", "vitest.faults.config.ts", "--reporter=default", "--reporter=json"];
const code = run(process.execPath, [vitest, ...args, `--outputFile.json=${file}`, ...kinds], {
  TELLTALE_FAULTS_SEED: seed,
  ...(values.seconds === undefined ? {} : { TELLTALE_FAULTS_SECONDS: values.seconds }),
  ...(values.replay ? { TELLTALE_FAULTS_REPLAY: "1" } : {}),
});
if (!existsSync(file)) process.exit(code === 0 ? 1 : code);
const report = JSON.parse(readFileSync(file, "utf8"));
const failed = Math.max(report.numFailedTests, code === 0 ? 0 : 1);
if (failed > 0) console.log(`\nThe seed was ${seed}: npm run faults -- --seed ${seed}`);
console.log(`\n${report.numPassedTests} passed, ${failed} failed`);
process.exit(code);
