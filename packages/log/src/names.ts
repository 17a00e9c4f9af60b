// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { syncDirectory } from "./disk.js";
import type { FileSystem } from "./fs.js";
import type { LogPaths } from "./paths.js";

/**
 * Make every name that the log stands on durable. We may have read it from the cache only: the process before may have died after it
 * made a name and before it synced the directory.
 */
export async function syncNames({ fs, paths }: { fs: FileSystem; paths: LogPaths }): Promise<void> {
  const own = [paths.segments, paths.log, path.dirname(paths.log)];
  for (const directory of [...own, path.dirname(paths.head), path.dirname(paths.key), paths.data]) {
    await syncDirectory(fs, directory);
  }
}
