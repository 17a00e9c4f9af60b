// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { toBase64 } from "./bytes.js";
import { formatCheckpoint, parseCheckpoint, parseTreeHead } from "./checkpoint.js";
import { MerkleError } from "./error.js";
import { emptyRoot } from "./hash.js";

const root = new Uint8Array(32).fill(5);
const good = `example.com/log\n7\n${toBase64(root)}\n`;

function codeOf(work: () => unknown): string {
  try {
    work();
    return "fine";
  } catch (error) {
    if (error instanceof MerkleError) return error.code;
    throw error;
  }
}

describe("the text of a checkpoint", () => {
  it("is not made of what no parser would take", () => {
    expect(formatCheckpoint("example.com/log", 7n, root)).toBe(good);
    const wrong: [string, bigint, Uint8Array][] = [
      ["", 7n, root],
      ["a b", 7n, root],
      ["a+b", 7n, root],
      ["a", -1n, root],
      ["a", 7n, root.subarray(1)],
      ["a", 7n, new Uint8Array(33)],
    ];
    for (const [origin, size, hash] of wrong) {
      expect(codeOf(() => formatCheckpoint(origin, size, hash))).toBe("bad_checkpoint");
    }
    expect(codeOf(() => formatCheckpoint("a", 0n, emptyRoot()))).toBe("fine");
  });

  it("has three lines and its extensions, none of them empty", () => {
    expect(parseTreeHead(good)).toEqual({ origin: "example.com/log", size: 7n, root, extensions: [] });
    expect(parseTreeHead(`${good}one\ntwo\n`).extensions).toEqual(["one", "two"]);
    for (const text of [
      `${good}\n`,
      `${good}one\n\ntwo\n`,
      good.slice(0, -1),
      `${good}one`,
      "",
      "\n",
      "a\n7\n",
      `\n7\n${toBase64(root)}\n`,
      `a\n07\n${toBase64(root)}\n`,
      `a\n-7\n${toBase64(root)}\n`,
      `a\n7\n${toBase64(root.subarray(1))}\n`,
      `a\n7\n${toBase64(root).slice(0, -1)}\n`,
    ]) {
      expect([text, codeOf(() => parseTreeHead(text))]).toEqual([text, "bad_checkpoint"]);
    }
  });

  it("of an empty tree has the empty root, which only a witness may overlook", () => {
    const empty = `a\n0\n${toBase64(root)}\n`;
    expect(codeOf(() => parseCheckpoint(empty))).toBe("bad_checkpoint");
    expect(parseTreeHead(empty).size).toBe(0n);
    expect(parseCheckpoint(`a\n0\n${toBase64(emptyRoot())}\n`).size).toBe(0n);
  });
});
