// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "../bytes.js";
import type { MerkleCrypto } from "../crypto.js";
import { MerkleError } from "../error.js";
import type { KeyRange } from "../key-ranges.js";
import { isQuorum, type PolicyWitness, type WitnessPolicy } from "../policy.js";
import { verifyConsistency } from "../verify.js";
import { formatVkey } from "../vkey.js";
import { parseAddCheckpoint } from "../witness.js";
import { verifyWitnessed } from "../witnessed.js";
import type { CheckedCheckpoint } from "./report.js";

/** A bundle has one or two; a forged one must not make us verify a signature for each event. */
const MAX_NOTES = 8;

export interface BookParts {
  crypto: MerkleCrypto;
  logKeys: readonly KeyRange[];
  /** Whom the verifier believes. */
  trusted: WitnessPolicy | undefined;
  /** Whom the bundle names: shown, and not believed. */
  named: readonly PolicyWitness[];
}

/** The checkpoints that occur in a bundle, each verified once. */
export class CheckpointBook {
  readonly #parts: BookParts;
  readonly #witnesses: PolicyWitness[];
  readonly #notes = new Map<string, CheckedCheckpoint | MerkleError>();

  constructor(parts: BookParts) {
    this.#parts = parts;
    const trusted = parts.trusted?.witnesses ?? [];
    const isKnown = ({ key }: PolicyWitness) =>
      trusted.some((other) => equalBytes(other.key.publicKey, key.publicKey));
    this.#witnesses = [...trusted, ...parts.named.filter((witness) => !isKnown(witness))];
  }

  /** The checkpoint, when a key that speaks for its size signed it. Throws MerkleError. */
  take(note: string): CheckedCheckpoint {
    const known = this.#notes.get(note);
    if (known instanceof MerkleError) throw known;
    if (known !== undefined) return known;
    if (this.#notes.size >= MAX_NOTES)
      throw new MerkleError("bad_evidence", "a proof has a checkpoint that is none of the bundle's");
    try {
      const checked = this.#verify(note);
      this.#notes.set(note, checked);
      return checked;
    } catch (error) {
      if (error instanceof MerkleError) this.#notes.set(note, error);
      throw error;
    }
  }

  #verify(note: string): CheckedCheckpoint {
    const { crypto, logKeys, trusted } = this.#parts;
    const all: WitnessPolicy = { logs: [], witnesses: this.#witnesses, quorum: { kind: "none" } };
    const { head, cosigned } = verifyWitnessed(crypto, note, logKeys, all);
    if (head.size > BigInt(Number.MAX_SAFE_INTEGER))
      throw new MerkleError("bad_checkpoint", "no log has so many events");
    const has = (witness: PolicyWitness): boolean => cosigned.some((one) => one.witness === witness);
    return {
      note,
      head,
      cosigned: cosigned.map(({ witness, seconds }) => ({
        name: witness.key.name,
        vkey: formatVkey(witness.key),
        seconds,
        trusted: trusted?.witnesses.includes(witness) ?? false,
      })),
      // A quorum of nobody is nobody's word.
      quorum: trusted !== undefined && trusted.witnesses.some(has) && isQuorum(trusted.quorum, has),
    };
  }

  /** All that verified, the largest first. */
  get checked(): CheckedCheckpoint[] {
    const all = [...this.#notes.values()].flatMap((each) => (each instanceof MerkleError ? [] : [each]));
    return all.sort((a, b) => (a.head.size < b.head.size ? 1 : a.head.size > b.head.size ? -1 : 0));
  }

  /**
   * Whether all checkpoints are of one history: `undefined` when they are, "unlinked" when nothing shows it. Throws MerkleError where
   * they contradict each other.
   */
  findUnlinked(consistency: Uint8Array | undefined): "unlinked" | undefined {
    const [largest, ...others] = this.checked;
    if (largest === undefined || (others.length === 0 && consistency === undefined)) return undefined;
    for (const [i, other] of others.entries()) verifyDistinct(other, i === 0 ? largest : others[i - 1]);
    if (consistency === undefined) return "unlinked";
    const { oldSize, proof, checkpoint } = parseAddCheckpoint(consistency);
    if (checkpoint !== largest.note)
      throw new MerkleError(
        "proof_mismatch",
        "the proof that links the checkpoints is of another checkpoint",
      );
    for (const { head } of others) {
      if (head.size !== oldSize) return "unlinked";
      const [size1, root1, size2, root2] = [head.size, head.root, largest.head.size, largest.head.root];
      verifyConsistency(this.#parts.crypto, { size1, root1, size2, root2, proof });
    }
    return undefined;
  }
}

/** Each checkpoint is written down verbatim wherever it stands, so two of one size are one too many. */
function verifyDistinct(a: CheckedCheckpoint, b: CheckedCheckpoint | undefined): void {
  if (b === undefined || a.head.size !== b.head.size) return;
  if (equalBytes(a.head.root, b.head.root))
    throw new MerkleError("bad_evidence", "one checkpoint stands there with two sets of signatures");
  throw new MerkleError(
    "proof_mismatch",
    "two signed roots for one size: the log's key signed two histories",
  );
}
