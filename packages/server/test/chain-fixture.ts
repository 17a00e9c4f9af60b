// SPDX-License-Identifier: Apache-2.0
import { createProtector } from "@telltale/protect";
import type { BootLimits } from "../src/chain/boots.js";
import type { Fate } from "../src/chain/chain.js";
import { ChainKey } from "../src/chain/chain-key.js";
import type { ChainFinding, ChainKind } from "../src/chain/finding.js";
import { RatchetTable } from "../src/chain/ratchet-table.js";
import { Ratchets } from "../src/chain/ratchets.js";
import { SourceChains } from "../src/chain/source-chains.js";
import { splitLines } from "../src/pipeline/ingest/split.js";
import { prepare, type PrepareTools } from "../src/pipeline/prepare.js";
import { loadRules } from "../src/pipeline/rules.js";
import { Fingerprint, makeFingerprintSeed } from "../src/pipeline/seal/fingerprint.js";

export const KEY_HASH = new Uint8Array(32).fill(7);
const chainKey = ChainKey.fromBytes(KEY_HASH);
const rules = loadRules([]);
const protector = createProtector();
const fingerprint = new Fingerprint(makeFingerprintSeed());

/** Chains that are given bodies, prepared by any of several threads that share a table of ratchets, without a log. */
export class ChainBench {
  readonly table = new RatchetTable();
  readonly findings: ChainFinding[] = [];
  readonly chains: SourceChains;
  upMs = 0;
  received = "2026-11-22T10:00:00.000Z";
  readonly #threads: PrepareTools[];
  readonly #sealed = new Set<string>();

  constructor({ limits, threads = 3 }: { limits?: BootLimits; threads?: number } = {}) {
    this.chains = new SourceChains({
      onFindings: (findings) => this.findings.push(...findings),
      upMs: () => this.upMs,
      ...(limits === undefined ? {} : { limits }),
    });
    this.#threads = Array.from({ length: threads }, () => ({
      protector,
      rules: rules.set,
      ruleSet: rules.name,
      fingerprint,
      ratchets: new Ratchets(new RatchetTable(this.table.shared)),
    }));
  }

  /** Takes lines as one body; what was sealed with the same bytes is dropped as the sealer does. */
  take(lines: readonly string[], { thread = 0, via = "ingest_a" } = {}): void {
    const body = Buffer.from(lines.join("\n"));
    const tools = this.#threads[thread % this.#threads.length];
    if (tools === undefined) throw new Error("there is no such thread");
    const sender = { received: this.received, via };
    const { chained } = prepare([{ body, split: splitLines(body), sender, chainKey }], tools);
    const fates = lines.map((line): Fate => {
      const isKnown = this.#sealed.has(line);
      this.#sealed.add(line);
      return isKnown ? "dropped" : "sealed";
    });
    if (chained !== undefined) this.chains.take(chained, (line) => fates.at(line) ?? "sealed");
  }

  /** Every number that was told, by kind, in the order in which it was. */
  numbers(kind: ChainKind): number[] {
    return this.findings
      .filter((each) => each.kind === kind)
      .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
  }

  told(): string[] {
    return this.findings.map(({ kind, from, to, certain }) => `${kind} ${from}-${to}${certain ? "" : "?"}`);
  }
}
