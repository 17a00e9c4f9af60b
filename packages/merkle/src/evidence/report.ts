// SPDX-License-Identifier: Apache-2.0
import type { TreeHead } from "../checkpoint.js";
import type { Manifest } from "./manifest.js";
import type { EvidenceRange } from "./ranges.js";

export type EvidenceVerdict = "intact" | "unwitnessed" | "incomplete" | "tampered" | "unverifiable";

/** A checkpoint of the bundle that the log's key signed. */
export interface CheckedCheckpoint {
  /** The whole note, verbatim. */
  note: string;
  head: TreeHead;
  /** Cosignatures that verify, of witnesses that the bundle or the verifier names. */
  cosigned: { name: string; vkey: string; seconds: bigint; trusted: boolean }[];
  /** Whether those whom the verifier believes are enough. False where he named none. */
  quorum: boolean;
}

/** The key with which a bundle was verified. */
export interface EvidenceKey {
  vkey: string;
  /** All keys that the log had, as the history in the bundle proves them from this one. */
  all: readonly string[];
  origin: string;
  fingerprint: string;
  /** `bundle`: it came with what it is to prove, so it has to be compared with what is known from elsewhere. */
  from: "given" | "bundle";
}

/** What a verifier says about a bundle. */
export interface EvidenceReport {
  verdict: EvidenceVerdict;
  /** One sentence for people. */
  message: string;
  /** What is wrong, one sentence each. */
  findings: string[];
  /** What a reader has to know besides, one sentence each. */
  notes: string[];
  /** Events that should be there. */
  total: number;
  /** Events whose bytes were hashed and led to a signed root. */
  checked: number;
  proven: EvidenceRange[];
  /** The first event that is not what was signed. */
  firstBad?: number;
  key?: EvidenceKey;
  /** Largest first. */
  checkpoints: CheckedCheckpoint[];
  manifest?: Manifest;
}

/** One event of a bundle, as it is checked. */
export interface CheckedEvent {
  index: number;
  /** The exact sealed bytes. Valid during the call only. */
  line: Uint8Array;
  /** Why it is not proven; undefined when it is. */
  problem?: string;
  /** The proof that holds, as text. */
  receipt?: string;
}
