// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { isRuleFile } from "../pipeline/rules.js";

/**
 * A text that changes when a rule file in one of the folders appears, goes away or is written. Looks at names, sizes and times
 * only. Asking works on every file system; notifications of the operating system are lost on network mounts and in containers.
 */
export async function readFolderState(folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const files = await listOrReason(folder);
    for (const file of files.filter(isRuleFile).sort())
      hash.update(`${file}\0${await describe(path.join(folder, file))}\0`);
    if (files.length === 0) hash.update("empty\0");
  }
  return hash.digest("hex");
}

async function listOrReason(folder: string): Promise<string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    // A folder that cannot be read is a state, too: reading the rules says why.
    return [`${String((error as NodeJS.ErrnoException).code)}/rule.yml`];
  }
}

async function describe(file: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(file);
    return `${size} ${mtimeMs} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
