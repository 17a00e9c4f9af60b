// SPDX-License-Identifier: Apache-2.0
import type { Pin, Seen } from "./pinned-key.js";

/**
 * The pin under the log's new key, when the pinned key leads to it: each key named the next in an event of a tree that both
 * signed, and no change lies before what this browser has already seen signed with the older key. Undefined otherwise; never
 * throws, whatever a hostile server sends.
 */
export async function followKey(pin: Pin, seen: Seen, history: string): Promise<Pin | undefined> {
  try {
    const [
      {
        equalBytes,
        formatVkey,
        keysFrom,
        parseBase64,
        parseKeyHistory,
        parseReceipt,
        parseVkey,
        verifyCheckpointBy,
      },
      { nobleCrypto },
    ] = await Promise.all([import("@telltale/merkle"), import("@telltale/merkle/noble")]);
    const proven = parseKeyHistory(nobleCrypto, history);
    const keys = keysFrom(proven, parseVkey(nobleCrypto, pin.vkey));
    const at = keys.findIndex(({ key }) => formatVkey(key) === pin.vkey);
    const [newest, change] = [keys.at(-1), proven.changes[at]];
    if (newest === undefined || change === undefined || formatVkey(newest.key) !== seen.vkey)
      return undefined;
    const tree = verifyCheckpointBy(nobleCrypto, parseReceipt(change.proof).checkpoint, keys);
    if (tree.size < BigInt(pin.size)) return undefined;
    if (tree.size === BigInt(pin.size) && !equalBytes(tree.root, parseBase64(pin.root))) return undefined;
    return { ...pin, vkey: seen.vkey };
  } catch {
    return undefined; // the words for another key say what it may mean
  }
}
