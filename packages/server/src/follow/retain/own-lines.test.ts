// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { ownLinesWith } from "./own-lines.js";

const MARK = Buffer.from('"log_pruned"');

function batchOf(lines: readonly string[]): { bytes: Buffer; ends: Uint32Array } {
  let end = 0;
  const ends = Uint32Array.from(lines, (line) => (end += Buffer.byteLength(line) + 1));
  return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join("")), ends };
}

const line = (via: string, rest: string): string =>
  `{"received":"2026-11-22T10:00:00.000Z","via":"${via}",${rest}}`;

it("finds each of Telltale's own lines once, however often the mark is written", () => {
  const own = line("telltale", '"action":"log_pruned","data":{"again":["log_pruned","log_pruned"]}');
  const decoy = line(
    "ingest_x",
    `"data":{"a":[${Array.from({ length: 4500 }, () => '"log_pruned"').join(",")}]}`,
  );
  const lines = [decoy, own, line("telltale", '"action":"log_pruned_not"'), decoy, decoy, own];
  const found = [...ownLinesWith(MARK, batchOf(lines))];
  expect(found.map((each) => each.line)).toEqual([1, 5]);
  expect(found[0]!.bytes.toString()).toBe(own);
});

it("believes only what the server writes in front", () => {
  const lines = [
    line("ingest_x", '"data":{"note":",\\"via\\":\\"telltale\\"","k":"log_pruned"}'),
    `{"received":"2026-11-22T10:00:00.000Z","via":"ingest_x","via":"telltale","action":"log_pruned"}`,
    line("telltale_x", '"action":"log_pruned"'),
  ];
  expect([...ownLinesWith(MARK, batchOf(lines))]).toEqual([]);
  expect([...ownLinesWith(MARK, batchOf([]))]).toEqual([]);
});
