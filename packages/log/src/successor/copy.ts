// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync } from "node:fs";
import { cp, open, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { logPaths } from "../paths.js";
import { originHash } from "../witness/layout.js";
import type { Predecessor } from "./predecessor.js";

/** Below a data directory: the logs that the one in it succeeds, each in a directory that verifies by itself. */
export const PREDECESSORS = "predecessors";

/** Where a data directory keeps the log of this origin. */
export function predecessorDir(dataDir: string, origin: string): string {
  return path.join(dataDir, PREDECESSORS, originHash(origin).slice(0, 16));
}

/** The directories of the logs that the one in `dataDir` succeeds, and of those that they succeed. */
export function listPredecessors(dataDir: string): string[] {
  const below = path.join(dataDir, PREDECESSORS);
  if (!existsSync(below)) return [];
  return readdirSync(below)
    .sort()
    .map((name) => path.join(below, name))
    .flatMap((each) => [each, ...listPredecessors(each)]);
}

/** Of a data directory only what the log needs to be read and verified: no secret key, nothing that can be derived. */
const OF_DATA = new Set(["format", "log", "head", "keys", PREDECESSORS]);
const OF_MIRROR = new Set(["format", "mirror.json", "tlog", "keys", "evidence"]);

function isSecret(file: string): boolean {
  return file.endsWith(".key") || file.endsWith(".tmp");
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const place = path.join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(place);
    else if (entry.isFile()) await syncPath(place);
  }
  await syncPath(directory);
}

async function syncPath(place: string): Promise<void> {
  const handle = await open(place, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Copy a log into the data directory of its successor; durable when it resolves. The original is not touched. */
export async function copyPredecessor(from: Predecessor, dataDir: string, headDir?: string): Promise<string> {
  const to = predecessorDir(dataDir, from.origin);
  const wanted = from.kind === "data" ? OF_DATA : OF_MIRROR;
  const isWanted = (top: string): boolean => top === "" || from.kind === "archive" || wanted.has(top);
  await cp(from.dir, to, {
    recursive: true,
    errorOnExist: true,
    force: false,
    filter: (source) => {
      const [top = ""] = path.relative(from.dir, source).split(path.sep);
      return isWanted(top) && !isSecret(source);
    },
  });
  if (from.kind === "data") {
    const paths = logPaths(to);
    if (headDir !== undefined)
      await cp(logPaths(from.dir, "main", headDir).head, paths.head, { recursive: true });
    await writeFile(paths.vkey, `${from.vkey}\n`);
  }
  await syncTree(to);
  await syncPath(path.dirname(to));
  return to;
}
