// SPDX-License-Identifier: Apache-2.0
import {
  equalBytes,
  formatVkey,
  keysFrom,
  MerkleError,
  parseKeyHistory,
  parseReceipt,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { Seen } from "./judge.js";
import { parseLogKey } from "./log-key.js";

function refuse(why: string): never {
  throw new MerkleError("key_unknown", why);
}

/**
 * The log's keys after the known one, that of today last: each key named the next in an event of a tree that both signed,
 * and the change is not from before what has been seen signed with the known key.
 *
 * @throws {MerkleError} unless all of it holds; then nothing of the history may be believed
 */
export function followKeys(known: string, seen: Seen | undefined, history: string): string[] {
  const proven = parseKeyHistory(nodeCrypto, history);
  const keys = keysFrom(proven, parseLogKey(known));
  const at = keys.findIndex(({ key }) => formatVkey(key) === known);
  const change = proven.changes[at];
  if (change === undefined) refuse("the known key is still that of today");
  if (seen !== undefined) {
    const tree = verifyCheckpointBy(nodeCrypto, parseReceipt(change.proof).checkpoint, keys);
    if (tree.size < seen.size) refuse("the key was changed before what it has signed since");
    if (tree.size === seen.size && !equalBytes(tree.root, seen.root))
      refuse("the key was changed in another log");
  }
  return keys.slice(at + 1).map(({ key }) => formatVkey(key));
}
