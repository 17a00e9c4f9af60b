// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { verifyArchive } from "@telltale/log";
import { tempDir, toBatch } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RetainBench } from "../../../test/retain-fixture.js";
import { DirectoryArchive } from "./archive.js";
import { DAY_MS } from "./policy.js";

let bench: RetainBench;
const folder = tempDir("archive", true);
const files = (): string[] =>
  readdirSync(folder.path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.includes("ndjson"))
    .sort();
const at = (name: string): string => path.join(folder.path, name);

beforeAll(async () => {
  bench = await RetainBench.create({});
  const start = bench.now;
  for (let i = 0; i < 4; i++) await bench.day();
  await bench.compressed();
  await bench.follow();
  bench.now = start + 1000 * DAY_MS;
  const { origin } = bench.log;
  await bench.kill();
  await bench.open({ archive: new DirectoryArchive(folder.path, origin) });
  await bench.run();
});
afterAll(async () => {
  await bench.dispose();
  folder.dispose();
});

/** The verdict with one file changed, and everything as it was afterwards. */
async function withChange(name: string, change: ((bytes: Buffer) => Buffer) | undefined) {
  const whole = readFileSync(at(name));
  if (change === undefined) rmSync(at(name));
  else writeFileSync(at(name), change(Buffer.from(whole)));
  const verdict = await verifyArchive({ dir: folder.path, vkey: bench.log.vkey });
  writeFileSync(at(name), whole);
  return verdict;
}

describe("an archive, by itself", () => {
  it("proves all events that went, with the log's key and with its own", async () => {
    expect(files().length).toBeGreaterThanOrEqual(4);
    for (const given of [{ vkey: bench.log.vkey }, {}]) {
      const verdict = await verifyArchive({ dir: folder.path, ...given });
      expect(verdict).toMatchObject({
        verdict: "intact",
        findings: [],
        checked: bench.log.firstKept(0),
        vkey: bench.log.vkey,
      });
    }
  });

  it("finds a changed byte in any file", async () => {
    for (const name of files()) {
      const { length } = readFileSync(at(name));
      for (let i = 0; i < length; i += Math.ceil(length / 40)) {
        const { verdict } = await withChange(name, (bytes) => {
          bytes[i] = (bytes[i] as number) ^ 4;
          return bytes;
        });
        // Of the manifest, times and counts that nothing depends on are the keeper's word.
        if (!name.endsWith(".json")) expect({ name, i, verdict }).toMatchObject({ verdict: "tampered" });
      }
    }
  });

  it("does not accept another checkpoint, proof, key or place", async () => {
    const name = files().find((each) => each.endsWith(".json")) as string;
    const edit = (change: Record<string, unknown>) =>
      withChange(name, (bytes) =>
        Buffer.from(JSON.stringify({ ...(JSON.parse(bytes.toString()) as object), ...change })),
      );
    for (const change of [
      { proof: [] },
      { proof: null },
      { first: 256 },
      { next: 1 },
      { treeSize: 5 },
      { checkpoint: "x" },
      { origin: "other" },
      { sha256: "0".repeat(64) },
      { vkey: "x" },
      { format: "telltale-archive/2" },
    ])
      expect({ change, ...(await edit(change)) }).toMatchObject({ verdict: "tampered", firstBad: 0 });
  });

  it("says what is missing", async () => {
    for (const name of files()) expect((await withChange(name, undefined)).verdict).toBe("incomplete");
    const empty = tempDir("archive", true);
    expect((await verifyArchive({ dir: empty.path })).verdict).toBe("unverifiable");
    empty.dispose();
  });
});

describe("an archive of a log whose key was changed meanwhile", () => {
  it("is proven for whoever knows the key of any time, by the history beside it and not without", async () => {
    const place = tempDir("archive", true);
    const log = await RetainBench.create({});
    const start = log.now;
    await log.day();
    await log.day();
    await log.compressed();
    await log.follow();
    const { origin, vkey: old } = log.log;
    const archive = new DirectoryArchive(place.path, origin);
    const archiveUpTo = async (days: number): Promise<void> => {
      log.now = start + days * DAY_MS;
      await log.kill();
      await log.open({ archive });
      await log.run();
    };
    await archiveUpTo(181);
    expect((await verifyArchive({ dir: place.path, vkey: old })).verdict).toBe("intact");
    const data = await log.log.prepareKeyChange();
    const event = {
      received: new Date(log.now).toISOString(),
      via: "telltale",
      v: 1,
      action: "log_key_changed",
      data,
    };
    await log.log.append(toBatch([JSON.stringify(event)]));
    await log.day();
    await log.day();
    await log.compressed();
    await archiveUpTo(2000);
    const { vkey } = log.log;
    expect(vkey).not.toBe(old);
    for (const known of [old, vkey, undefined])
      expect(await verifyArchive({ dir: place.path, ...(known && { vkey: known }) })).toMatchObject({
        verdict: "intact",
        findings: [],
      });
    expect((await verifyArchive({ dir: place.path, vkey: bench.log.vkey })).verdict).toBe("tampered");
    rmSync(path.join(place.path, encodeURIComponent(origin), "log.keys"));
    for (const known of [old, vkey])
      expect((await verifyArchive({ dir: place.path, vkey: known })).verdict).toBe("tampered");
    await log.dispose();
    place.dispose();
  });
});
