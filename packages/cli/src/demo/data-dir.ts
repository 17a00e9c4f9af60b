// SPDX-License-Identifier: Apache-2.0
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type DirectoryLock, lockDirectory, LogError } from "@telltale/log";
import { CliFailure } from "../failure.js";

/** A directory that one demo has for itself until it gives it back. Its data stays there to be looked at. */
export interface DemoDir {
  readonly path: string;
  release(): Promise<void>;
}

/** Stands in every directory that a demo made; only such a directory is ever removed. */
const MARKER = "this-is-a-telltale-demo";
/** How the directories begin that a demo makes by itself. */
const PREFIX = "telltale-data-demo";
/** What the lock keeps in the directory; it stays while the rest is emptied. */
const LOCK_FILES = new Set(["lock", "control.sock"]);
/** The demo's own name in the lock, which it shares with the log of its server. */
const LOCK_NAME = "demo";

/** The lock, or undefined while a demo that runs has it. */
async function tryLock(path: string): Promise<DirectoryLock | undefined> {
  try {
    return await lockDirectory(path, LOCK_NAME);
  } catch (error) {
    if (error instanceof LogError && error.code === "locked") return undefined;
    throw error;
  }
}

/** A real directory of this user: in a shared /tmp somebody else may have put a link or a directory there. */
function isOwnDirectory(path: string): boolean {
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (info === undefined || !info.isDirectory()) return false;
  return process.getuid === undefined || info.uid === process.getuid();
}

function mark(path: string): void {
  const text = "telltale demo removes this directory when it starts again.\n";
  writeFileSync(join(path, MARKER), text, { mode: 0o600 });
}

/** A fresh private directory that no other run uses. What demos that have ended left beside it is removed. */
export async function makeDemoDir(parent: string = tmpdir()): Promise<DemoDir> {
  const path = mkdtempSync(join(parent, `${PREFIX}-`));
  // Locked before it is marked: whoever finds the mark and gets the lock knows that the demo has ended.
  const lock = await lockDirectory(path, LOCK_NAME);
  mark(path);
  await removeEnded(parent);
  return { path, release: () => lock.release() };
}

async function removeEnded(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (!name.startsWith(PREFIX) || !isOwnDirectory(path) || !existsSync(join(path, MARKER))) continue;
    const lock = await tryLock(path);
    if (lock === undefined) continue;
    rmSync(path, { recursive: true, force: true });
    await lock.release();
  }
}

/**
 * The directory that was named, private and empty. What an earlier demo left there is removed; a directory of anything
 * else is refused and never touched, and so is that of a demo that runs. Throws CliFailure.
 */
export async function takeDemoDir(dir: string): Promise<DemoDir> {
  const path = resolve(dir);
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    const usable = isOwnDirectory(path) && (existsSync(join(path, MARKER)) || readdirSync(path).length === 0);
    if (!usable) {
      throw new CliFailure(
        "cannotWrite",
        `${path} exists and is not from a demo`,
        "Name another directory with --data",
      );
    }
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = await tryLock(path);
  if (lock === undefined) {
    throw new CliFailure(
      "cannotWrite",
      `a demo is already running in ${path}`,
      "Stop it first, or leave --data out: then each demo has a directory of its own",
    );
  }
  chmodSync(path, 0o700);
  mark(path);
  for (const name of readdirSync(path)) {
    if (name !== MARKER && !LOCK_FILES.has(name)) rmSync(join(path, name), { recursive: true });
  }
  return { path, release: () => lock.release() };
}
