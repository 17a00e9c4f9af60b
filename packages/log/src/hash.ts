// SPDX-License-Identifier: Apache-2.0
import * as crypto from "node:crypto";
import { type HashNode, parseBundle } from "@telltale/merkle";
import type { LineBatch } from "./types.js";

type HashToString = (data: Uint8Array) => string;

/** `crypto.hash` exists from Node 20.12; asked for a string it costs a third of what a Buffer costs. */
const oneShot = (crypto as { hash?: (name: string, data: Uint8Array, encoding: "binary") => string }).hash;
const sha256Binary: HashToString =
  oneShot === undefined
    ? (data) => crypto.createHash("sha256").update(data).digest("binary")
    : (data) => oneShot("sha256", data, "binary");

let lastOut: Uint8Array | undefined;
let lastView: Buffer = Buffer.alloc(0);

function viewOf(out: Uint8Array): Buffer {
  if (out !== lastOut) {
    lastView = Buffer.from(out.buffer, out.byteOffset, out.length);
    lastOut = out;
  }
  return lastView;
}

/** The interior hash of the tree, without a Buffer for each node. */
export const hashNode: HashNode = (node, out, offset) => {
  viewOf(out).write(sha256Binary(node), offset, 32, "latin1");
};

/**
 * Leaf hashes of the lines, SHA-256(0x00 || line without newline), 32 bytes each.
 * While it runs it borrows each line's preceding newline for the prefix: the bytes MUST NOT be in use by another
 * thread (a write in flight reads them there).
 */
export function hashLeaves(lines: LineBatch): Buffer {
  const { bytes, ends, count } = lines;
  const out = Buffer.allocUnsafe(32 * count);
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = ends[i] as number;
    if (start === 0) {
      out.write(hashLine(bytes.subarray(0, end - 1)), 0, 32, "latin1");
    } else {
      const borrowed = bytes[start - 1] as number;
      bytes[start - 1] = 0;
      out.write(sha256Binary(bytes.subarray(start - 1, end - 1)), 32 * i, 32, "latin1");
      bytes[start - 1] = borrowed;
    }
    start = end;
  }
  return out;
}

function hashLine(line: Uint8Array): string {
  return sha256Binary(Buffer.concat([Buffer.of(0), line]));
}

/** The leaf hash of one line (without its newline). */
export function hashOneLeaf(line: Uint8Array): Buffer {
  return Buffer.from(hashLine(line), "latin1");
}

/**
 * Leaf hashes of an entry bundle of `count` entries, 32 bytes each; throws MerkleError `bad_bundle`. While it runs it
 * borrows the byte before each entry for the prefix, as `hashLeaves` does.
 */
export function hashBundle(bundle: Buffer, count: number): Buffer {
  const out = Buffer.allocUnsafe(32 * count);
  for (const [i, entry] of parseBundle(bundle, count).entries()) {
    const at = entry.byteOffset - bundle.byteOffset - 1; // the second byte of its length
    const borrowed = bundle[at] as number;
    bundle[at] = 0;
    out.write(sha256Binary(bundle.subarray(at, at + 1 + entry.length)), 32 * i, 32, "latin1");
    bundle[at] = borrowed;
  }
  return out;
}

/** Root of a complete subtree whose leaves lie one after another; the count is a power of two. */
export function hashSubtree(leaves: Uint8Array, count: number): Buffer {
  // One spare byte in front of each pair would need another layout: node = 0x01 || left || right.
  const level = Buffer.from(leaves.subarray(0, 32 * count));
  const node = Buffer.alloc(65);
  node[0] = 1;
  for (let width = count; width > 1; width /= 2) {
    for (let i = 0; i < width / 2; i++) {
      level.copy(node, 1, 64 * i, 64 * i + 64);
      level.write(sha256Binary(node), 32 * i, 32, "latin1");
    }
  }
  return level.subarray(0, 32);
}

export function sha256Hex(data: Uint8Array): string {
  return crypto.createHash("sha256").update(data).digest("hex");
}

export function sha256(data: Uint8Array): Buffer {
  return crypto.createHash("sha256").update(data).digest();
}
