// SPDX-License-Identifier: Apache-2.0
import type { TreeHead } from "./checkpoint.js";
import type { MerkleCrypto } from "./crypto.js";
import { type KeyRange, verifyCheckpointBy } from "./key-ranges.js";
import { parseCosignatureTime, parseNote, verifyNote } from "./note.js";
import { isQuorum, type PolicyWitness, type WitnessPolicy } from "./policy.js";

/** A checkpoint that the log signed, and who cosigned it. */
export interface Witnessed {
  head: TreeHead;
  /** Each with the time that it states, POSIX seconds. */
  cosigned: { witness: PolicyWitness; seconds: bigint }[];
  /** Whether they are enough for the policy. */
  quorum: boolean;
}

/**
 * Verify a checkpoint of the log that has these keys and count its cosignatures by a policy. Throws MerkleError unless the log signed it
 * (`signature_missing`, `signature_invalid`, `wrong_origin`) and every line in the name of a known witness verifies.
 */
export function verifyWitnessed(
  crypto: MerkleCrypto,
  input: Uint8Array | string,
  logKeys: readonly KeyRange[],
  policy: WitnessPolicy,
): Witnessed {
  const note = parseNote(input);
  const head = verifyCheckpointBy(crypto, input, logKeys);
  const witnessKeys = policy.witnesses.map(({ key }) => key);
  // By nobody that is known is no error here: then nobody has cosigned.
  const known = note.signatures.some((line) =>
    witnessKeys.some(({ name, keyId }) => name === line.name && keyId === line.keyId),
  );
  const keys = known ? verifyNote(crypto, note, witnessKeys) : [];
  const cosigned: Witnessed["cosigned"] = [];
  for (const witness of policy.witnesses) {
    if (!keys.includes(witness.key)) continue;
    // The first line of a key is the one that was verified.
    const line = note.signatures.find(
      ({ name, keyId }) => name === witness.key.name && keyId === witness.key.keyId,
    );
    const seconds = line === undefined ? undefined : parseCosignatureTime(line.signature);
    // A time of zero is none: it marks signatures over subtrees (C2SP tlog-witness).
    if (seconds !== undefined && seconds > 0n) cosigned.push({ witness, seconds });
  }
  const quorum = isQuorum(policy.quorum, (witness) => cosigned.some((one) => one.witness === witness));
  return { head, cosigned, quorum };
}
