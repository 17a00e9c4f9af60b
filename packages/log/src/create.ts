// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import path from "node:path";
import { emptyRoot, isKeyName } from "@telltale/merkle";
import { makeDirectory, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { replaceHeads } from "./head.js";
import { createSigner, type Signer } from "./keys.js";
import { syncNames } from "./names.js";
import type { LogPaths } from "./paths.js";

/**
 * Make a new log. The key gets its final name last: until then there is no log, and the next start begins again.
 */
export async function createLog(
  { fs, paths, now }: { fs: FileSystem; paths: LogPaths; now: () => number },
  originName: string,
): Promise<Signer> {
  const origin = `${originName}/${randomBytes(16).toString("hex")}`;
  if (!isKeyName(origin)) throw new LogError("bad_name", "an origin's name has no spaces and no +");
  const { signer, file } = createSigner(origin);
  for (const directory of [paths.segments, path.dirname(paths.head), path.dirname(paths.key)]) {
    await makeDirectory(fs, directory);
  }
  const note = signer.signCheckpoint(0, emptyRoot());
  const time = now();
  const heads = [1, 2].map((generation) => ({ generation, time, note }));
  await replaceHeads(fs, paths.head, heads, signer);
  await writeDurable(fs, paths.vkey, Buffer.from(`${signer.vkey}\n`));
  await syncNames({ fs, paths });
  // The empty log is complete and its head is durable, but it has no key yet.
  // If we die here, the head belongs to a key that is gone; nothing was ever acknowledged under it.
  // The next start sees a head of size 0 without a key or lines, and creates the log again under a new origin.
  await writeDurable(fs, paths.key, Buffer.from(file));
  return signer;
}
