// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "../error.js";
import { describeRanges, type EvidenceRange, toRanges } from "./ranges.js";

/** Findings are for people: beyond this many, only that there are more is of interest. */
const MAX_FINDINGS = 100;

/** What was found so far. */
export class Tally {
  readonly findings: string[] = [];
  /** Something is not what it was when the bundle was made. */
  isTampered = false;
  /** Something that should be there is not. */
  isIncomplete = false;
  isStopped = false;
  total = 0;
  firstBad: number | undefined;
  /** The log's own event tells of exactly this export. */
  recorded = false;
  /** The largest tree that those cosigned whom the verifier believes. */
  witnessedSize = 0;
  readonly #proven: number[] = [];
  readonly #unproven: number[] = [];

  #add(finding: string): void {
    if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
    else if (this.findings.length === MAX_FINDINGS) this.findings.push("and more");
  }

  wrong(finding: string, index?: number): void {
    this.isTampered = true;
    this.#add(finding);
    if (index !== undefined && (this.firstBad === undefined || index < this.firstBad)) this.firstBad = index;
  }

  gone(finding: string): void {
    this.isIncomplete = true;
    this.#add(finding);
  }

  good(index: number, { size, quorum }: { size: number; quorum: boolean }): void {
    this.#proven.push(index);
    if (quorum) this.witnessedSize = Math.max(this.witnessedSize, size);
  }

  /** An event whose proof is not there. */
  unproven(index: number): void {
    this.#unproven.push(index);
  }

  /** Events that are listed and not there. */
  absent(indices: readonly number[], isStopped: boolean): void {
    const which = describeRanges(toRanges(indices));
    if (isStopped) {
      this.isStopped = true;
      this.gone(`stopped before all was checked: ${which} were not looked at`);
    } else this.gone(`the events ${which} are listed and not there`);
  }

  /** Call once, at the end. */
  settle(): void {
    if (this.#unproven.length > 0)
      this.gone(`the proofs of the events ${describeRanges(toRanges(this.#unproven))} are missing`);
  }

  get proven(): EvidenceRange[] {
    return toRanges(this.#proven);
  }

  get checked(): number {
    return this.#proven.length;
  }

  /** Run a step whose MerkleError is a finding. */
  async attempt(prefix: string, step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      this.wrong(`${prefix}${error.message}`);
    }
  }
}
