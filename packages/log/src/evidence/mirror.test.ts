// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { policyOfAll } from "@telltale/merkle";
import { type EvidenceFiles, verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { afterEach, describe, expect, it } from "vitest";
import { collect, MemoryFiles, toRequest } from "../../test/evidence-bundle.js";
import { memorySource } from "../../test/memory-source.js";
import { newDir, removeDirs, run } from "../../test/mirror-bench.js";
import { makeEvidence } from "./make.js";
import { readMirrorEvidence } from "./mirror.js";

afterEach(removeDirs);

async function bundleOf(dir: string, limit = 100): Promise<EvidenceFiles | string> {
  const found = await readMirrorEvidence({ dataDir: dir, limit, isWanted: (index) => index % 50 === 0 });
  if (found.source === undefined) return found.verdict.verdict;
  return MemoryFiles.unpack(await collect(await makeEvidence(found.source, toRequest(found.indices))));
}

describe("evidence of a mirror", () => {
  it("is proven, and the mirror vouches for it", async () => {
    const [log, dir] = [memorySource(600), newDir()];
    await run(dir, log);
    const files = (await bundleOf(dir)) as MemoryFiles;
    const { named, report } = await verified(files, log.signer.vkey);
    expect(report).toMatchObject({ verdict: "intact", checked: 12, findings: [] });
    expect(named).toHaveLength(1);
    // Who knows the mirror's key gets its word, too.
    const key =
      files
        .text("policy")
        .split("\n")
        .find((line) => line.startsWith("witness "))
        ?.split(" ")[2] ?? "";
    const { parseVkey } = await import("@telltale/merkle");
    const policy = policyOfAll([{ name: "m", key: parseVkey(nodeCrypto, key) }]);
    const trusted = await verifyEvidence(files, { crypto: nodeCrypto, policy, requireWitness: true });
    expect(trusted).toMatchObject({ verdict: "intact", notes: expect.any(Array) as string[] });
  });

  it("takes the newest, and nothing from a mirror that was changed", async () => {
    const [log, dir] = [memorySource(600), newDir()];
    await run(dir, log);
    const { report } = await verified((await bundleOf(dir, 2)) as MemoryFiles, log.signer.vkey);
    expect(report.proven).toEqual([
      { first: 500, next: 501 },
      { first: 550, next: 551 },
    ]);
    const file = path.join(dir, "tlog/tile/entries/000");
    const bytes = readFileSync(file);
    bytes[40] = (bytes[40] as number) ^ 1;
    writeFileSync(file, bytes);
    expect(await bundleOf(dir)).toBe("tampered");
  });
});

async function verified(files: EvidenceFiles, vkey: string) {
  const report = await verifyEvidence(files, { crypto: nodeCrypto, vkey });
  return { report, named: report.checkpoints.flatMap(({ cosigned }) => cosigned) };
}
