// SPDX-License-Identifier: Apache-2.0
import { verifyReceipt } from "@telltale/merkle";
import { compareEvidence, EvidenceSide, verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { describe, expect, it } from "vitest";
import { makeZip, MemoryFiles, toRequest, toSource } from "../../test/evidence-bundle.js";
import { lineOf, MemorySource, memorySource } from "../../test/memory-source.js";

async function bundleOf(log: MemorySource, indices: readonly number[]): Promise<MemoryFiles> {
  return MemoryFiles.unpack(await makeZip(await toSource(log), toRequest(indices)));
}

async function sideOf(files: MemoryFiles) {
  const side = new EvidenceSide(nodeCrypto);
  return side.finish(await verifyEvidence(files, { crypto: nodeCrypto, onEvent: side.take }));
}

const relate = async (a: MemoryFiles, b: MemoryFiles) => compareEvidence(await sideOf(a), await sideOf(b));

describe("two bundles", () => {
  it("of one history agree, whatever they hold", async () => {
    const log = memorySource(10);
    const early = await bundleOf(log, [1, 2, 3]);
    log.grow(10);
    const late = await bundleOf(log, [2, 3, 15]);
    expect(await relate(early, late)).toMatchObject({ kind: "agree", common: 2, sameTree: false });
    expect(await relate(late, await bundleOf(log, [7]))).toMatchObject({
      kind: "agree",
      common: 0,
      sameTree: true,
    });
    expect(await relate(early, await bundleOf(log, [7]))).toMatchObject({ kind: "nothing_shared" });
  });

  it("with two roots for one size are proof of two histories", async () => {
    const log = memorySource(10);
    const lines = Array.from({ length: 10 }, (_, i) => (i === 4 ? '{"other":true}' : lineOf(i)));
    const other = new MemorySource(lines, log.signer);
    const found = await relate(await bundleOf(log, [1]), await bundleOf(other, [2]));
    expect(found).toMatchObject({ kind: "forked" });
    if (found.kind === "forked") expect(new Set(found.checkpoints).size).toBe(2);
  });

  it("with one index and two contents are proof of two histories, also of different sizes", async () => {
    const log = memorySource(10);
    const lines = Array.from({ length: 14 }, (_, i) => (i === 4 ? '{"other":true}' : lineOf(i)));
    const other = new MemorySource(lines, log.signer);
    const [a, b] = [await bundleOf(log, [4, 5]), await bundleOf(other, [4, 6])];
    expect(await relate(a, b)).toMatchObject({ kind: "forked", indices: [4, 4] });
    // And the proofs hold, each by itself, for whoever doubts it.
    for (const [files, line] of [
      [a, lineOf(4)],
      [b, '{"other":true}'],
    ] as const) {
      const proof = files.text("proofs/00000000000000000004.tlog-proof");
      verifyReceipt({ proof, entry: Buffer.from(line), vkey: log.signer.vkey, crypto: nodeCrypto });
    }
  });

  it("without any event in common contradict each other where their proofs go through the same part", async () => {
    const log = memorySource(20);
    const lines = Array.from({ length: 37 }, (_, i) => (i === 5 ? '{"other":true}' : lineOf(i)));
    const other = new MemorySource(lines, log.signer);
    const found = await relate(await bundleOf(log, [17]), await bundleOf(other, [9]));
    expect(found).toMatchObject({ kind: "forked", indices: [17, 9] });
    expect(found.message).toContain("the events 0 to");
    lines[5] = lineOf(5);
    const same = new MemorySource(lines, log.signer);
    expect((await relate(await bundleOf(log, [17]), await bundleOf(same, [9]))).kind).not.toBe("forked");
  });

  it("of other logs, under other keys, or that prove nothing are no proof of anything", async () => {
    const log = memorySource(10);
    expect(await relate(await bundleOf(log, [1]), await bundleOf(memorySource(10), [1]))).toMatchObject({
      kind: "other_log",
    });
    expect(await relate(await bundleOf(log, [1]), new MemoryFiles([]))).toMatchObject({ kind: "not_proven" });
    // A changed event is not proven, so it contradicts nothing.
    const forged = (await bundleOf(log, [1, 2])).edit("events.ndjson", (text) =>
      text.replace('"n":1', '"n":7'),
    );
    expect(await relate(await bundleOf(log, [1, 2]), forged)).toMatchObject({ kind: "agree", common: 1 });
  });
});
