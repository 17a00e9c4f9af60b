// SPDX-License-Identifier: Apache-2.0
import {
  equalBytes,
  type KeyHistory,
  type KeyRange,
  parseReceipt,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import type { HeldCheckpoint } from "../mirror/held.js";
import type { WatchedLog } from "./logs.js";

/** The same keys in the same order; for all but the last also up to the same tree. */
function beginsWith(keys: readonly KeyRange[], known: readonly KeyRange[]): boolean {
  return known.every(({ key, to }, i) => {
    const same = keys[i];
    return (
      same !== undefined &&
      equalBytes(same.key.publicKey, key.publicKey) &&
      (to === undefined || same.to === to)
    );
  });
}

/** Why a witness does not believe a proven history of a log's keys; undefined when it does. */
export function findKeysRefusal(
  log: WatchedLog,
  held: HeldCheckpoint | undefined,
  history: KeyHistory,
): string | undefined {
  const known = log.history?.keys ?? log.keys;
  // What was added by hand may be a key from the middle of the history: from there on it has to be this one.
  const [first] = known;
  const from = history.keys.findIndex(
    ({ key }) => first !== undefined && equalBytes(key.publicKey, first.key.publicKey),
  );
  if (from < 0) return "it does not begin at a key that is known";
  if (history.keys.length < from + known.length) return undefined; // older than what is known
  if (!beginsWith(history.keys.slice(from), known)) return "it names other keys than those that are known";
  for (const { proof } of history.changes.slice(from + known.length - 1)) {
    const head = verifyCheckpointBy(nodeCrypto, parseReceipt(proof).checkpoint, history.keys);
    if (held === undefined || head.size !== held.head.size || !equalBytes(head.root, held.head.root))
      return `the tree of ${head.size} events, at which the key was changed, is not the one that was cosigned last`;
  }
  return undefined;
}
