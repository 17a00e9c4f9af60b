// SPDX-License-Identifier: Apache-2.0
import { fetchKeys, fingerprintOf, type MirrorStore, toKeys } from "@telltale/log";
import {
  ED25519,
  formatVkey,
  MerkleError,
  parseVkey,
  rangeOfOne,
  type VerifierKey,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { CliFailure } from "../failure.js";
import { type CliIo, note } from "../io.js";
import type { HttpSource } from "./http-source.js";

/** What the server calls its key: believed at first contact only, where no person gave one. */
async function askForKey(source: HttpSource, url: string): Promise<string> {
  const vkey = await source.verifierKey();
  try {
    if (vkey !== undefined && parseVkey(nodeCrypto, vkey).type === ED25519) return vkey;
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
  }
  throw new CliFailure("unreachable", `${url} names no key of a log`, "Check the address, or give --vkey");
}

function warnOfTrust(io: CliIo, vkey: string, dir: string): void {
  note(
    io,
    [
      "FIRST CONTACT: nobody said which key this log has, so the server is believed this once.",
      "Compare now, on the server itself: the line in its DATA/keys/main.vkey must be",
      `  ${vkey}`,
      `  fingerprint ${fingerprintOf(vkey)}`,
      `From now on no other key is accepted in ${dir}, but one that this key introduces.`,
    ].join("\n"),
  );
}

/** By the key, or by one that followed it. Throws MerkleError. */
async function verifyFirst(source: HttpSource, checkpoint: Buffer, key: VerifierKey): Promise<void> {
  try {
    verifyCheckpointBy(nodeCrypto, checkpoint, rangeOfOne(key));
  } catch (error) {
    const proven = error instanceof MerkleError ? await fetchKeys(source, key) : undefined;
    if (proven === undefined) throw error;
    verifyCheckpointBy(nodeCrypto, checkpoint, toKeys(key, proven));
  }
}

export interface Contact {
  io: CliIo;
  store: MirrorStore;
  source: HttpSource;
  url: string;
  /** The log's verifier key as a person gave it. */
  vkey: string | undefined;
}

/** Pin the log's key if this is the first contact; else see that it is the pinned one. Throws CliFailure. */
export async function pinKey({ io, store, source, url, vkey }: Contact): Promise<void> {
  if (store.isPinned) {
    const { pin } = store;
    if (vkey !== undefined && !store.logKeys.some(({ key }) => formatVkey(key) === vkey)) {
      throw new CliFailure(
        "failed",
        "this mirror is of a log with another key than --vkey",
        "Use another --data",
      );
    }
    if (pin.source !== url) await store.setPin({ ...pin, source: url });
    return;
  }
  const key = vkey ?? (await askForKey(source, url));
  const checkpoint = await source.checkpoint();
  try {
    // A key that does not fit must not be pinned: it would be refused for ever.
    await verifyFirst(source, checkpoint, parseVkey(nodeCrypto, key));
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    const what = vkey === undefined ? "the key that the server names" : "--vkey";
    throw new CliFailure("failed", `the checkpoint of ${url} does not verify with ${what}: ${error.message}`);
  }
  const pinned = vkey === undefined ? "first-use" : "given";
  await store.setPin({ vkey: key, pinned, source: url, since: io.now(), absent: [] });
  if (vkey === undefined) warnOfTrust(io, key, store.paths.dir);
}
