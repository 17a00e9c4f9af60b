// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, rm, stat } from "node:fs/promises";
import path from "node:path";

/** Which targets a person has paused; outlives a restart. */
export interface Pauses {
  isPaused(target: string): Promise<boolean>;
  set(target: string, paused: boolean): Promise<void>;
}

/** A pause is the file `<dir>/<target>.paused`: visible to whoever looks after the machine, and removable by hand. */
export function createPauses(dir: string): Pauses {
  const fileOf = (target: string): string => path.join(dir, `${target}.paused`);
  return {
    async isPaused(target) {
      try {
        return (await stat(fileOf(target))).isFile();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
        throw error;
      }
    },
    async set(target, paused) {
      if (!paused) return rm(fileOf(target), { force: true });
      await mkdir(dir, { recursive: true, mode: 0o700 });
      await (await open(fileOf(target), "w", 0o600)).close();
    },
  };
}
