// SPDX-License-Identifier: Apache-2.0
import { listDirectory, makeDirectory, writeDurable } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { createCosigner } from "../mirror/cosigner.js";
import { WITNESS_FORMAT, witnessPaths } from "./layout.js";

/**
 * Make a witness: a directory, and a key of this name that only its owner can read. The name must be used by no other key.
 * `bad_name`, `bad_format` for a directory that holds something else, or a witness already.
 */
export async function initWitness(dir: string, name: string): Promise<{ vkey: string }> {
  const fs = nodeFileSystem;
  const paths = witnessPaths(dir);
  const names = await listDirectory(fs, paths.dir);
  if (names.length > 0)
    throw new LogError("bad_format", `${paths.dir} is not empty: name a directory of its own`);
  const { cosigner, file } = createCosigner(name);
  for (const each of [paths.dir, paths.keys, paths.logs, paths.states]) await makeDirectory(fs, each);
  await writeDurable(fs, paths.key, Buffer.from(file));
  await writeDurable(fs, paths.vkey, Buffer.from(`${cosigner.vkey}\n`));
  // Last: with it the directory is a witness.
  await writeDurable(fs, paths.format, Buffer.from(WITNESS_FORMAT));
  return { vkey: cosigner.vkey };
}
