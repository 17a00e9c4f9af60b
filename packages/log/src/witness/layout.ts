// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import path from "node:path";

/** Version of everything in a witness's directory; no other program's, so that none opens the other's. */
export const WITNESS_FORMAT = "telltale-witness 1\n";

/** Where everything of a witness lies. */
export interface WitnessPaths {
  dir: string;
  format: string;
  keys: string;
  key: string;
  vkey: string;
  /** One file for each log that is watched: its keys. Written once, by whoever adds it. */
  logs: string;
  /** One file for each log: the newest checkpoint that was cosigned. Written by the running witness only. */
  states: string;
  evidence: string;
}

export function witnessPaths(directory: string): WitnessPaths {
  const dir = path.resolve(directory);
  const keys = path.join(dir, "keys");
  return {
    dir,
    format: path.join(dir, "format"),
    keys,
    key: path.join(keys, "witness.key"),
    vkey: path.join(keys, "witness.vkey"),
    logs: path.join(dir, "logs"),
    states: path.join(dir, "states"),
    evidence: path.join(dir, "evidence"),
  };
}

/** What stands for an origin in file names and addresses (C2SP tlog-witness): SHA-256, lower-case hex. */
export function originHash(origin: string): string {
  return createHash("sha256").update(origin).digest("hex");
}
