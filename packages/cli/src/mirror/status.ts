// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from "node:fs";
import { fingerprintOf, type MirrorState } from "@telltale/log";
import { systemCode } from "../failure.js";

/** What `telltale mirror status` says; nothing is checked but the two signatures of the checkpoint. */
export interface MirrorStatus {
  dir: string;
  origin: string;
  vkey: string;
  fingerprint: string;
  pinned: "given" | "first-use";
  since: string;
  source: string;
  size: number;
  /** When the mirror last saw that this is the newest. */
  seen: string;
  absent: { first: number; next: number }[];
  cosigner: string;
  /** Folders with proofs of misbehaviour. */
  evidence: string[];
}

function listEvidence({ paths }: MirrorState): string[] {
  try {
    return readdirSync(paths.evidence).sort();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}

export function toStatus(state: MirrorState): MirrorStatus {
  const { pin, held, paths, logKey, vkey } = state;
  return {
    dir: paths.dir,
    origin: logKey.name,
    vkey: pin.vkey,
    fingerprint: fingerprintOf(pin.vkey),
    pinned: pin.pinned,
    since: new Date(pin.since).toISOString(),
    source: pin.source,
    size: held.size,
    seen: new Date(held.seen * 1000).toISOString(),
    absent: pin.absent,
    cosigner: vkey,
    evidence: listEvidence(state),
  };
}
