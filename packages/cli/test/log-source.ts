// SPDX-License-Identifier: Apache-2.0
import type { Log, MirrorSource } from "@telltale/log";

/** A log of this process as a mirror reads it. */
export function logSource(log: Log): MirrorSource {
  return {
    checkpoint: async () => Buffer.from(log.checkpoint().text),
    tile: (level, n, width) => log.tile(level, n, width),
    bundle: (n, width) => log.entryBundle(n, width),
    keys: async () => Buffer.from(log.keyHistory),
  };
}
