// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, readdirSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ARCHIVE_FORMAT, hashLeaves, type Log, openLog, splitLines } from "@telltale/log";
import { parseVkey, rangeProof, toBase64, TrustedTiles, verifyCheckpoint } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { type TempDir, tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";

let dir: TempDir;
let archive: string;
let vkey: string;
const copies: string[] = [];

/** What retention writes beside a copy. */
async function archiveSegment(
  log: Log,
  { first, count, path: file }: { first: number; count: number; path: string },
) {
  const { text, size } = log.checkpoint();
  const head = verifyCheckpoint(nodeCrypto, text, parseVkey(nodeCrypto, log.vkey));
  const tiles = await TrustedTiles.open(nodeCrypto, head, (level, n, width) =>
    log.tile(level, Number(n), width),
  );
  const range = { first: BigInt(first), next: BigInt(first + count), size: head.size };
  const copy = path.join(archive, path.basename(file));
  copyFileSync(file, copy);
  const manifest = {
    format: ARCHIVE_FORMAT,
    origin: log.origin,
    first,
    next: first + count,
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
    treeSize: size,
    checkpoint: text,
    vkey: log.vkey,
    proof: (await rangeProof(range, tiles.node)).map(toBase64),
  };
  writeFileSync(`${copy}.json`, JSON.stringify(manifest));
  copies.push(copy);
}

beforeAll(async () => {
  dir = tempDir("archive-cli", true);
  archive = path.join(dir.path, "archive", "a%2Fb");
  mkdirSync(archive, { recursive: true });
  const log = await openLog({
    dataDir: path.join(dir.path, "data"),
    create: { originName: "test" },
    segmentBytes: 10_000,
    onFatal(error) {
      throw error;
    },
  });
  vkey = log.vkey;
  for (let from = 0; from < 2000; from += 100) {
    const lines = Array.from({ length: 100 }, (_, i) => `{"n":${from + i},"pad":"${"x".repeat(40)}"}\n`);
    const batch = splitLines(Buffer.from(lines.join("")));
    await log.append({ ...batch, leafHashes: hashLeaves(batch) });
  }
  const isReady = () => log.segments().filter((each) => each.path.endsWith(".zst")).length >= 3;
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const segment of log.segments().slice(0, 3)) await archiveSegment(log, segment);
  await log.close();
});
afterAll(() => dir.dispose());

const verify = (...args: string[]) => runCommand(["verify", path.dirname(archive), ...args]);

describe("verify of an archive", () => {
  it("is recognised, proven by itself, and named by its key", async () => {
    const known = await verify("--vkey", vkey);
    expect([known.code, known.stderr]).toEqual([0, ""]);
    expect(known.stdout).toContain("INTACT  all ");
    expect((await verify()).stdout).toContain("compare its fingerprint");
    expect((await verify("--require-witness")).code).toBe(3);
    expect(JSON.parse((await verify("--json")).stdout)).toMatchObject({
      verdict: "intact",
      archive: path.dirname(archive),
    });
    expect((await verify("--against", "x")).code).toBe(64);
  });

  it("is not checked in the stead of a log in whose directory somebody put it", async () => {
    const data = path.join(dir.path, "data");
    cpSync(archive, path.join(data, "a"), { recursive: true });
    expect((await runCommand(["verify", data, "--vkey", vkey])).stdout).toContain("all 2000 events");
    const segments = path.join(data, "log/main/segment");
    const open = readdirSync(segments).find((name) => name.endsWith(".ndjson")) ?? "";
    writeFileSync(path.join(segments, open), "");
    for (const args of [[data], ["--data", data]]) {
      expect((await runCommand(["verify", ...args, "--vkey", vkey])).code).toBe(1);
    }
  });

  it("gives the codes of a changed and of a missing copy", async () => {
    const [, second = ""] = copies;
    const whole = readFileSync(second);
    const changed = Buffer.from(whole);
    changed[100] = (changed[100] as number) ^ 1;
    writeFileSync(second, changed);
    const tampered = await verify("--vkey", vkey);
    expect(tampered.code).toBe(1);
    expect(tampered.stdout).toMatch(/first bad {2}main:\d+/);
    rmSync(second);
    expect((await verify("--vkey", vkey)).code).toBe(2);
    rmSync(`${second}.json`);
    const gap = await verify("--vkey", vkey);
    expect([gap.code, gap.stdout]).toEqual([2, expect.stringContaining("are not in this archive") as string]);
  });
});
