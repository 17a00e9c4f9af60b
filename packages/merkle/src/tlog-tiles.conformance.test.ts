// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { toBase64 } from "./bytes.js";
import { parseBundle } from "./bundle.js";
import { verifyCheckpoint } from "./checkpoint.js";
import { RightEdge } from "./edge.js";
import { HASH_BYTES, leafHash } from "./hash.js";
import { nodeCrypto } from "./node.js";
import { inclusionProof } from "./proof.js";
import { formatReceipt, verifyReceipt } from "./receipt.js";
import { formatTilePath, parseTilePath } from "./tile.js";
import { parseVkey } from "./vkey.js";

const vectors =
  process.env["TELLTALE_VECTORS"] ?? fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const log = `${vectors}/tlog-tiles/testdata/log`;
const vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const key = parseVkey(nodeCrypto, vkey);
const checkpoints = readdirSync(log).filter((file) => file.startsWith("checkpoint"));
const widths = Array.from({ length: 15 }, (_, i) => i + 1);

function readBundle(width: number): Uint8Array[] {
  const path = formatTilePath({ level: "entries", n: 0n, width });
  return parseBundle(readFileSync(`${log}/${path}`), width);
}

function rootOf(entries: Uint8Array[]): Uint8Array {
  const edge = new RightEdge((node, out, offset) => out.set(nodeCrypto.sha256(node), offset));
  for (const entry of entries) edge.append(leafHash(nodeCrypto, entry), 1);
  return edge.root();
}

describe("transparency-dev/tessera test log", () => {
  it("every checkpoint is signed and has the root of its entries", () => {
    expect(checkpoints).toHaveLength(17);
    for (const file of checkpoints) {
      const head = verifyCheckpoint(nodeCrypto, readFileSync(`${log}/${file}`), key);
      const entries = head.size === 0n ? [] : readBundle(15).slice(0, Number(head.size));
      expect({ file, root: toBase64(rootOf(entries)) }).toEqual({ file, root: toBase64(head.root) });
    }
  });

  it.each(widths)("tile and bundle of width %i agree", (width) => {
    const path = formatTilePath({ level: 0, n: 0n, width });
    expect(parseTilePath(path)).toEqual({ level: 0, n: 0n, width });
    const hashes = readBundle(width).map((entry) => leafHash(nodeCrypto, entry));
    expect(Buffer.concat(hashes).equals(readFileSync(`${log}/${path}`))).toBe(true);
  });

  it("a receipt over the log verifies for every entry", async () => {
    const tile = readFileSync(`${log}/${formatTilePath({ level: 0, n: 0n, width: 15 })}`);
    const read = (height: number, index: bigint): Uint8Array => {
      const edge = new RightEdge((node, out, offset) => out.set(nodeCrypto.sha256(node), offset));
      edge.append(tile.subarray(Number(index << BigInt(height)) * HASH_BYTES), 1 << height);
      return edge.root();
    };
    const checkpoint = readFileSync(`${log}/checkpoint`, "utf8");
    for (const [i, entry] of readBundle(15).entries()) {
      const index = BigInt(i);
      const proof = await inclusionProof(nodeCrypto, index, 15n, read);
      const text = formatReceipt({ index, proof, checkpoint });
      expect(verifyReceipt({ proof: text, entry, vkey, crypto: nodeCrypto })).toMatchObject({
        index,
        size: 15n,
      });
    }
  });
});
