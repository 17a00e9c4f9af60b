// SPDX-License-Identifier: Apache-2.0
import {
  formatBundle,
  formatKeyHistory,
  formatReceipt,
  inclusionProof,
  type KeyChange,
  nodeHash,
  type OnTileHash,
  type ReadNode,
  RightEdge,
  treeRoot,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { hashNode, hashOneLeaf } from "../src/hash.js";
import { createSigner, type Signer } from "../src/keys.js";
import type { MirrorSource } from "../src/mirror/source.js";

/** A log in memory that can do what no honest one does: change its past and sign it again with its real key. */
export class MemorySource implements MirrorSource {
  signer: Signer;
  readonly #first: string;
  #changes: KeyChange[] = [];
  lines: string[];
  /** Bundles that are said to be pruned. */
  pruned = new Set<number>();
  requests = { checkpoint: 0, tile: 0, bundle: 0 };
  /** Called before each answer; may throw. */
  before: (what: "checkpoint" | "tile" | "bundle" | "keys", n: number) => Promise<void> | void = () =>
    undefined;
  #levels: Buffer[][] = [];
  #note = "";

  constructor(lines: string[] = [], signer: Signer = createSigner("example.com/memory").signer) {
    this.lines = lines;
    this.signer = signer;
    this.#first = signer.vkey;
    this.sign();
  }

  /** Sign what is there now. */
  sign(): void {
    const levels: Buffer[][] = [];
    const add: OnTileHash = (height, _index, bytes, offset) => {
      (levels[height / 8] ??= []).push(Buffer.from(bytes.subarray(offset, offset + 32)));
    };
    const edge = new RightEdge(hashNode);
    for (const line of this.lines) edge.append(hashOneLeaf(Buffer.from(line)), 1, add);
    this.#levels = levels;
    this.#note = this.signer.signCheckpoint(this.lines.length, edge.root());
  }

  grow(count: number): void {
    const from = this.lines.length;
    for (let i = 0; i < count; i++) this.lines.push(lineOf(from + i));
    this.sign();
  }

  /** Change the key as a log does it: an event that names both, in a tree that both sign. */
  async changeKey(next: Signer = createSigner(this.signer.origin).signer): Promise<void> {
    const { signer } = this;
    const data = { from: signer.vkey, to: next.vkey };
    const entry = JSON.stringify({ via: "telltale", action: "log_key_changed", data });
    const index = this.lines.push(entry) - 1;
    this.sign();
    const size = BigInt(this.lines.length);
    const node: ReadNode = (height, at) =>
      height === 0 ? hashOneLeaf(Buffer.from(this.lines[Number(at)] ?? "")) : this.#above(height, at, node);
    this.#note = signer.signCheckpoint(
      this.lines.length,
      Buffer.from(await treeRoot(nodeCrypto, size, node)),
      next,
    );
    const proof = await inclusionProof(nodeCrypto, BigInt(index), size, node);
    this.#changes.push({
      entry,
      proof: formatReceipt({ index: BigInt(index), proof, checkpoint: this.#note }),
    });
    this.signer = next;
  }

  async #above(height: number, at: bigint, node: ReadNode): Promise<Uint8Array> {
    return nodeHash(nodeCrypto, await node(height - 1, 2n * at), await node(height - 1, 2n * at + 1n));
  }

  async keys(): Promise<Buffer | undefined> {
    await this.before("keys", 0);
    return this.#changes.length === 0 ? undefined : Buffer.from(formatKeyHistory(this.#first, this.#changes));
  }

  async checkpoint(): Promise<Buffer> {
    this.requests.checkpoint++;
    await this.before("checkpoint", 0);
    return Buffer.from(this.#note);
  }

  async tile(level: number, n: number, width: number): Promise<Buffer | undefined> {
    this.requests.tile++;
    await this.before("tile", n);
    const hashes = this.#levels[level]?.slice(256 * n, 256 * n + width) ?? [];
    return hashes.length === width ? Buffer.concat(hashes) : undefined;
  }

  async bundle(n: number, width: number): Promise<Buffer | "pruned" | undefined> {
    this.requests.bundle++;
    await this.before("bundle", n);
    if (this.pruned.has(n)) return "pruned";
    const lines = this.lines.slice(256 * n, 256 * n + width);
    return lines.length === width
      ? Buffer.from(formatBundle(lines.map((line) => Buffer.from(line))))
      : undefined;
  }
}

export function lineOf(index: number): string {
  return `{"received":"2026-11-22T10:00:00.000Z","n":${index}}`;
}

/** A log of this many events. */
export function memorySource(count: number): MemorySource {
  return new MemorySource(Array.from({ length: count }, (_, i) => lineOf(i)));
}
