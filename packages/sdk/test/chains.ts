// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from "node:crypto";
import type { SentEvent } from "@telltale/event";

/** What a server can say of one chain after it has seen these lines: the numbers that came, and those that do not fit. */
export interface ChainReport {
  seqs: number[];
  /** Numbers below the highest that never came. */
  missing: number[];
  /** Numbers whose `prev` is not the keyed hash of the event before, where that came. */
  broken: number[];
}

const hmac = (key: Buffer, message: string): string =>
  createHmac("sha256", key).update(message).digest("hex").slice(0, 32);

/** Checks all chains in these lines as the contract has it, slowly and from the beginning. By boot. */
export function checkChains(lines: readonly string[], secret: string): Map<string, ChainReport> {
  const byBoot = new Map<string, Map<number, { line: string; prev: string }>>();
  const order = new Map<string, number[]>();
  for (const line of lines) {
    const { boot = "", seq = 0, prev = "" } = (JSON.parse(line) as SentEvent).source;
    const chain = byBoot.get(boot) ?? new Map<number, { line: string; prev: string }>();
    byBoot.set(boot, chain.set(seq, { line, prev }));
    order.set(boot, [...(order.get(boot) ?? []), seq]);
  }
  const reports = new Map<string, ChainReport>();
  for (const [boot, chain] of byBoot) {
    const report: ChainReport = { seqs: order.get(boot) ?? [], missing: [], broken: [] };
    let key = createHmac("sha256", createHash("sha256").update(secret).digest()).update(boot).digest();
    let expected: string | undefined = hmac(key, "");
    for (let seq = 1; seq <= Math.max(...chain.keys()); seq++) {
      const event = chain.get(seq);
      key = createHash("sha256").update(key).digest();
      if (event === undefined) report.missing.push(seq);
      else if (expected !== undefined && event.prev !== expected) report.broken.push(seq);
      expected = event === undefined ? undefined : hmac(key, event.line);
    }
    reports.set(boot, report);
  }
  return reports;
}
