// SPDX-License-Identifier: Apache-2.0
import { ED25519, MerkleError, parseVkey, type VerifierKey } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";

/** Parses a verifier key as a log has it; throws MerkleError. */
export function parseLogKey(vkey: string): VerifierKey {
  const key = parseVkey(nodeCrypto, vkey);
  if (key.type !== ED25519) throw new MerkleError("bad_key", "not the key of a log");
  return key;
}
