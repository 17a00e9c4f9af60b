// SPDX-License-Identifier: Apache-2.0
import { openEvidence } from "@telltale/log";
import { MerkleError } from "@telltale/merkle";
import {
  compareEvidence,
  EvidenceSide,
  type EvidenceReport,
  type EvidenceRelation,
} from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import type { Context } from "../context.js";
import { checkEvidence } from "../evidence/check.js";
import { CliFailure } from "../failure.js";
import { readTrust } from "../witness-trust.js";
import type { Outcome, VerifyOptions } from "./options.js";

/** How a bundle stands to another one. */
export interface BundleComparison {
  /** The other bundle, and what it is worth by itself. */
  other: string;
  verdict: EvidenceReport["verdict"];
  relation: EvidenceRelation;
}

function toVerdict({
  verdict,
  checked,
  message,
  findings,
  firstBad,
  checkpoints,
}: EvidenceReport): Outcome["verdict"] {
  const size = Number(checkpoints[0]?.head.size ?? 0n);
  return { verdict, size, checked, message, findings, ...(firstBad !== undefined && { firstBad }) };
}

/** The proof of one event of a bundle, to be shown to somebody. */
async function proofOf(place: string, index: number): Promise<string> {
  const { proofName, readWhole } = await import("@telltale/merkle/evidence");
  try {
    const { files, close } = await openEvidence(place);
    try {
      return Buffer.from((await readWhole(files, proofName(index))) ?? "").toString("utf8");
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof MerkleError) return "";
    throw error;
  }
}

/** A bundle, zip or folder, by itself or against another one. */
export async function verifyBundle(
  options: VerifyOptions,
  place: string,
  context: Context,
): Promise<Outcome> {
  const { io } = context;
  const { witness } = await readTrust(options, io.now());
  const how = {
    ...(options.vkey !== undefined && { vkey: options.vkey }),
    ...(witness !== undefined && { policy: witness.policy }),
    ...(options.requireWitness === true && { requireWitness: true }),
  };
  const one = new EvidenceSide(nodeCrypto);
  const evidence = await checkEvidence(io, place, { ...how, onEvent: one.take });
  if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
  const outcome: Outcome = { evidence, verdict: toVerdict(evidence), notes: evidence.notes };
  const { against: other } = options;
  if (other === undefined) return outcome;
  const two = new EvidenceSide(nodeCrypto);
  // Under a key of its own: whether both are of one key is what is asked.
  const report = await checkEvidence(io, other, { onEvent: two.take });
  if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
  const found = compareEvidence(one.finish(evidence), two.finish(report));
  const relation: EvidenceRelation =
    found.kind === "forked" && found.indices !== undefined
      ? { ...found, proofs: [await proofOf(place, found.indices[0]), await proofOf(other, found.indices[1])] }
      : found;
  return { ...outcome, compared: { other, verdict: report.verdict, relation } };
}
