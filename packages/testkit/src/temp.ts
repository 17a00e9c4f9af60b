// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory of its own under the system's temporary one; `using` or `dispose()` removes it. */
export interface TempDir {
  readonly path: string;
  dispose(): void;
}

/** `inMemory`: on a memory file system where there is one; fsync costs nothing there, and means nothing. */
export function tempDir(label = "test", inMemory = false): TempDir {
  const base = inMemory && existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const directory = mkdtempSync(path.join(base, `telltale-${label}-`));
  return { path: directory, dispose: () => rmSync(directory, { recursive: true, force: true }) };
}
