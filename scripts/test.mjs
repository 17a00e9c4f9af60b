// SPDX-License-Identifier: Apache-2.0
// `npm test`: everything that must hold before a change is accepted, in the order of what fails fastest.
// `npm test -- unit` runs only the named step; further words are handed to it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureBuilt, ensureInstalled, requireNode, root, run } from "./lib.mjs";

requireNode();
ensureInstalled();

const bin = (name, entry) => path.join(root, "node_modules", name, entry);
const vitest = bin("vitest", "vitest.mjs");
const results = path.join(root, ".cache/results");

function findChromium() {
  const named = process.env.TELLTALE_CHROMIUM;
  const places = [named, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return places.find((each) => each !== undefined && existsSync(each));
}

/** Installs Debian's Chromium where that is possible without asking anybody. */
function ensureChromium() {
  if (findChromium() !== undefined) return true;
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log("Installing Debian's chromium for the browser tests …");
    const quiet = { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    spawnSync("apt-get", ["update", "-qq"], quiet);
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], quiet);
    if (findChromium() !== undefined) return true;
  }
  console.error(
    "The browser tests need Chromium: apt-get install chromium (or set TELLTALE_CHROMIUM to its path).",
  );
  return false;
}

const FIRST_WORDS = 200;

/** One line for each test that failed, so that the end of a long output says which. */
function failuresOf(report) {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = path.relative(root, name);
    const tests = assertionResults.filter((each) => each.status === "failed");
    if (tests.length === 0 && status === "failed") return [`${file}: ${firstWords(message)}`];
    return tests.map(
      ({ fullName, failureMessages }) => `${file} > ${fullName}: ${firstWords(failureMessages[0] ?? "")}`,
    );
  });
}

function firstWords(message) {
  return message.split("\n")[0].slice(0, FIRST_WORDS);
}

/** Runs vitest and reads what it counted. */
function suite(name, args, env = {}) {
  mkdirSync(results, { recursive: true });
  const file = path.join(results, `${name}.json`);
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = run(process.execPath, [vitest, "run", ...args, ...reporters], env);
  if (!existsSync(file)) return { code, passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const brokenFiles = report.testResults.filter(
    (each) => each.status === "failed" && each.assertionResults.length === 0,
  );
  return {
    code,
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    failures: failuresOf(report),
  };
}

function check(args) {
  const code = run(process.execPath, args);
  return { code, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
}

const rest = process.argv.slice(3);
const steps = {
  format: () => {
    const code = run(bin("@biomejs/biome", "bin/biome"), ["format", "."]);
    return { code, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  },
  lock: () => check(["scripts/check-lock.mjs"]),
  boundaries: () => check(["scripts/check-boundaries.mjs"]),
  build: () => {
    ensureBuilt();
    return { code: 0, passed: 1, failed: 0 };
  },
  types: () => check([bin("typescript", "bin/tsc"), "-p", "tsconfig.tests.json"]),
  lint: () => check([bin("oxlint", "bin/oxlint"), "--type-aware", "--deny-warnings"]),
  unit: () => suite("unit", rest),
  browser: () =>
    ensureChromium()
      ? suite("browser", ["--config", "vitest.browser.config.ts", ...rest], {
          TELLTALE_CHROMIUM: findChromium(),
        })
      : { code: 1, passed: 0, failed: 1 },
};

const wanted = process.argv[2] === undefined ? Object.keys(steps) : ["build", process.argv[2]];
if (wanted.some((each) => steps[each] === undefined)) {
  console.error(`Usage: npm test [-- ${Object.keys(steps).join(" | ")}]`);
  process.exit(64);
}
let passed = 0;
let failed = 0;
const failures = [];
for (const name of new Set(wanted)) {
  const started = Date.now();
  console.log(`\n── ${name}`);
  const result = steps[name]();
  passed += result.passed;
  failed += result.failed + (result.code !== 0 && result.failed === 0 ? 1 : 0);
  if (result.code !== 0) failures.push(...(result.failures?.length ? result.failures : [name]));
  console.log(
    `── ${name}: ${result.code === 0 ? "ok" : "FAILED"} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
}
for (const each of failures) console.log(`FAILED ${each}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
