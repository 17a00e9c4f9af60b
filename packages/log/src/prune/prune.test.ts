// SPDX-License-Identifier: Apache-2.0
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { type IndexRange, verifyLog } from "@telltale/log";
import { verifyReceipt } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { FaultFs, type FaultMode, TestLog } from "@telltale/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { formatRecord } from "./record.js";
import { codeOf } from "../../test/code-of.js";

let test: TestLog;

afterEach(() => test.dispose());

const at = (name: string): string => path.join(test.dir.path, name);
const files = (): string[] => readdirSync(at("log/main/segment"));
const verify = (): ReturnType<typeof verifyLog> => verifyLog({ dataDir: test.dir.path });

function remove(first: number): void {
  const name = first.toString().padStart(20, "0");
  for (const file of files()) if (file.startsWith(name)) rmSync(at(`log/main/segment/${file}`));
}

/** Segments of 256 events, all but the last one compressed. */
async function prepare(segments: number, options = {}): Promise<void> {
  test = await TestLog.create({ segmentBytes: 4000, ...options });
  for (let i = 0; i < segments; i++) await test.appendOnly(256, 24);
  await test.appendOnly(3, 24);
  await test.compressed();
}

describe("prune", () => {
  it("removes lines and keeps size, root, receipts and consistency; also after a restart", async () => {
    await prepare(5);
    const { log } = test;
    const before = log.checkpoint();
    const receipts = await Promise.all([0, 255, 256, 700, 1282].map((index) => log.proof(index)));
    await test.prune(0, 512);
    expect(log.pruned).toEqual([{ first: 0, next: 512 }]);
    expect(log.firstKept(3)).toBe(512);
    expect(log.segments()[0]?.first).toBe(512);
    expect(files().some((name) => /^0+(0|256)\./.test(name))).toBe(false);
    for (const index of [0, 255, 256, 511]) {
      expect(await codeOf(log.read(index, index + 1))).toBe("pruned");
      expect(await codeOf(log.entryBundle(Math.floor(index / 256)))).toBe("pruned");
    }
    await test.check();
    await test.reopen();
    expect(test.log.pruned).toEqual([{ first: 0, next: 512 }]);
    expect(test.log.size).toBe(before.size + 1);
    for (const proof of receipts) {
      const index = Number(/index (\d+)/.exec(proof)?.[1]);
      const entry = Buffer.from(test.acknowledged.get(index) ?? "");
      verifyReceipt({ proof, entry, vkey: test.log.vkey, crypto: nodeCrypto });
    }
    await test.append(300);
    await test.prune(512, 1024);
    await test.reopen();
    expect(test.log.pruned).toEqual([{ first: 0, next: 1024 }]);
    expect(await verify()).toMatchObject({
      verdict: "intact",
      pruned: [{ first: 0, next: 1024 }],
      provenTo: test.log.size,
      message: expect.stringContaining("[0, 1024)") as string,
    });
  });

  it("goes around what is held: a hole in the middle, and lines are read up to it", async () => {
    await prepare(5);
    await test.prune(256, 512);
    await test.prune(768, 1024);
    const { log } = test;
    expect(log.pruned).toEqual([
      { first: 256, next: 512 },
      { first: 768, next: 1024 },
    ]);
    expect((await log.read(100, log.size)).count).toBe(156);
    expect((await log.read(512, log.size)).count).toBe(256);
    await test.check();
    await test.reopen();
    await test.prune(512, 768);
    expect(test.log.pruned).toEqual([{ first: 256, next: 1024 }]);
    await test.reopen();
    expect(await verify()).toMatchObject({ verdict: "intact" });
  });

  it("refuses what is not whole closed compressed segments, what is held, and what is not certified", async () => {
    await prepare(3);
    const { log } = test;
    const certificate = await test.certify(0, 256);
    const refused: [IndexRange & { certificate: number; held?: IndexRange[] }, string][] = [
      [{ first: 0, next: 255, certificate }, "bad_range"],
      [{ first: 1, next: 256, certificate }, "bad_range"],
      [{ first: 768, next: 1024, certificate }, "bad_range"], // the open segment
      [{ first: 256, next: 256, certificate }, "bad_range"],
      [{ first: 0, next: Number.NaN, certificate }, "bad_range"],
      [{ first: 0, next: 256, certificate, held: [{ first: 255, next: 256 }] }, "held"],
      [{ first: 0, next: 512, certificate }, "bad_certificate"],
      [{ first: 256, next: 512, certificate }, "bad_certificate"],
      [{ first: 0, next: 256, certificate: certificate - 1 }, "bad_certificate"],
      [{ first: 0, next: 256, certificate: 12 }, "bad_certificate"],
      [{ first: 0, next: 256, certificate: log.size }, "bad_certificate"],
    ];
    for (const [request, code] of refused) expect(await codeOf(log.prune(request))).toBe(code);
    expect(log.pruned).toEqual([]);
    await log.prune({ first: 0, next: 256, certificate, held: [{ first: 256, next: 300 }] });
    expect(await codeOf(log.prune({ first: 0, next: 256, certificate }))).toBe("bad_range");
    await test.check();
  });

  it("a certificate that an application invented, or with another root, certifies nothing", async () => {
    await prepare(2);
    const root = (await test.log.rangeRoot(0, 256)).toString("hex");
    const data = { first: 0, next: 256, root, pruned: [[0, 256]] };
    const good = { via: "telltale", action: "log_pruned", data };
    const forged = [
      { ...good, via: "key-1" },
      { ...good, action: "log_viewed" },
      { ...good, data: { ...data, root: "0".repeat(64) } },
      { ...good, data: { ...data, pruned: [] } },
      { ...good, data: { ...data, pruned: [[0, 512]] } },
      { ...good, data: { ...data, pruned: [[0, 256, 9]] } },
      { ...good, data: { ...data, next: "256" } },
      { ...good, data: null },
      [good],
      { message: JSON.stringify(good) },
    ];
    const first = await test.appendLines(forged.map((event) => JSON.stringify(event)));
    for (let i = 0; i < forged.length; i++) {
      expect(await codeOf(test.log.prune({ first: 0, next: 256, certificate: first + i }))).toBe(
        "bad_certificate",
      );
    }
    expect(test.log.pruned).toEqual([]);
  });

  it("readers, a verifier and a removal at the same time: every answer is the line, or `pruned`", async () => {
    await prepare(12);
    const { log } = test;
    const stop = new AbortController();
    const reader = async (step: number): Promise<Set<string>> => {
      const codes = new Set<string>();
      for (let index = 0; !stop.signal.aborted; index = (index + step) % 3000) {
        codes.add(await codeOf(log.read(index, index + 1)));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return codes;
    };
    const readers = [reader(257), reader(31)];
    const verdicts: Promise<{ verdict: string; findings: string[] }>[] = [];
    for (let first = 0; first < 2560; first += 256) {
      verdicts.push(verify());
      await test.prune(first, first + 256);
    }
    const results = await Promise.all(verdicts);
    stop.abort();
    for (const { verdict, findings } of results)
      expect({ verdict, findings }).toEqual({ verdict: "intact", findings: [] });
    for (const codes of await Promise.all(readers)) {
      expect([...codes].every((code) => code === "accepted" || code === "pruned")).toBe(true);
    }
    await test.check();
  });
});

describe("what is missing without a certificate is tampering", () => {
  it("a segment above what was pruned; a record without an event; a record of more than the event says", async () => {
    await prepare(4);
    await test.prune(0, 256);
    const certificate = test.log.size - 1;
    await test.close();
    await test.checkDirectory();
    const honest = readFileSync(at("log/main/pruned"));
    mkdirSync(at("kept"));
    for (const file of files()) copyFileSync(at(`log/main/segment/${file}`), at(`kept/${file}`));
    remove(256);
    expect(await verify()).toMatchObject({ verdict: "tampered", firstBad: 256 });
    expect(await codeOf(test.open())).toBe("segment_missing");
    // Whoever can delete a segment can also write the record, but not the event.
    for (const forged of [
      { certificate, ranges: [{ first: 0, next: 512 }] },
      { certificate: certificate - 1, ranges: [{ first: 0, next: 512 }] },
      { certificate: 3, ranges: [{ first: 0, next: 512 }] },
      { certificate: 999_999, ranges: [{ first: 0, next: 512 }] },
    ]) {
      writeFileSync(at("log/main/pruned"), formatRecord(forged));
      expect(await verify()).toMatchObject({ verdict: "tampered", firstBad: 0 });
      expect(await codeOf(test.open())).toBe("bad_certificate");
    }
    for (const file of readdirSync(at("kept")))
      copyFileSync(at(`kept/${file}`), at(`log/main/segment/${file}`));
    // With all lines still there, a forged record must not make us remove them.
    writeFileSync(at("log/main/pruned"), formatRecord({ certificate, ranges: [{ first: 0, next: 512 }] }));
    expect(await codeOf(test.open())).toBe("bad_certificate");
    expect(files().some((file) => file.startsWith("00000000000000000256"))).toBe(true);
    writeFileSync(at("log/main/pruned"), honest);
    await test.open();
    await test.check();
  });

  it("no record: the lines are missing; a damaged one is named and refused", async () => {
    await prepare(3);
    await test.prune(0, 256);
    await test.close();
    const honest = readFileSync(at("log/main/pruned"));
    rmSync(at("log/main/pruned"));
    expect((await verify()).verdict).toBe("tampered");
    expect(await codeOf(test.open())).toBe("segment_missing");
    await fc.assert(
      fc.asyncProperty(fc.nat(honest.length - 1), fc.integer({ min: 0, max: 7 }), async (offset, bit) => {
        const bytes = Buffer.from(honest);
        bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
        writeFileSync(at("log/main/pruned"), bytes);
        expect((await verify()).verdict).toBe("tampered");
        expect(await codeOf(test.open())).toBe("damaged");
      }),
      { numRuns: 40 },
    );
    writeFileSync(at("log/main/pruned"), honest);
    await test.open();
    await test.check();
  });

  it("hash tiles below pruned events: a changed one is found; upper ones are derived from the leaves again", async () => {
    await prepare(260); // so that there is a full tile of level 1
    await test.prune(0, 1024);
    await test.close();
    const tile = at("log/main/tile/0/002");
    const honest = readFileSync(tile);
    const changed = Buffer.from(honest);
    changed[77] = (changed[77] as number) ^ 1;
    writeFileSync(tile, changed);
    expect((await verify()).verdict).toBe("tampered");
    rmSync(tile);
    expect(await verify()).toMatchObject({ verdict: "tampered", firstBad: 512 });
    writeFileSync(tile, honest);
    expect((await verify()).verdict).toBe("intact");
    rmSync(at("log/main/tile/1"), { recursive: true });
    await test.open();
    expect(test.log.recovery.rebuilt).toBe(true);
    expect(existsSync(at("log/main/tile/1/000"))).toBe(true);
    expect(readFileSync(tile).equals(honest)).toBe(true);
    await test.check();
  }, 30_000);
});

/** Two removals, the second around the first one; a restart; one more event. Nothing happens after the fault. */
async function removals(fs: FaultFs): Promise<void> {
  await test.open({ fs });
  for (const first of [256, 0]) {
    await test.prune(first, first + 256);
    if (fs.failed) throw new Error("killed");
  }
  await test.log.close();
  await test.open({ fs });
  await test.appendOnly(1, 24);
  await test.close();
}

describe("killed anywhere", () => {
  const modes: FaultMode[] = ["lost", "done", "half"];
  it.each(modes)(
    "%s: what was certified may be gone, nothing else is, and the next start finishes what was begun",
    async (mode) => {
      await prepare(3);
      await test.close();
      const counting = new FaultFs();
      await removals(counting);
      await test.dispose();
      let failures = 0;
      let finished = 0;
      for (let at = 0; at < counting.calls.length - 3; at++) {
        if (mode === "half" && counting.calls[at]?.call !== "writev") continue;
        await prepare(3);
        await test.close();
        const failed = await removals(new FaultFs({ at, mode })).then(
          () => false,
          (error: unknown) => error instanceof Error,
        );
        if (failed) failures += 1;
        await test.close();
        const left = files().length;
        await test.open();
        if (files().length < left) finished += 1;
        await test.check();
        for (const gone of test.log.pruned) {
          const inside = (file: string): boolean =>
            Number(file.slice(0, 20)) >= gone.first && Number(file.slice(0, 20)) < gone.next;
          expect(files().filter(inside)).toEqual([]);
        }
        if (test.log.firstKept(256) === 256) await test.prune(256, 512);
        if (test.log.firstKept(0) === 0) await test.prune(0, 256);
        await test.reopen();
        expect(test.log.pruned).toEqual([{ first: 0, next: 512 }]);
        await test.dispose();
      }
      expect(failures).toBeGreaterThan(3);
      // Between the record and the last unlink there are several places to die at.
      if (mode !== "half") expect(finished).toBeGreaterThan(1);
      test = TestLog.prepare();
    },
    60_000,
  );

  it("any removals in any order, with restarts and lost tiles between them: size, root and proofs stay", async () => {
    const step = fc.oneof(
      fc.record({
        what: fc.constant("prune" as const),
        segment: fc.nat(7),
        count: fc.integer({ min: 1, max: 3 }),
      }),
      fc.record({ what: fc.constant("reopen" as const) }),
      fc.record({ what: fc.constant("append" as const), count: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ what: fc.constant("lose" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
        await prepare(8);
        const roots = new Map([[test.log.size, test.log.checkpoint().root.toString("hex")]]);
        for (const one of steps) {
          if (one.what === "append") await test.appendOnly(one.count, 24);
          if (one.what === "reopen") await test.reopen();
          if (one.what === "lose") {
            await test.close();
            rmSync(at("log/main/tile/1"), { recursive: true, force: true });
            await test.open();
          }
          if (one.what === "prune") {
            const range = { first: 256 * one.segment, next: 256 * (one.segment + one.count) };
            const isWhole =
              range.next <= 2048 &&
              !test.log.pruned.some((gone) => gone.first < range.next && range.first < gone.next);
            if (isWhole) await test.prune(range.first, range.next);
            else
              expect(["bad_range", "bad_certificate"]).toContain(
                await codeOf(test.log.prune({ ...range, certificate: 0 })),
              );
          }
          roots.set(test.log.size, test.log.checkpoint().root.toString("hex"));
        }
        await test.reopen();
        expect(test.log.checkpoint().root.toString("hex")).toBe(roots.get(test.log.size));
        await test.check();
        await test.dispose();
      }),
      { numRuns: 12 },
    );
    test = TestLog.prepare();
  }, 30_000);
});
