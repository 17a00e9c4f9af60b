// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { formatVkey, parseVkey } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { readFile } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { parseHeld } from "../mirror/held.js";
import { witnessPaths } from "./layout.js";
import { listWatched, readWatched } from "./logs.js";
import { MAX_STATE, verifyWitnessFormat } from "./store.js";

/** A log as a witness knows it. */
export interface WitnessedLog {
  origin: string;
  vkeys: string[];
  /** Size of the largest tree that was cosigned; 0 before the first. */
  size: number;
  /** When it was cosigned last, POSIX seconds. */
  seen: number | undefined;
}

/** What stands in a witness's directory, read without its lock, so also while it runs. Errors as for `WitnessStore.open`. */
export async function readWitness(dir: string): Promise<{ vkey: string; logs: WitnessedLog[] }> {
  const fs = nodeFileSystem;
  const paths = witnessPaths(dir);
  await verifyWitnessFormat(fs, paths);
  const vkey = (await readFile(fs, paths.vkey, 4096))?.toString("utf8").trimEnd();
  if (vkey === undefined) throw new LogError("key_missing", `${paths.vkey} is missing`);
  const logs: WitnessedLog[] = [];
  for (const hash of await listWatched(fs, paths)) {
    const log = await readWatched(fs, paths, hash);
    if (log === undefined) continue;
    const state = await readFile(fs, path.join(paths.states, hash), MAX_STATE);
    const held = state && parseHeld(state, log.keys, parseVkey(nodeCrypto, vkey));
    logs.push({
      origin: log.origin,
      vkeys: log.keys.map(({ key }) => formatVkey(key)),
      size: held?.size ?? 0,
      seen: held?.seen,
    });
  }
  return { vkey, logs };
}
