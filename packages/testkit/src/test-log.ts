// SPDX-License-Identifier: Apache-2.0
import { deepEqual, equal, ok } from "node:assert/strict";
import { type Checkpoint, type Log, openLog, type OpenLogOptions, verifyLog } from "@telltale/log";
import { verifyConsistency, verifyReceipt } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { certificateOf, readLines, toBatch } from "./ledger.js";
import { type TempDir, tempDir } from "./temp.js";

export type TestLogOptions = Partial<OpenLogOptions>;

/**
 * A log that is checked completely after every step: by the verifier over the whole directory, every acknowledged
 * line once and where it was said to be, every checkpoint ever seen a prefix of the present one.
 */
export class TestLog {
  readonly dir: TempDir;
  readonly #options: TestLogOptions;
  /** What was acknowledged: the line at each index. */
  readonly acknowledged = new Map<number, string>();
  /** Lines whose append was refused with an unknown fate: once in the log, or not at all. */
  readonly unknown = new Set<string>();
  readonly #heads: Checkpoint[] = [];
  readonly fatal: Error[] = [];
  readonly warnings: Error[] = [];
  #log: Log | undefined;
  #next = 0;

  private constructor(dir: TempDir, options: TestLogOptions) {
    this.dir = dir;
    this.#options = options;
  }

  static async create(options: TestLogOptions = {}): Promise<TestLog> {
    const test = new TestLog(tempDir("log", true), options);
    await test.open();
    return test;
  }

  /** Without opening: for a first start that is going to fail. */
  static prepare(options: TestLogOptions = {}): TestLog {
    return new TestLog(tempDir("log", true), options);
  }

  get log(): Log {
    ok(this.#log !== undefined, "the log is open");
    return this.#log;
  }

  /** Open the directory, with other options for this once. */
  async open(options: TestLogOptions = {}): Promise<Log> {
    this.#log = await openLog({
      dataDir: this.dir.path,
      create: { originName: "example.com/test" },
      onFatal: (error) => this.fatal.push(error),
      onWarning: (error) => this.warnings.push(error),
      ...this.#options,
      ...options,
    });
    return this.#log;
  }

  /** Append `count` new lines, without checking. Resolves when they are acknowledged. */
  async appendOnly(count: number, length = 60): Promise<void> {
    const lines = Array.from({ length: count }, () => {
      const n = this.#next++;
      return `{"n":${n},"pad":"${"x".repeat(Math.max(0, length - 16 - `${n}`.length))}"}`;
    });
    await this.appendLines(lines);
  }

  /** Append lines as they are, without checking; the index of the first one. */
  async appendLines(lines: readonly string[]): Promise<number> {
    for (const line of lines) this.unknown.add(line);
    const { first } = await this.log.append(toBatch(lines));
    for (const [i, line] of lines.entries()) {
      this.acknowledged.set(first + i, line);
      this.unknown.delete(line);
    }
    this.#heads.push(this.log.checkpoint());
    return first;
  }

  /** Append the certificate that allows [first, next) to be pruned; its index. */
  async certify(first: number, next: number): Promise<number> {
    return this.appendLines([await certificateOf(this.log, first, next, this.#next++)]);
  }

  /** Certify and prune [first, next). */
  async prune(first: number, next: number): Promise<void> {
    await this.log.prune({ first, next, certificate: await this.certify(first, next) });
  }

  async append(count: number, length?: number): Promise<void> {
    await this.appendOnly(count, length);
    await this.check();
  }

  /** Wait until every closed segment is compressed. */
  async compressed(): Promise<void> {
    for (
      let tries = 0;
      this.log.segments().some(({ closed, path }) => closed && !path.endsWith(".zst"));
      tries++
    ) {
      ok(tries < 1000, "closed segments are compressed within ten seconds");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async close(): Promise<void> {
    await this.#log?.close();
    this.#log = undefined;
  }

  async reopen(options: TestLogOptions = {}): Promise<void> {
    await this.close();
    await this.checkDirectory();
    await this.open(options);
    await this.check();
  }

  /** The verifier's view of the directory. */
  async checkDirectory(): Promise<void> {
    const verdict = await verifyLog({ dataDir: this.dir.path });
    const expected = verdict.size === 0 ? "unverifiable" : "intact";
    deepEqual({ verdict: verdict.verdict, findings: verdict.findings }, { verdict: expected, findings: [] });
    const gone = verdict.pruned?.reduce((sum, { first, next }) => sum + next - first, 0) ?? 0;
    equal(verdict.checked, verdict.size - gone);
  }

  /** Everything: the directory, the acknowledged lines, old heads, a few receipts. */
  async check(): Promise<void> {
    await this.checkDirectory();
    const { log } = this;
    const seen = await readLines(log);
    for (const [index, line] of this.acknowledged) {
      if (log.firstKept(index) === index) equal(seen.get(index), line, `event ${index}`);
      else equal(seen.get(index), undefined, `event ${index} is gone`);
    }
    equal(new Set(seen.values()).size, seen.size, "no line is there twice");
    const known = new Set([...this.acknowledged.values(), ...this.unknown]);
    for (const line of seen.values()) ok(known.has(line), `invented: ${line}`);
    await this.#checkHeads();
    for (const index of new Set([0, log.size - 1, Math.floor(log.size / 2)])) {
      if (index < 0 || index >= log.size) continue;
      // A receipt needs no line in the log: whoever kept the event can have it proven for ever.
      const entry = Buffer.from(seen.get(index) ?? this.acknowledged.get(index) ?? "");
      const receipt = verifyReceipt({
        proof: await log.proof(index),
        entry,
        vkey: log.vkey,
        crypto: nodeCrypto,
      });
      equal(receipt.index, BigInt(index));
    }
  }

  async #checkHeads(): Promise<void> {
    const now = this.log.checkpoint();
    for (const head of this.#heads.slice(-20)) {
      if (head.size === 0) continue;
      const proof = await this.log.consistency(head.size, now.size);
      const sizes = { size1: BigInt(head.size), size2: BigInt(now.size) };
      verifyConsistency(nodeCrypto, { ...sizes, root1: head.root, root2: now.root, proof });
    }
  }

  async dispose(): Promise<void> {
    await this.close();
    this.dir.dispose();
  }
}
