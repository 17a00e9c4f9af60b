// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { lineOf, MemorySource, memorySource } from "../../test/memory-source.js";
import { expectWhole, newDir, removeDirs, run } from "../../test/mirror-bench.js";
import { createSigner } from "../keys.js";
import { verifyMirror } from "./check.js";

afterEach(removeDirs);

describe("a source that misbehaves", () => {
  const LINES = 1000;
  async function held(): Promise<{ dir: string; source: MemorySource }> {
    const made = { dir: newDir(), source: memorySource(LINES) };
    await run(made.dir, made.source);
    return made;
  }

  async function expectRefused(dir: string, source: MemorySource, code: string): Promise<string> {
    const error = await run(dir, source).catch((each: unknown) => each);
    expect(error).toMatchObject({ name: "MirrorError", code });
    // What was held is held, whole.
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "intact", size: LINES, checked: LINES });
    return (error as { evidence?: string }).evidence ?? "";
  }

  it("that cut its tail and signed again: the mirror holds the rest, and both signed checkpoints", async () => {
    for (const keep of [0, 1, 256, 700, 999]) {
      const { dir, source } = await held();
      source.lines.length = keep;
      source.sign();
      const evidence = await expectRefused(dir, source, "rolled_back");
      expect(readFileSync(path.join(evidence, "offered.checkpoint"), "utf8")).toContain(`\n${keep}\n`);
      expect(readFileSync(path.join(evidence, "held.checkpoint"), "utf8")).toContain(`\n${LINES}\n`);
      // The same proof again is kept once.
      expect(await expectRefused(dir, source, "rolled_back")).toBe(evidence);
      expect(readdirSync(path.join(dir, "evidence"))).toHaveLength(1);
    }
  });

  it.each([
    ["the same size", LINES],
    ["grown", LINES + 300],
    ["shorter", 900],
  ])("that changed one event and signed again, %s: fork, with both events", async (_name, size) => {
    for (const index of [0, 255, 256, 777]) {
      const { dir, source } = await held();
      source.lines = Array.from({ length: size }, (_, i) => (i === index ? '{"n":"forged"}' : lineOf(i)));
      source.sign();
      const evidence = await expectRefused(dir, source, "forked");
      expect(readFileSync(path.join(evidence, "held-event.json"), "utf8")).toBe(lineOf(index));
      expect(readFileSync(path.join(evidence, "offered-event.json"), "utf8")).toBe('{"n":"forged"}');
      expect(readFileSync(path.join(evidence, "README.txt"), "utf8")).toContain(`differs is ${index}`);
      expect(existsSync(path.join(evidence, "other-root.txt"))).toBe(size !== LINES);
    }
  });

  it("that signs with another key of the same name, or in another name", async () => {
    for (const name of ["example.com/memory", "example.com/else"]) {
      const { dir, source } = await held();
      const other = new MemorySource(source.lines, createSigner(name).signer);
      const evidence = await expectRefused(dir, other, "wrong_key");
      expect(existsSync(path.join(evidence, "offered.checkpoint"))).toBe(true);
    }
  });

  it("that offers junk without end: it leaves room for what only the log's key can sign", async () => {
    const { dir, source } = await held();
    const folder = path.join(dir, "evidence");
    for (let i = 0; i < 8; i++) {
      const other = new MemorySource(source.lines, createSigner("example.com/memory").signer);
      const error = await run(dir, other).catch((each: unknown) => each);
      expect(error).toMatchObject(i < 5 ? { evidence: expect.stringContaining(folder) } : { full: folder });
      expect(error).not.toHaveProperty(i < 5 ? "full" : "evidence", expect.anything());
    }
    for (let keep = 900; keep < 923; keep++) {
      source.lines = Array.from({ length: keep }, (_, i) => lineOf(i));
      source.sign();
      const error = await run(dir, source).catch((each: unknown) => each);
      expect(error).toMatchObject(
        keep < 920 ? { code: "rolled_back" } : { code: "rolled_back", full: folder },
      );
    }
    const kinds = readdirSync(folder).map((name) => name.split("-")[0]);
    expect(kinds.filter((kind) => kind === "wrong_key")).toHaveLength(5);
    expect(kinds.filter((kind) => kind === "rolled_back")).toHaveLength(20);
  });

  it("that serves other events than it signed, cut bundles, or nothing", async () => {
    const answers: ((real: Buffer) => Buffer | "pruned" | undefined)[] = [
      () => undefined,
      () => Buffer.alloc(0),
      () => Buffer.from("<html>login</html>"),
      (real) => real.subarray(0, -1),
      (real) => Buffer.concat([real, Buffer.of(0, 0)]),
      (real) => Buffer.from(real).fill(32, 20, 21),
    ];
    for (const answer of answers) {
      const { dir, source } = await held();
      source.grow(500);
      const real = source.bundle.bind(source);
      source.bundle = async (n, width) =>
        n === 4 ? answer((await real(n, width)) as Buffer) : real(n, width);
      await expectRefused(dir, source, "bad_source");
      source.bundle = real;
      await run(dir, source);
      await expectWhole(dir, source);
    }
  });

  it("that serves garbage for tiles or for a checkpoint", async () => {
    for (const garbage of [undefined, Buffer.alloc(32), Buffer.alloc(8192)]) {
      const { dir, source } = await held();
      source.grow(500);
      source.tile = async () => garbage;
      await expectRefused(dir, source, "bad_source");
    }
    for (const garbage of [
      "",
      "\n",
      "a\n1\nb\n\n",
      "x".repeat(60_000),
      "<html>",
      "example.com/memory\n1\n",
    ]) {
      const { dir, source } = await held();
      source.checkpoint = async () => Buffer.from(garbage);
      await expectRefused(dir, source, "bad_source");
    }
  });

  it("that pruned before the first pull: the hashes are taken, and it is said what was never held", async () => {
    const [dir, source] = [newDir(), memorySource(1000)];
    source.pruned = new Set([0, 1]);
    expect(await run(dir, source)).toMatchObject({ size: 1000, absent: 512 });
    expect(await verifyMirror({ dir })).toMatchObject({
      verdict: "incomplete",
      size: 1000,
      checked: 488,
      pruned: [{ first: 0, next: 512 }],
    });
    // A certificate in the log vouches for the hole.
    const data = { first: 0, next: 512, root: "0".repeat(64), pruned: [[0, 512]] };
    source.lines.push(JSON.stringify({ via: "telltale", action: "log_pruned", data }));
    source.sign();
    expect(await run(dir, source)).toMatchObject({ size: 1001, absent: 0 });
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "intact", checked: 489 });
  });

  it("that pruned later: what is held stays", async () => {
    const { dir, source } = await held();
    source.pruned = new Set([0, 1, 2]);
    source.grow(300);
    expect(await run(dir, source)).toMatchObject({ size: LINES + 300, absent: 0 });
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "intact", checked: LINES + 300 });
  });

  it("that pruned the bundle that is held in part: that part stays, the rest never came", async () => {
    const { dir, source } = await held();
    source.grow(2000);
    source.pruned = new Set([0, 1, 2, 3]);
    expect(await run(dir, source)).toMatchObject({ size: LINES + 2000, absent: 256 });
    expect(existsSync(path.join(dir, "tlog/tile/entries/003.p/232"))).toBe(true);
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "incomplete", checked: LINES + 2000 - 256 });
  });
});
