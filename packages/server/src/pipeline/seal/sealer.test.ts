// SPDX-License-Identifier: Apache-2.0
import type { Appended, LeafBatch } from "@telltale/log";
import { createProtector } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import { splitLines } from "../ingest/split.js";
import { prepare, type Prepared } from "../prepare.js";
import { loadRules } from "../rules.js";
import { Sealer, type AppendLog } from "./sealer.js";

const rules = loadRules([]);
const tools = { protector: createProtector(), rules: rules.set, ruleSet: rules.name };

function prepared(...events: { id: string; action?: string; n?: number }[]): Prepared {
  const body = Buffer.from(events.map((each) => JSON.stringify({ action: "login", ...each })).join("\n"));
  return prepare(body, splitLines(body), { received: "2026-11-22T10:00:00.000Z", via: "ingest_a" }, tools);
}

const id = (n: number): string => `0193500a-0000-7000-8000-${String(n).padStart(12, "0")}`;

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
    expect(await sealer.seal(prepared({ id: id(1) }, { id: id(2) }, { id: id(1) }), "a")).toEqual({
      accepted: 2,
      duplicates: 1,
      first: 0,
      last: 1,
      conflicts: 0,
    });
    expect(await sealer.seal(prepared({ id: id(2) }, { id: id(3) }), "a")).toMatchObject({
      accepted: 1,
      duplicates: 1,
      first: 2,
      last: 2,
    });
    expect(await sealer.seal(prepared({ id: id(3) }), "a")).toMatchObject({
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
    await sealer.seal(prepared({ id: id(1) }), "a");
    expect(await sealer.seal(prepared({ id: id(1), action: "other" }), "a")).toMatchObject({
      accepted: 1,
      conflicts: 1,
    });
    expect(await sealer.seal(prepared({ id: id(1), action: "other" }), "a")).toMatchObject({
      accepted: 0,
      duplicates: 1,
    });
  });
  it("keeps keys apart", async () => {
    const sealer = new Sealer(new MemoryLog());
    await sealer.seal(prepared({ id: id(1) }), "a");
    expect(await sealer.seal(prepared({ id: id(1) }), "b")).toMatchObject({ accepted: 1, duplicates: 0 });
  });
  it("takes events again after an append that failed, and fails duplicates that waited for it", async () => {
    const log = new MemoryLog();
    log.failNext = true;
    const sealer = new Sealer(log);
    const [original, duplicate] = await Promise.allSettled([
      sealer.seal(prepared({ id: id(1) }), "a"),
      sealer.seal(prepared({ id: id(1) }), "a"),
    ]);
    expect(original.status).toBe("rejected");
    expect(duplicate.status).toBe("rejected");
    expect(await sealer.seal(prepared({ id: id(1) }), "a")).toMatchObject({ accepted: 1, first: 0 });
  });
});
