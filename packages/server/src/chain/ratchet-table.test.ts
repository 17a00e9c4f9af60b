// SPDX-License-Identifier: Apache-2.0
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { RatchetTable, toRatchetName } from "./ratchet-table.js";

const key = (fill: number): Int32Array => new Int32Array(8).fill(fill);

function read(table: RatchetTable, via: string, boot: string): [number, number] {
  const into = key(0);
  const seq = table.read(toRatchetName(via, boot), into);
  return [seq, into[7]!];
}

it("gives what was written last, to everybody who shares the memory, and never an earlier place", () => {
  const table = new RatchetTable();
  const other = new RatchetTable(table.shared);
  expect(read(table, "a", "x")).toEqual([0, 0]);
  table.write(toRatchetName("a", "x"), 2 ** 40 + 5, key(9));
  other.write(toRatchetName("b", "x"), 3, key(4));
  expect(read(other, "a", "x")).toEqual([2 ** 40 + 5, 9]);
  expect(read(table, "b", "x")).toEqual([3, 4]);
  table.write(toRatchetName("a", "x"), 7, key(1));
  expect(read(table, "a", "x")).toEqual([2 ** 40 + 5, 9]);
});

it("lets a key that sends ever new boots push out its own", () => {
  const table = new RatchetTable();
  for (let i = 0; i < 2000; i++) table.write(toRatchetName("quiet", `boot ${i}`), 5, key(i));
  for (let i = 0; i < 200_000; i++) table.write(toRatchetName("loud", `boot ${i}`), 1, key(1));
  let kept = 0;
  for (let i = 0; i < 2000; i++) if (read(table, "quiet", `boot ${i}`)[0] === 5) kept++;
  expect(kept).toBeGreaterThan(1990);
  expect(read(table, "loud", "boot 199999")[0]).toBe(1);
});

it("never gives half of a write, while other threads write", async () => {
  const table = new RatchetTable();
  const names = [0, 1, 2, 3].map((i) => toRatchetName("a", String(i)));
  // A thread that writes as the table does, with keys whose words all equal the number.
  const file = new URL("../../dist/chain/ratchet-table.js", import.meta.url);
  const code = `
    const { workerData, parentPort } = require("node:worker_threads");
    import(workerData.file).then(({ RatchetTable }) => {
      const table = new RatchetTable(workerData.shared);
      for (let seq = 1; seq < 60000; seq++)
        for (const name of workerData.names) table.write(name, seq, new Int32Array(8).fill(seq));
      parentPort.postMessage("done");
    });`;
  const workerData = { file: file.href, shared: table.shared, names };
  const workers = [0, 1].map(() => new Worker(code, { eval: true, workerData, execArgv: [] }));
  const done = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
  let isRunning = true;
  const ended = Promise.all(done).then(() => (isRunning = false));
  const into = key(0);
  let seen = 0;
  const look = (): boolean => isRunning;
  while (look()) {
    for (let i = 0; i < 5000; i++) {
      const seq = table.read(names[i & 3]!, into);
      if (seq === 0) continue;
      seen++;
      if (into.some((word) => word !== seq)) throw new Error(`number ${seq} came with ${into.join()}`);
    }
    await new Promise(setImmediate);
  }
  await ended;
  await Promise.all(workers.map((each) => each.terminate()));
  expect(seen).toBeGreaterThan(1000);
  expect(table.read(names[0]!, into)).toBeGreaterThan(50_000);
}, 20_000);
