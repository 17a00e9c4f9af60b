// SPDX-License-Identifier: Apache-2.0
import type { Appended, LeafBatch } from "@telltale/log";
import { createProtector } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import { RatchetTable } from "../../chain/ratchet-table.js";
import { Ratchets } from "../../chain/ratchets.js";
import { splitLines } from "../ingest/split.js";
import { prepare, type SplitBody } from "../prepare.js";
import { loadRules } from "../rules.js";
import { Fingerprint, makeFingerprintSeed } from "./fingerprint.js";
import { Sealer, type AppendLog, type Sealed } from "./sealer.js";

const rules = loadRules([]);
const tools = {
  protector: createProtector(),
  rules: rules.set,
  ruleSet: rules.name,
  fingerprint: new Fingerprint(makeFingerprintSeed()),
  ratchets: new Ratchets(new RatchetTable()),
};

interface Sent {
  id: string;
  action?: string;
}

function bodyOf(via: string, events: readonly Sent[]): SplitBody {
  const body = Buffer.from(events.map((each) => JSON.stringify({ action: "login", ...each })).join("\n"));
  return { body, split: splitLines(body), sender: { received: "2026-11-22T10:00:00.000Z", via } };
}

async function seal(sealer: Sealer, via: string, ...events: Sent[]): Promise<Sealed> {
  const [sealed] = await sealer.seal(prepare([bodyOf(via, events)], tools));
  return sealed!;
}

const id = (n: number): string => `0193500a-0000-7000-8000-${String(n).padStart(12, "0")}`;

const twoBodies = (): ReturnType<typeof prepare> =>
  prepare([bodyOf("a", [{ id: id(1) }]), bodyOf("b", [{ id: id(1) }, { id: id(1) }])], tools);

class MemoryLog implements AppendLog {
  lines: string[] = [];
  failNext = false;
  async append(batch: LeafBatch): Promise<Appended> {
    await Promise.resolve();
    if (this.failNext) {
      this.failNext = false;
      throw new Error("disk full");
    }
    const first = this.lines.length;
    let start = 0;
    for (const end of batch.ends) {
      this.lines.push(batch.bytes.toString("utf8", start, end - 1));
      start = end;
    }
    return { first, count: batch.count };
  }
}

describe("Sealer", () => {
  it("seals each id once, also inside one batch", async () => {
    const log = new MemoryLog();
    const sealer = new Sealer(log);
    expect(await seal(sealer, "a", { id: id(1) }, { id: id(2) }, { id: id(1) })).toEqual({
      accepted: 2,
      duplicates: 1,
      first: 0,
      last: 1,
      conflicts: 0,
    });
    expect(await seal(sealer, "a", { id: id(2) }, { id: id(3) })).toMatchObject({
      accepted: 1,
      duplicates: 1,
      first: 2,
      last: 2,
    });
    expect(await seal(sealer, "a", { id: id(3) })).toMatchObject({
      accepted: 0,
      duplicates: 1,
      first: null,
      last: null,
    });
    expect(log.lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([id(1), id(2), id(3)]);
  });
  it("keeps the same id with other bytes and says so, once", async () => {
    const log = new MemoryLog();
    const sealer = new Sealer(log);
    await seal(sealer, "a", { id: id(1) });
    expect(await seal(sealer, "a", { id: id(1), action: "other" })).toMatchObject({
      accepted: 1,
      conflicts: 1,
    });
    expect(await seal(sealer, "a", { id: id(1), action: "other" })).toMatchObject({
      accepted: 0,
      duplicates: 1,
    });
  });
  it("keeps keys apart", async () => {
    const sealer = new Sealer(new MemoryLog());
    await seal(sealer, "a", { id: id(1) });
    expect(await seal(sealer, "b", { id: id(1) })).toMatchObject({ accepted: 1, duplicates: 0 });
  });
  it("takes events again after an append that failed, and fails duplicates that waited for it", async () => {
    const log = new MemoryLog();
    log.failNext = true;
    const sealer = new Sealer(log);
    const [original, duplicate] = await Promise.allSettled([
      seal(sealer, "a", { id: id(1) }),
      seal(sealer, "a", { id: id(1) }),
    ]);
    expect(original.status).toBe("rejected");
    expect(duplicate.status).toBe("rejected");
    expect(await seal(sealer, "a", { id: id(1) })).toMatchObject({ accepted: 1, first: 0 });
  });
  it("answers each body of a batch for itself", async () => {
    const log = new MemoryLog();
    const sealer = new Sealer(log);
    await seal(sealer, "a", { id: id(1) });
    const bodies = [
      bodyOf("a", [{ id: id(2) }, { id: id(1) }, { id: id(3) }]),
      bodyOf("b", []),
      bodyOf("a", [{ id: id(3) }]),
      bodyOf("b", [{ id: id(3) }, { id: id(3), action: "other" }]),
    ];
    expect(await sealer.seal(prepare(bodies, tools))).toEqual([
      { accepted: 2, duplicates: 1, conflicts: 0, first: 1, last: 2 },
      { accepted: 0, duplicates: 0, conflicts: 0, first: null, last: null },
      { accepted: 0, duplicates: 1, conflicts: 0, first: null, last: null },
      { accepted: 2, duplicates: 0, conflicts: 1, first: 3, last: 4 },
    ]);
    expect(log.lines.map((line) => (JSON.parse(line) as { via: string }).via)).toEqual([
      "a",
      "a",
      "a",
      "b",
      "b",
    ]);
  });
  it("takes every body of a batch again after an append that failed", async () => {
    const log = new MemoryLog();
    const sealer = new Sealer(log);
    log.failNext = true;
    await expect(sealer.seal(twoBodies())).rejects.toThrow("disk full");
    expect(await sealer.seal(twoBodies())).toMatchObject([
      { accepted: 1, first: 0 },
      { accepted: 1, duplicates: 1, first: 1 },
    ]);
  });
});
