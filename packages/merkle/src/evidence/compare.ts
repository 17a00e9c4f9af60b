// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "../bytes.js";
import type { MerkleCrypto } from "../crypto.js";
import { leafHash } from "../hash.js";
import type { CheckedCheckpoint, CheckedEvent, EvidenceReport } from "./report.js";

/**
 * How two bundles stand to each other. `forked` is proof for anybody: what is named carries the same key's signature and cannot both be
 * true of one log.
 */
export type EvidenceRelation =
  /** Of different logs, or under different keys. */
  | { kind: "other_log"; message: string }
  /** One of them does not verify, so it says nothing about the log. */
  | { kind: "not_proven"; message: string }
  | {
      kind: "forked";
      message: string;
      /** The contradicting checkpoints, as signed. */
      checkpoints: [string, string];
      /** The event that both prove, each with another content; its proofs (C2SP tlog-proof). */
      index?: number;
      proofs?: [string, string];
    }
  /** Nothing contradicts; `common` events, and perhaps a checkpoint, stand in both. */
  | { kind: "agree"; message: string; common: number; sameTree: boolean }
  /** They have nothing in common that could contradict. */
  | { kind: "nothing_shared"; message: string };

/** A bundle that was verified, with what is needed to hold it against another. */
export interface ComparedEvidence {
  report: EvidenceReport;
  leaves: ReadonlyMap<number, Uint8Array>;
}

/** Collects what is proven while a bundle is verified: 32 bytes an event. */
export class EvidenceSide {
  readonly #crypto: MerkleCrypto;
  readonly #leaves = new Map<number, Uint8Array>();

  constructor(crypto: MerkleCrypto) {
    this.#crypto = crypto;
  }

  /** For `onEvent`. */
  readonly take = ({ index, line, receipt }: CheckedEvent): void => {
    if (receipt !== undefined) this.#leaves.set(index, leafHash(this.#crypto, line));
  };

  finish(report: EvidenceReport): ComparedEvidence {
    return { report, leaves: this.#leaves };
  }
}

const largest = ({ report }: ComparedEvidence): CheckedCheckpoint | undefined => report.checkpoints[0];

/** Two checkpoints of one size with different roots. */
function findTwoRoots(
  a: ComparedEvidence,
  b: ComparedEvidence,
): [CheckedCheckpoint, CheckedCheckpoint] | undefined {
  for (const one of a.report.checkpoints)
    for (const two of b.report.checkpoints)
      if (one.head.size === two.head.size && !equalBytes(one.head.root, two.head.root)) return [one, two];
  return undefined;
}

/** Compare two bundles. Checkpoints and events count as far as each is proven by its own signatures. */
export function compareEvidence(a: ComparedEvidence, b: ComparedEvidence): EvidenceRelation {
  const [one, two] = [largest(a), largest(b)];
  if (one === undefined || two === undefined)
    return {
      kind: "not_proven",
      message: "one of them has no checkpoint that is signed: nothing can be compared",
    };
  const [keyA, keyB] = [a.report.key?.vkey, b.report.key?.vkey];
  if (keyA !== keyB) {
    const sameName = a.report.key?.origin === b.report.key?.origin;
    const message = sameName
      ? "both call themselves the same log and are signed with different keys: at most one of them is it"
      : "they are of different logs";
    return { kind: "other_log", message };
  }
  const roots = findTwoRoots(a, b);
  if (roots !== undefined) {
    const message = `the log's key signed two different trees of ${roots[0].head.size} events: it showed two histories`;
    return { kind: "forked", message, checkpoints: [roots[0].note, roots[1].note] };
  }
  let common = 0;
  for (const [index, leaf] of a.leaves) {
    const other = b.leaves.get(index);
    if (other === undefined) continue;
    if (!equalBytes(leaf, other)) {
      const message = `event ${index} is one thing in the one and another in the other, and the log's key signed both: it showed two histories`;
      return { kind: "forked", message, index, checkpoints: [one.note, two.note] };
    }
    common++;
  }
  const sameTree = a.report.checkpoints.some(({ head }) =>
    b.report.checkpoints.some((other) => other.head.size === head.size),
  );
  if (common === 0 && !sameTree)
    return {
      kind: "nothing_shared",
      message:
        "they have no event and no size of the tree in common: they neither contradict nor support each other",
    };
  const tree = sameTree ? ", and they are of the same tree" : "";
  return {
    kind: "agree",
    message: `nothing contradicts: ${common} events are the same in both${tree}`,
    common,
    sameTree,
  };
}
