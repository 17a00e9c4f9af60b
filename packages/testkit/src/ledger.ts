// SPDX-License-Identifier: Apache-2.0
import { equal, ok } from "node:assert/strict";
import {
  type Checkpoint,
  hashLeaves,
  type LeafBatch,
  type Log,
  LogError,
  splitLines,
  withRange,
} from "@telltale/log";
import { verifyConsistency } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";

/** A batch of these lines, hashed. */
export function toBatch(lines: readonly string[]): LeafBatch {
  const batch = splitLines(Buffer.from(lines.map((line) => `${line}\n`).join("")));
  return { ...batch, leafHashes: hashLeaves(batch) };
}

/** Every line that the log still has, by index. */
export async function readLines(log: Log): Promise<Map<number, string>> {
  const lines = new Map<number, string>();
  for (let next = log.firstKept(0); next < log.size; next = log.firstKept(next)) {
    const { first, bytes, ends, count } = await log.read(next, log.size, 1 << 20);
    for (let i = 0; i < count; i++)
      lines.set(first + i, bytes.toString("utf8", i === 0 ? 0 : ends[i - 1], (ends[i] ?? 0) - 1));
    next = first + count;
  }
  return lines;
}

/** The event that certifies the removal of [first, next); `n` makes it different from every other line. */
export async function certificateOf(log: Log, first: number, next: number, n: number): Promise<string> {
  const root = (await log.rangeRoot(first, next)).toString("hex");
  const pruned = withRange(log.pruned, { first, next }).map((range) => [range.first, range.next]);
  return JSON.stringify({ via: "telltale", action: "log_pruned", data: { first, next, root, pruned, n } });
}

export type Fate = "acknowledged" | "refused" | "unknown";

/** What a sender knows: which lines were acknowledged and where, which were refused, and of which it knows nothing. */
export class Ledger {
  /** The line at each index that was acknowledged. */
  readonly acknowledged = new Map<number, string>();
  /** Fate unknown: once in the log, or not at all. */
  readonly unknown = new Set<string>();
  /** Refused with the promise that nothing was stored. */
  readonly refused = new Set<string>();
  #heads: Checkpoint[] = [];

  /** As much known, for another course of things. */
  clone(): Ledger {
    const other = new Ledger();
    for (const [index, line] of this.acknowledged) other.acknowledged.set(index, line);
    for (const line of this.unknown) other.unknown.add(line);
    for (const line of this.refused) other.refused.add(line);
    other.#heads = [...this.#heads];
    return other;
  }

  /** Every head that anybody could have seen. */
  see(head: Checkpoint): void {
    if (head.size > 0 && head.text !== this.#heads.at(-1)?.text) this.#heads.push(head);
  }

  async append(log: Log, lines: readonly string[]): Promise<Fate> {
    for (const line of lines) this.unknown.add(line);
    try {
      const { first } = await log.append(toBatch(lines));
      for (const [i, line] of lines.entries()) {
        this.acknowledged.set(first + i, line);
        this.unknown.delete(line);
      }
      this.see(log.checkpoint());
      return "acknowledged";
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      if (error.code === "log_failed") return "unknown";
      ok(error.code === "disk_full" || error.code === "closed", `append refused with ${error.code}`);
      for (const line of lines) {
        this.unknown.delete(line);
        this.refused.add(line);
      }
      return "refused";
    }
  }

  /**
   * Nothing acknowledged is lost or moved, nothing is there twice, nothing is there that nobody sent or that was refused, and
   * every head ever seen is a prefix of the present tree.
   */
  async check(log: Log): Promise<void> {
    const seen = await readLines(log);
    for (const [index, line] of this.acknowledged) {
      if (log.firstKept(index) === index) equal(seen.get(index), line, `event ${index}`);
      else equal(seen.get(index), undefined, `event ${index} is gone`);
    }
    equal(new Set(seen.values()).size, seen.size, "no line is there twice");
    const known = new Set([...this.acknowledged.values(), ...this.unknown]);
    for (const line of seen.values()) {
      ok(!this.refused.has(line), `it was refused and is there: ${line.slice(0, 200)}`);
      ok(known.has(line), `invented: ${JSON.stringify(line.slice(0, 200))}`);
    }
    await this.checkHeads(log);
  }

  async checkHeads(log: Log): Promise<void> {
    const now = log.checkpoint();
    for (const head of this.#heads.slice(-20)) {
      ok(head.size <= now.size, `a head of ${head.size} events was seen, the log has ${now.size}`);
      const proof = await log.consistency(head.size, now.size);
      const sizes = { size1: BigInt(head.size), size2: BigInt(now.size) };
      verifyConsistency(nodeCrypto, { ...sizes, root1: head.root, root2: now.root, proof });
    }
  }
}
