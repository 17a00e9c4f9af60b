// SPDX-License-Identifier: Apache-2.0
import type { SealState } from "../../shared/ui/Seal.js";
import { cutMiddle, formatCount } from "../../shared/format.js";

export interface ProofStep {
  ok: boolean;
  text: string;
}

export interface ProofVerdict {
  seal: SealState;
  /** One sentence. */
  headline: string;
  steps: ProofStep[];
}

export interface ProofInput {
  index: number;
  /** The exact sealed bytes, as text. */
  line: string;
  /** The tlog-proof as the server gave it. */
  proof: string;
  /** The pinned key: never the one that came with the proof. */
  vkey: string;
  /** Since when this browser knows the key, already in words. */
  pinnedSince: string;
}

const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The codes that people meet when something was changed, in words. */
const BREAKS: Record<string, string> = {
  proof_mismatch:
    "The line does not belong to the signed tree: it, or the tree, was changed after it was sealed.",
  signature_invalid:
    "The checkpoint's signature does not hold: the checkpoint was changed after it was signed.",
  signature_missing: "The checkpoint is not signed by the key that this browser has pinned.",
  wrong_origin: "The checkpoint is of another log than the one this browser has pinned.",
};

/** Why a proof does not hold, for a person. The code is kept for whoever reports it. */
function brokenBy(error: unknown): ProofVerdict {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
  const text = BREAKS[code] ?? (error instanceof Error ? error.message : "The proof cannot be read.");
  return {
    seal: "broken",
    headline: "This event is not proven. Do not rely on it.",
    steps: [{ ok: false, text: `${text} (${code})` }],
  };
}

/**
 * Verifies one event in this browser, from the bytes of the line to the signature by the pinned key. Never
 * throws: whatever a hostile server sends ends in a verdict. Without a witness's cosignature the best honest
 * verdict is `unwitnessed`.
 */
export async function verifyEventProof(input: ProofInput): Promise<ProofVerdict> {
  try {
    // Loaded when first needed: the curve is the heaviest code of the page.
    const [{ verifyReceipt, leafHash }, { nobleCrypto }] = await Promise.all([
      import("@telltale/merkle"),
      import("@telltale/merkle/noble"),
    ]);
    const entry = new TextEncoder().encode(input.line);
    const receipt = verifyReceipt({ proof: input.proof, entry, vkey: input.vkey, crypto: nobleCrypto });
    if (receipt.index !== BigInt(input.index)) {
      throw new Error(`The proof is for event ${receipt.index}, not for event ${input.index}.`);
    }
    const leaf = toHex(leafHash(nobleCrypto, entry));
    const size = formatCount(Number(receipt.size));
    return {
      seal: "unwitnessed",
      headline: "Proven in this log; unwitnessed.",
      steps: [
        {
          ok: true,
          text: `The ${formatCount(entry.length)} bytes of the sealed line hash to leaf ${cutMiddle(leaf, 13)}.`,
        },
        {
          ok: true,
          text: `That leaf is number ${formatCount(input.index)} of the tree of ${size} events with root ${cutMiddle(toHex(receipt.root), 13)}.`,
        },
        {
          ok: true,
          text: `The checkpoint with that root is signed by the key of ${cutMiddle(receipt.origin, 28)} that this browser pinned ${input.pinnedSince}.`,
        },
        {
          ok: false,
          text: "No witness has cosigned that checkpoint: only this server vouches that nobody was shown another history.",
        },
      ],
    };
  } catch (error) {
    return brokenBy(error);
  }
}
