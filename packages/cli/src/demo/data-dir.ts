// SPDX-License-Identifier: Apache-2.0
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CliFailure } from "../failure.js";

/** Stands in every directory that a demo made; only such a directory is ever removed. */
const MARKER = "this-is-a-telltale-demo";

export function defaultDemoDir(): string {
  return join(tmpdir(), "telltale-data-demo");
}

/** An empty private directory. What an earlier demo left is removed; anything else is refused, never touched. */
export function prepareDemoDir(dir: string): string {
  const path = resolve(dir);
  const info = lstatSync(path, { throwIfNoEntry: false });
  if (info !== undefined) {
    // In a shared /tmp somebody else may have put a link or a directory there.
    const own = process.getuid === undefined || info.uid === process.getuid();
    const usable =
      info.isDirectory() && own && (existsSync(join(path, MARKER)) || readdirSync(path).length === 0);
    if (!usable) {
      throw new CliFailure(
        "cannotWrite",
        `${path} exists and is not from a demo`,
        "Name another directory with --data",
      );
    }
    rmSync(path, { recursive: true });
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeFileSync(join(path, MARKER), "npm run demo removes this directory when it starts again.\n", {
    mode: 0o600,
  });
  return path;
}
