// SPDX-License-Identifier: Apache-2.0
import type { Verdict } from "@telltale/log";
import type { EvidenceReport } from "@telltale/merkle/evidence";
import type { Against } from "../mirror/compare.js";
import type { BundleComparison } from "./bundle.js";

export interface VerifyOptions {
  data?: string;
  log: string;
  vkey?: string;
  against?: string;
  headDir?: string;
  tsaCa?: string;
  url?: string;
  key?: string;
  requireWitness?: boolean;
  evidence?: string[];
  policy?: string;
  witnessKey?: string[];
  json?: boolean;
}

/** What was verified, and what it was compared with. */
export interface Outcome {
  verdict?: Verdict;
  against?: Against;
  /** Of a bundle: what its verdict rests on. */
  evidence?: EvidenceReport;
  compared?: BundleComparison;
  /** What a reader has to know besides. */
  notes?: string[];
}

/** An outcome without anything to check. */
export function nothing(message: string): Outcome {
  return { verdict: { verdict: "unverifiable", size: 0, checked: 0, message, findings: [message] } };
}
