// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "../bytes.js";
import type { MerkleCrypto } from "../crypto.js";
import { ProvenNodes } from "./proven-nodes.js";
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
      /** The events whose proofs contradict each other, one of each bundle; and those proofs (C2SP tlog-proof). */
      indices?: [number, number];
      proofs?: [string, string];
    }
  /** Nothing contradicts; `common` events, and perhaps a checkpoint, stand in both. */
  | { kind: "agree"; message: string; common: number; sameTree: boolean }
  /** They have nothing in common that could contradict. */
  | { kind: "nothing_shared"; message: string };

/** A bundle that was verified, with what is needed to hold it against another. */
export interface ComparedEvidence {
  report: EvidenceReport;
  nodes: ProvenNodes;
}

/** Collects what is proven while a bundle is verified. */
export class EvidenceSide {
  readonly #nodes: ProvenNodes;

  constructor(crypto: MerkleCrypto) {
    this.#nodes = new ProvenNodes(crypto);
  }

  /** For `onEvent`. */
  readonly take = ({ index, line, receipt }: CheckedEvent): void => {
    if (receipt !== undefined) this.#nodes.add(index, line, receipt);
  };

  finish(report: EvidenceReport): ComparedEvidence {
    return { report, nodes: this.#nodes };
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
  // A log that changed its key has several, and one bundle may know of more of them than the other.
  const theirs = b.report.key?.all ?? [];
  if (!a.report.key?.all.some((vkey) => theirs.includes(vkey))) {
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
  const contradiction = a.nodes.findContradiction(b.nodes);
  if (contradiction !== undefined) {
    const { first, next, indices } = contradiction;
    const what = next - first === 1 ? `event ${first} is` : `the events ${first} to ${next - 1} are`;
    const message = `${what} one thing in the one and another in the other, and the log's key signed both: it showed two histories`;
    return { kind: "forked", message, indices, checkpoints: [one.note, two.note] };
  }
  const common = a.nodes.countCommon(b.nodes);
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
