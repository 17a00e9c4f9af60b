// SPDX-License-Identifier: Apache-2.0
// What start, build and test share. Plain JavaScript: it runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const cache = path.join(root, ".cache");

export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Telltale needs Node.js 20.19 or newer; this is ${process.version}. See https://nodejs.org`);
  process.exit(1);
}

/** Runs a command from the project root with inherited output; returns its exit code. */
export function run(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/**
 * Runs a program until it ends and exits as it did. Signals that ask to stop are passed on, so that it can stop
 * gracefully. Some versions of npm and sh die of a signal without passing it on; then nobody is left who could stop
 * the program, so the death of what npm started us in counts as SIGTERM.
 */
export function runForeground(command, args, env = process.env) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) whenOrphaned(() => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
  // A shell reports a death by signal as 128 and its number.
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const ORPHAN_CHECK_MS = 500;

function whenOrphaned(stop) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, ORPHAN_CHECK_MS);
  timer.unref();
}

function stampOf(name) {
  const file = path.join(cache, name);
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

function writeStamp(name, value) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(path.join(cache, name), value);
}

/** Installs the locked dependencies when they are missing or the lock file has changed since. */
export function ensureInstalled() {
  const lock = createHash("sha256")
    .update(readFileSync(path.join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(path.join(root, "node_modules/.package-lock.json")) && stampOf("installed") === lock) return;
  console.log("Installing dependencies (once; takes about a minute) …");
  const code = run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (code !== 0) {
    console.error("npm ci failed. Is the npm registry reachable? Try: npm ci --ignore-scripts");
    process.exit(code);
  }
  writeStamp("installed", lock);
}

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name === "dist" || entry.name === "public") continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(file);
    else if (!/\.test\.tsx?$|\.md$|\.jsonl$/.test(entry.name)) yield file;
  }
}

/** A fingerprint of names, sizes and times of all that a build reads. */
function sourceFingerprint() {
  const hash = createHash("sha256").update(process.version);
  for (const folder of ["packages", "examples"]) {
    for (const file of sourceFiles(path.join(root, folder))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  for (const file of ["tsconfig.base.json", "tsconfig.json", "package-lock.json"]) {
    hash.update(readFileSync(path.join(root, file)));
  }
  return hash.digest("hex");
}

/** Builds every package unless the last successful build read the very same sources. */
export function ensureBuilt() {
  const fingerprint = sourceFingerprint();
  if (stampOf("built") === fingerprint && existsSync(path.join(root, "packages/server/public/index.html")))
    return;
  console.log("Building …");
  const code = run(process.execPath, ["scripts/build.mjs"]);
  if (code !== 0) process.exit(code);
}

export function markBuilt() {
  writeStamp("built", sourceFingerprint());
}

/**
 * The environment of a server. Bodies are allocated on one thread and freed on another; left to itself, glibc keeps what they
 * leave in many arenas and gives little of it back. Costs nothing where another allocator is used.
 */
export const serverEnv = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "262144",
  ...process.env,
};
