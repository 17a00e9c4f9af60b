// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leaf } from "../test/reference.js";
import { firstDifference } from "./difference.js";
import { RightEdge } from "./edge.js";
import { nodeCrypto as crypto } from "./node.js";
import { partialWidth } from "./tile.js";
import { type ReadTile, TrustedTiles } from "./trusted-tiles.js";

const MOST = 66_200;
const LEAVES = Buffer.concat(Array.from({ length: MOST }, (_, i) => leaf(Buffer.from(`event ${i}`))));

interface Stored {
  head: { size: bigint; root: Uint8Array };
  read: ReadTile;
  /** All hashes of each level. */
  levels: Buffer[];
}

/** The tiles of the first `size` leaves, of which `changed` is another one. */
function store(size: number, changed?: number): Stored {
  const parts: Uint8Array[][] = [[], [], []];
  const edge = new RightEdge((node, out, offset) => out.set(crypto.sha256(node), offset));
  const leaves = Buffer.from(LEAVES.subarray(0, 32 * size));
  if (changed !== undefined)
    leaf(Buffer.from("another")).forEach((byte, i) => (leaves[32 * changed + i] = byte));
  edge.append(leaves, size, (height, _index, bytes, offset) => {
    parts[height / 8]?.push(bytes.slice(offset, offset + 32));
  });
  const levels = parts.map((hashes) => Buffer.concat(hashes));
  return {
    head: { size: BigInt(size), root: edge.root() },
    levels,
    read: async (level, n, width) => {
      const bytes = levels[level]?.subarray(8192 * Number(n), 8192 * Number(n) + 32 * width);
      return bytes?.length === 32 * width ? bytes : undefined;
    },
  };
}

const SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_200];

describe("TrustedTiles", () => {
  it.each(SIZES)("gives every hash of a tree of %i, and the root it had before", async (size) => {
    const { head, read, levels } = store(size);
    const tiles = await TrustedTiles.open(crypto, head, read);
    for (let level = 0; level < 3; level++) {
      const count = Math.floor(size / 256 ** level);
      for (const index of new Set([0, 1, 255, 256, count >> 1, count - 2, count - 1])) {
        if (index < 0 || index >= count) continue;
        const expected = levels[level]?.subarray(32 * index, 32 * index + 32);
        expect(Buffer.from(await tiles.hash(level, BigInt(index)))).toEqual(expected);
      }
      await expect(tiles.hash(level, BigInt(count))).rejects.toMatchObject({ code: "bad_range" });
    }
    for (const before of SIZES.filter((each) => each <= size)) {
      expect(Buffer.from(await tiles.rootAt(BigInt(before)))).toEqual(Buffer.from(store(before).head.root));
    }
    await expect(tiles.rootAt(BigInt(size + 1))).rejects.toMatchObject({ code: "bad_range" });
  });

  it("finds any changed bit of any tile before it gives out a hash below it", async () => {
    const { head, read } = store(66_000);
    const places: [number, number, number][] = [
      [0, 3, 256],
      [0, 257, partialWidth(0, 66_000n)],
      [1, 0, 256],
      [1, 1, partialWidth(1, 66_000n)],
      [2, 0, 1],
    ];
    for (const [level, n, width] of places) {
      for (const bit of [0, 32 * width * 8 - 1]) {
        const tampered: ReadTile = async (l, m, w) => {
          const bytes = await read(l, m, w);
          if (bytes === undefined || l !== level || Number(m) !== n) return bytes;
          const copy = Uint8Array.from(bytes);
          copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
          return copy;
        };
        const use = async (): Promise<unknown> =>
          (await TrustedTiles.open(crypto, head, tampered)).hash(level, BigInt(256 * n));
        await expect(use(), `${level}/${n} bit ${bit}`).rejects.toMatchObject({ code: "proof_mismatch" });
      }
    }
  });

  it("refuses tiles that are missing, cut or too long, and asks again for one that failed", async () => {
    const { head, read } = store(600);
    for (const answer of [undefined, new Uint8Array(0), new Uint8Array(8191), new Uint8Array(8193)]) {
      let broken = true;
      const tiles = await TrustedTiles.open(crypto, head, async (level, n, width) =>
        broken && n === 0n && level === 0 ? answer : read(level, n, width),
      );
      await expect(tiles.hash(0, 5n)).rejects.toMatchObject({ code: "bad_tile" });
      broken = false;
      expect(await tiles.hash(0, 5n)).toHaveLength(32);
      await expect(TrustedTiles.open(crypto, head, async () => answer)).rejects.toMatchObject({
        code: "bad_tile",
      });
    }
  });
});

describe("firstDifference", () => {
  const all = Array.from({ length: 600 }, (_, i) => i);

  it("is the changed leaf, wherever it is", async () => {
    const size = fc.integer({ min: 1, max: 600 });
    await fc.assert(
      fc.asyncProperty(size, size, fc.constantFrom(...all), async (a, b, at) => {
        const least = Math.min(a, b);
        const changed = at % a;
        const [ours, theirs] = [store(a, changed), store(b)];
        const [one, other] = [
          await TrustedTiles.open(crypto, ours.head, ours.read),
          await TrustedTiles.open(crypto, theirs.head, theirs.read),
        ];
        const expected = changed < least ? BigInt(changed) : undefined;
        expect(await firstDifference(BigInt(least), one.node, other.node)).toBe(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("is none between a tree and what it grew to", async () => {
    const [ours, theirs] = [store(257), store(66_000)];
    const one = await TrustedTiles.open(crypto, ours.head, ours.read);
    const other = await TrustedTiles.open(crypto, theirs.head, theirs.read);
    expect(await firstDifference(257n, one.node, other.node)).toBeUndefined();
    expect(await firstDifference(0n, one.node, other.node)).toBeUndefined();
  });
});
