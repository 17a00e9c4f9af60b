// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, open, readdir, readFile, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../failure.js";
import { formatBytes } from "../ui/units.js";
import { type Finding, fail, ok, warn } from "./check.js";

const GIB = 1024 ** 3;
const PRIVATE = 0o077;
const WRITABLE = 0o022;
const FORMAT = 2;

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, "0");

/** Everything about a data directory that can be seen from outside. A directory that is not there is no fault. */
export async function checkData(dataDir: string): Promise<Finding[]> {
  let mode: number;
  try {
    const info = await stat(dataDir);
    if (!info.isDirectory())
      return [fail("data", `${dataDir} is not a directory`, "Name the directory with --data")];
    mode = info.mode;
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (systemCode(error) === "ENOENT") {
      return [warn("data", `${dataDir} is not there yet`, "telltale serve makes it; another one: --data")];
    }
    return [
      fail("data", `${dataDir} cannot be used: ${String(systemCode(error))}`, "Run as the user who owns it"),
    ];
  }
  return [
    checkMode(dataDir, mode),
    await checkFormat(dataDir),
    ...(await checkSecrets(dataDir)),
    await checkSpace(dataDir),
    await checkSync(dataDir),
  ];
}

function checkMode(dataDir: string, mode: number): Finding {
  if ((mode & WRITABLE) !== 0) {
    return fail("data", `${dataDir} (${octal(mode)}) can be changed by other users`, `chmod 700 ${dataDir}`);
  }
  if ((mode & PRIVATE) !== 0) {
    return warn("data", `${dataDir} (${octal(mode)}) can be read by other users`, `chmod 700 ${dataDir}`);
  }
  return ok("data", `${dataDir} (${octal(mode)})`);
}

async function checkFormat(dataDir: string): Promise<Finding> {
  let text: string;
  try {
    text = (await readFile(join(dataDir, "format"), "utf8")).trim();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return ok("format", "no log yet");
    return fail(
      "format",
      `cannot be read: ${String(systemCode(error))}`,
      "Run as the user who owns the directory",
    );
  }
  const version = /\d{1,9}/.exec(text)?.[0];
  if (version === undefined) return fail("format", "the file names no version", "Restore it from a backup");
  if (Number(version) > FORMAT)
    return fail("format", `version ${version} is newer than this program`, "Update Telltale");
  return ok("format", `version ${version}`);
}

/** Keys and state must be readable by their owner alone. */
async function checkSecrets(dataDir: string): Promise<Finding[]> {
  const names = await readdir(join(dataDir, "keys")).catch(() => [] as string[]);
  const files = ["state.db", "keys", ...names.map((each) => join("keys", each))];
  const open: string[] = [];
  let seen = 0;
  for (const name of files) {
    const info = await stat(join(dataDir, name)).catch(() => undefined);
    if (info === undefined) continue;
    seen++;
    // A public key may be read by all; nobody else may write it.
    const mask = name.endsWith(".pub") || name.endsWith(".vkey") ? WRITABLE : PRIVATE;
    if ((info.mode & mask) !== 0) open.push(`${name} (${octal(info.mode)})`);
  }
  if (seen === 0) return [ok("keys", "none yet")];
  if (open.length === 0) return [ok("keys", `${seen} files, private`)];
  return [
    fail(
      "keys",
      `open to other users: ${open.join(", ")}`,
      "chmod 600 them (700 the directory), and consider them known",
    ),
  ];
}

async function checkSpace(dataDir: string): Promise<Finding> {
  const { bavail, bsize, blocks } = await statfs(dataDir);
  const free = bavail * bsize;
  const part = blocks === 0 ? 1 : bavail / blocks;
  const text = `${formatBytes(free)} free (${Math.round(part * 100)}%)`;
  const advice = "Make room: when the disk is full, nothing more is accepted";
  if (free < GIB / 2) return fail("disk", text, advice);
  if (free < 5 * GIB || part < 0.05) return warn("disk", text, advice);
  return ok("disk", text);
}

const SYNC_ROUNDS = 25;
const SLOW_MS = 20;
const TOO_SLOW_MS = 100;
const TOO_QUICK_MS = 0.01;

/** Median milliseconds of writing 4 KiB and fdatasync: every acknowledgement waits for about two of them. */
async function checkSync(dataDir: string): Promise<Finding> {
  const file = join(dataDir, `.doctor-${randomUUID()}`);
  const times: number[] = [];
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      const block = Buffer.alloc(4096, 0x2e);
      for (let i = 0; i < SYNC_ROUNDS; i++) {
        const started = performance.now();
        await handle.write(block);
        await handle.datasync();
        times.push(performance.now() - started);
      }
    } finally {
      await handle.close();
      await rm(file, { force: true });
    }
  } catch (error) {
    return fail("fsync", `cannot write: ${String(systemCode(error))}`, "Check permissions and space");
  }
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const text = `${median.toFixed(2)} ms, slowest ${(times.at(-1) ?? 0).toFixed(2)} ms`;
  if (median < TOO_QUICK_MS)
    return warn("fsync", `${text}: no disk is that quick`, "Is this memory? Events must survive a power cut");
  if (median > TOO_SLOW_MS)
    return fail("fsync", text, "Use a local SSD; a network disk makes every sender wait");
  if (median > SLOW_MS) return warn("fsync", text, "Every acknowledgement waits for it; use a local SSD");
  return ok("fsync", text);
}
