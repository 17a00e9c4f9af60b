// SPDX-License-Identifier: Apache-2.0
import { policyOfAll, rangeOfOne } from "@telltale/merkle";
import { describe, expect, it } from "vitest";
import { TestWitness } from "../../test/evidence-bundle.js";
import { MemorySource, memorySource } from "../../test/memory-source.js";
import { findUnwitnessed, judgeWitnessed } from "../check/witnessed.js";
import { verifySource } from "./verify-source.js";

const SIZE = 256 * 3 + 40;
const verify = (source: ReturnType<typeof memorySource>, more = {}) =>
  verifySource({ source, vkey: source.signer.vkey, ...more });

describe("verifying a log where it is served", () => {
  it("says intact, and how far it has come", async () => {
    const seen: number[] = [];
    const verdict = await verify(memorySource(SIZE), {
      onProgress: ({ checked }: { checked: number }) => seen.push(checked),
    });
    expect(verdict).toMatchObject({
      verdict: "intact",
      size: SIZE,
      checked: SIZE,
      provenTo: SIZE,
      findings: [],
    });
    expect(seen).toEqual([256, 512, 768, SIZE]);
  });

  it("names the first event that is not what was signed", async () => {
    for (const index of [0, 300, SIZE - 1]) {
      const source = memorySource(SIZE);
      source.lines[index] = '{"changed":true}';
      expect(await verify(source)).toMatchObject({ verdict: "tampered", firstBad: index, provenTo: index });
    }
  });

  it.each([0, 1])("does not accept a damaged hash tile of level %s", async (level) => {
    const source = memorySource(SIZE);
    const honest = source.tile.bind(source);
    source.tile = async (at, n, width) => {
      const tile = await honest(at, n, width);
      if (at === level && n === 0 && tile !== undefined) tile[5] = (tile[5] as number) ^ 1;
      return tile;
    };
    expect((await verify(source)).verdict).toBe("tampered");
  });

  it("does not accept another key, nor a checkpoint that nobody signed", async () => {
    const source = memorySource(5);
    expect(await verifySource({ source, vkey: memorySource(1).signer.vkey })).toMatchObject({
      verdict: "tampered",
      checked: 0,
    });
    source.checkpoint = () => Promise.resolve(Buffer.from("x"));
    expect((await verify(source)).verdict).toBe("tampered");
  });

  it("is incomplete where signed events are not served, or are said to be pruned without a certificate", async () => {
    const source = memorySource(SIZE);
    source.pruned.add(1);
    expect(await verify(source)).toMatchObject({
      verdict: "incomplete",
      pruned: [{ first: 256, next: 512 }],
      checked: SIZE - 256,
    });
    source.pruned.clear();
    const honest = source.bundle.bind(source);
    source.bundle = (n, width) => (n === 2 ? Promise.resolve(undefined) : honest(n, width));
    expect(await verify(source)).toMatchObject({ verdict: "incomplete", provenTo: 512 });
  });

  it("with hashes alone says what was and what was not verified, and is no pass", async () => {
    const source = memorySource(SIZE);
    const { signer } = source;
    const withheld = {
      checkpoint: () => source.checkpoint(),
      tile: source.tile.bind(source),
      bundle: () => Promise.resolve("withheld" as const),
    };
    const verdict = await verifySource({ source: withheld, vkey: signer.vkey });
    expect(verdict).toMatchObject({ verdict: "unverifiable", checked: 0 });
    expect(verdict.message).toContain("none was verified");
    expect(await verify(memorySource(0))).toMatchObject({ verdict: "unverifiable" });
  });

  it("asks for witnesses where that is wanted", async () => {
    const source = memorySource(9);
    const w = new TestWitness("example.com/w");
    const witness = { policy: policyOfAll([w.policy]), freshMs: 60_000, now: 1_763_800_000_000 };
    expect((await verify(source, { witness })).verdict).toBe("unwitnessed");
    expect((await verify(source, { requireWitness: true })).verdict).toBe("unwitnessed");
    const note = w.cosign((await source.checkpoint()).toString());
    source.checkpoint = () => Promise.resolve(Buffer.from(note));
    expect((await verify(source, { witness })).verdict).toBe("intact");
    source.checkpoint = () => Promise.resolve(Buffer.from(note.replace(/.{6}\n$/, "AAAA==\n")));
    expect((await verify(source, { witness })).verdict).not.toBe("intact");
  });

  it("takes the newer events for witnessed as long as a quorum says, and not as long as one of it says", async () => {
    const source = memorySource(9);
    const note = (await source.checkpoint()).toString();
    const [a, b] = [new TestWitness("example.com/a"), new TestWitness("example.com/b")];
    const at = 1_763_800_000n;
    const trust = { policy: policyOfAll([a.policy, b.policy]), freshMs: 60_000, now: Number(at) * 1000 };
    const judge = (cosigned: string, policy = trust.policy) =>
      findUnwitnessed(
        judgeWitnessed(Buffer.from(cosigned), rangeOfOne(source.signer.verifier), { ...trust, policy }),
        12,
        trust,
      );
    expect(judge(b.cosign(a.cosign(note, at), at))).toBeUndefined();
    expect(judge(b.cosign(a.cosign(note, at), at - 61n))).toContain("the newer 3");
    expect(judge(b.cosign(a.cosign(note, at + 61n), at + 61n))).toContain("the newer 3");
    expect(judge(b.cosign(a.cosign(note, 2n ** 62n), 2n ** 62n))).toContain("no clock");
    expect(judge(note, { logs: [], witnesses: [a.policy], quorum: { kind: "none" } })).toContain("too few");
  });

  it("has to go on from what others kept of it", async () => {
    const source = memorySource(SIZE);
    const early = await source.checkpoint();
    source.grow(5);
    const late = await source.checkpoint();
    expect(await verify(source, { evidence: [early, late] })).toMatchObject({ verdict: "intact" });
    const shorter = new MemorySource(source.lines.slice(0, SIZE), source.signer);
    expect((await verify(shorter, { evidence: [late] })).verdict).toBe("tampered");
    const forked = new MemorySource([...source.lines], source.signer);
    forked.lines[3] = '{"other":true}';
    forked.sign();
    const verdict = await verify(forked, { evidence: [early] });
    expect([verdict.verdict, verdict.message]).toEqual([
      "tampered",
      expect.stringContaining("two histories"),
    ]);
    const stranger = await memorySource(3).checkpoint();
    expect(await verify(source, { evidence: [stranger] })).toMatchObject({ verdict: "unverifiable" });
  });
});
