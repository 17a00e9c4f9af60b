// SPDX-License-Identifier: Apache-2.0
import { type Dirent, readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { LogPaths } from "../paths.js";

/** What a name leads to; undefined where it leads nowhere. */
function isPlainFile(file: string): boolean | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile();
}

function isSuspect(entry: Dirent): boolean {
  if (entry.isFile() || entry.isDirectory()) return false;
  const found = statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function entriesBelow(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive: true });
  } catch {
    return []; // whoever reads a file there says what is wrong
  }
}

/**
 * The first thing of a log that is neither file nor folder: who opens a pipe waits until somebody writes into it, and a device has no
 * end. No server makes one, so it is a finding by itself. Links to files are let pass.
 */
export function findNoPlainFile(paths: LogPaths): string | undefined {
  const { format, head, key, vkey, nextKey } = paths;
  const single = [format, head, key, vkey, nextKey].find((file) => isPlainFile(file) === false);
  if (single !== undefined) return single;
  const found = entriesBelow(paths.log).find(isSuspect);
  return found && path.join(found.parentPath, found.name);
}
