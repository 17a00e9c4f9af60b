// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { verifyCheckpoint } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { lineOf, type MemorySource, memorySource } from "../../test/memory-source.js";
import { newDir, removeDirs, run } from "../../test/mirror-bench.js";
import { hashLeaves } from "../hash.js";
import { splitLines } from "../lines.js";
import { type Comparison, compareSource, EventComparer, MirrorSide } from "./against.js";
import { readMirror } from "./check.js";

afterEach(removeDirs);

const side = async (dir: string): Promise<MirrorSide> => MirrorSide.open(await readMirror(dir));

/** As `verifyLog` shows the events of a log, in batches of any size. */
function compareEvents(mirror: MirrorSide, lines: readonly string[], step: number): Promise<Comparison> {
  const comparer = new EventComparer(mirror);
  for (let first = 0; first < lines.length; first += step) {
    const part = lines.slice(first, first + step);
    const batch = splitLines(Buffer.from(part.map((line) => `${line}\n`).join("")));
    comparer.take(first, hashLeaves(batch), batch);
  }
  return comparer.finish(lines.length);
}

async function compareTrees(mirror: MirrorSide, source: MemorySource): Promise<Comparison> {
  return compareSource(
    mirror,
    source,
    verifyCheckpoint(nodeCrypto, await source.checkpoint(), mirror.state.logKey),
  );
}

describe("a log against its mirror", () => {
  it("is the same, behind, ahead or different at the first changed event; by bytes and by trees alike", async () => {
    const size = fc.integer({ min: 1, max: 700 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.option(size), size, async (held, now, change, step) => {
        const dir = newDir();
        const source = memorySource(held);
        await run(dir, source);
        source.lines = Array.from({ length: now }, (_, i) => lineOf(i));
        const at = change === null ? undefined : change % now;
        if (at !== undefined) source.lines[at] = '{"n":"forged"}';
        source.sign();
        const mirror = await side(dir);
        const sizes = { size: now, mirrorSize: held };
        const relation =
          at !== undefined && at < held
            ? {
                kind: "differs",
                first: at,
                mirror: Buffer.from(lineOf(at)),
                log: Buffer.from('{"n":"forged"}'),
              }
            : now === held
              ? { kind: "same" }
              : now > held
                ? { kind: "mirror_behind", count: now - held }
                : {
                    kind: "mirror_ahead",
                    first: now,
                    count: held - now,
                    oldest: Buffer.from(lineOf(now)),
                    newest: Buffer.from(lineOf(held - 1)),
                  };
        expect(await compareEvents(mirror, source.lines, step)).toEqual({ ...sizes, relation });
        expect(await compareTrees(mirror, source)).toEqual({ ...sizes, relation });
        removeDirs();
      }),
      { numRuns: 25 },
    );
  });

  it("is not called the same when somebody changed the log and the mirror's stored hashes alike", async () => {
    const [dir, source] = [newDir(), memorySource(600)];
    await run(dir, source);
    const forged = source.lines.map((line, i) => (i === 10 ? '{"n":"forged"}' : line));
    const tile = path.join(dir, "tlog/tile/0/000");
    const bytes = readFileSync(tile);
    bytes.set(hashLeaves(splitLines(Buffer.from('{"n":"forged"}\n'))), 320);
    writeFileSync(tile, bytes);
    await expect(compareEvents(await side(dir), forged, 100)).rejects.toMatchObject({ code: "damaged" });
    const honest = compareEvents(await side(dir), source.lines, 100);
    await expect(honest).rejects.toMatchObject({ code: "proof_mismatch" });
  });

  it("differs where events that were signed cannot be read any more", async () => {
    const [dir, source] = [newDir(), memorySource(600)];
    await run(dir, source);
    const comparer = new EventComparer(await side(dir));
    const batch = splitLines(Buffer.from(`${source.lines.slice(0, 300).join("\n")}\n`));
    comparer.take(0, hashLeaves(batch), batch);
    expect((await comparer.finish(600)).relation).toMatchObject({ kind: "differs", first: 300 });
  });
});
