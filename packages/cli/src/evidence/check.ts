// SPDX-License-Identifier: Apache-2.0
import { openEvidence } from "@telltale/log";
import { MerkleError, type WitnessPolicy } from "@telltale/merkle";
import { type CheckedEvent, type EvidenceReport, verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import type { CliIo } from "../io.js";
import { createProgress } from "../ui/progress.js";
import { formatCount } from "../ui/units.js";

export interface CheckEvidence {
  vkey?: string;
  policy?: WitnessPolicy;
  requireWitness?: boolean;
  onEvent?: (event: CheckedEvent) => void;
}

function unreadable(message: string): EvidenceReport {
  const rest = { findings: [message], notes: [], total: 0, checked: 0, proven: [], checkpoints: [] };
  return { verdict: "unverifiable", message, ...rest };
}

/** Verify a bundle, zip or folder. Never throws for what the bundle holds; errors of the operating system pass. */
export async function checkEvidence(
  io: CliIo,
  place: string,
  options: CheckEvidence,
): Promise<EvidenceReport> {
  const progress = createProgress(io, "verifying");
  try {
    const { files, close } = await openEvidence(place);
    try {
      return await verifyEvidence(files, {
        crypto: nodeCrypto,
        ...options,
        signal: io.signal,
        onProgress: ({ checked, total }) =>
          progress.update(checked, total, `${formatCount(checked)} of ${formatCount(total)} events`),
      });
    } finally {
      await close();
    }
  } catch (error) {
    if (error instanceof MerkleError)
      return unreadable(`this cannot be read as a bundle of evidence: ${error.message}`);
    throw error;
  } finally {
    progress.clear();
  }
}
