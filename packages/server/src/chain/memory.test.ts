// SPDX-License-Identifier: Apache-2.0
import { ChainSender, tempDir, type TempDir } from "@telltale/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ChainBench, KEY_HASH } from "../../test/chain-fixture.js";
import { Snapshots } from "../follow/snapshots.js";
import { loadMemory, MEMORY, toSnapshot } from "./memory.js";
import { RatchetTable, toRatchetName } from "./ratchet-table.js";

let dir: TempDir;
let snapshots: Snapshots;
beforeEach(() => {
  dir = tempDir("memory");
  snapshots = new Snapshots(dir.path);
});
afterEach(() => dir.dispose());

it("gives back what was saved: chains, those put aside, ratchets", async () => {
  const bench = new ChainBench({ limits: { boots: 3, evicted: 10 } });
  const sources = Array.from({ length: 5 }, () => new ChainSender({ key: KEY_HASH, instance: "pod" }));
  for (const source of sources) bench.take(source.take(9).filter((_, i) => i !== 4));
  await snapshots.save(MEMORY, toSnapshot(bench.chains, bench.table, 45, "1 log"));
  const table = new RatchetTable();
  const memory = await loadMemory(snapshots, table, "1 log");
  expect(memory).toMatchObject({ next: 45, isPartial: false });
  expect(memory?.boots).toEqual([...bench.chains.save()]);
  expect(memory?.evicted).toEqual([...bench.chains.evicted()]);
  expect(memory?.evicted.map(([name, head]) => [name, head])).toEqual(
    sources.slice(0, 2).map(({ boot }) => [`ingest_a ${boot}`, 9]),
  );
  const [one, two] = [new Int32Array(8), new Int32Array(8)];
  const name = toRatchetName("ingest_a", sources[4]!.boot);
  expect(table.read(name, one)).toBe(bench.table.read(name, two));
  expect(one).toEqual(two);
  expect(one.some((word) => word !== 0)).toBe(true);
});

it.each([["{"], ['{"boot":{"via":"a"}}'], ['{"partial":"yes"}']])(
  "does not use a snapshot with the line %s",
  async (text) => {
    const pieces = ['{"partial":false}\n', `${text}\n`];
    await snapshots.save(MEMORY, { next: 1, of: "1 log", pieces });
    expect(await loadMemory(snapshots, new RatchetTable(), "1 log")).toBeUndefined();
  },
);

it("does not use the snapshot of another log or version", async () => {
  await snapshots.save(MEMORY, { next: 1, of: "1 other", pieces: ['{"partial":false}\n'] });
  expect(await loadMemory(snapshots, new RatchetTable(), "1 log")).toBeUndefined();
  expect(await loadMemory(snapshots, new RatchetTable(), "1 other")).toEqual({
    next: 1,
    isPartial: false,
    boots: [],
    evicted: [],
  });
});
