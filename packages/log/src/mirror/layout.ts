// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { formatTilePath } from "@telltale/merkle";
import { errnoOf } from "../disk.js";

/** Version of everything in a mirror's directory; not that of a server, so that neither opens the other's. */
export const MIRROR_FORMAT = "telltale-mirror 1\n";

/** Where everything of a mirror lies. */
export interface MirrorPaths {
  dir: string;
  format: string;
  /** What was pinned at first contact, and what was never held. */
  pin: string;
  /** What a static file server may serve: `checkpoint`, `tile/…` of C2SP tlog-tiles, and `keys`. Nothing else. */
  served: string;
  checkpoint: string;
  /** The log's key history; absent while it has had one key. */
  history: string;
  keys: string;
  key: string;
  vkey: string;
  evidence: string;
}

export function mirrorPaths(directory: string): MirrorPaths {
  const dir = path.resolve(directory);
  const served = path.join(dir, "tlog");
  const keys = path.join(dir, "keys");
  return {
    dir,
    format: path.join(dir, "format"),
    pin: path.join(dir, "mirror.json"),
    served,
    checkpoint: path.join(served, "checkpoint"),
    history: path.join(served, "keys"),
    keys,
    key: path.join(keys, "cosigner.key"),
    vkey: path.join(keys, "cosigner.vkey"),
    evidence: path.join(dir, "evidence"),
  };
}

/** True for the directory of a mirror, of this version or of a newer one. */
export function isMirror(directory: string): boolean {
  try {
    const { format } = mirrorPaths(directory);
    // Opening a pipe would wait for whoever writes into it.
    return statSync(format).isFile() && readFileSync(format, "latin1").startsWith("telltale-mirror ");
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return false;
  }
}

/** The file of an entry bundle or a hash tile, below `served`. */
export function tileFile(paths: MirrorPaths, level: number | "entries", n: number, width: number): string {
  return path.join(paths.served, formatTilePath({ level, n: BigInt(n), width }));
}
