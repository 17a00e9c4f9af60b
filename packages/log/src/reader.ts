// SPDX-License-Identifier: Apache-2.0
import { consistencyProof, formatBundle, formatReceipt, inclusionProof } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "./error.js";
import { rangeRoot } from "./prune/leaves.js";
import { rangeAt } from "./prune/ranges.js";
import { cutToFit, joinLines, type Segments } from "./segments.js";
import type { TileStore } from "./tiles.js";
import type { Checkpoint, Committed, LineBatch } from "./types.js";

const DEFAULT_READ_BYTES = 4 * 1024 * 1024;

function isCoordinate(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Lines, proofs and tiles of what is committed: up to the newest durable checkpoint and no further. */
export class Reader {
  readonly #segments: Segments;
  readonly #tiles: TileStore;
  readonly #checkpoint: () => Checkpoint;

  constructor(parts: { segments: Segments; tiles: TileStore }, checkpoint: () => Checkpoint) {
    this.#segments = parts.segments;
    this.#tiles = parts.tiles;
    this.#checkpoint = checkpoint;
  }

  get #size(): number {
    return this.#checkpoint().size;
  }

  rangeRoot(first: number, next: number): Promise<Buffer> {
    if (first % 256 !== 0 || next % 256 !== 0 || !(first >= 0) || !(first < next) || next > this.#size) {
      throw new LogError(
        "bad_range",
        `[${first}, ${next}) is not a range between bundle borders of this log`,
      );
    }
    return rangeRoot(this.#tiles, { first, next });
  }

  async read(from: number, to: number, maxBytes: number = DEFAULT_READ_BYTES): Promise<Committed> {
    const end = Math.min(to, this.#size);
    if (!isCoordinate(from) || from >= end) {
      throw new LogError(
        "bad_range",
        `[${from}, ${to}) is not a range of the ${this.#size} events of this log`,
      );
    }
    const pieces: LineBatch[] = [];
    let bytes = 0;
    for (let index = from; index < end; ) {
      if (pieces.length > 0 && rangeAt(this.#segments.pruned, index) !== undefined) break;
      const piece = cutToFit(await this.#segments.read(index, end, maxBytes - bytes), maxBytes - bytes);
      if (pieces.length > 0 && bytes + piece.bytes.length > maxBytes) break;
      pieces.push(piece);
      bytes += piece.bytes.length;
      index += piece.count;
    }
    return { first: from, ...joinLines(pieces) };
  }

  async proof(index: number): Promise<string> {
    const { text, size } = this.#checkpoint();
    if (!isCoordinate(index) || index >= size) {
      throw new LogError("bad_range", `there is no event ${index}: the log has ${size}`);
    }
    const proof = await inclusionProof(nodeCrypto, BigInt(index), BigInt(size), this.node);
    return formatReceipt({ index: BigInt(index), proof, checkpoint: text });
  }

  async consistency(from: number, to: number): Promise<Buffer[]> {
    if (!isCoordinate(from) || !isCoordinate(to) || from > to || to > this.#size) {
      throw new LogError(
        "bad_range",
        `no consistency proof from ${from} to ${to}: the log has ${this.#size}`,
      );
    }
    const proof = await consistencyProof(nodeCrypto, BigInt(from), BigInt(to), this.node);
    return proof.map((hash) => Buffer.from(hash));
  }

  readonly node = (height: number, index: bigint): Promise<Buffer> => this.#tiles.node(height, Number(index));

  async tile(level: number, n: number, width = 256): Promise<Buffer | undefined> {
    if (!isCoordinate(level) || level > 63 || !isCoordinate(n)) return undefined;
    const available = Math.floor(this.#size / 256 ** level) - 256 * n;
    if (width < 1 || width > 256 || available < width) return undefined;
    const tile = await this.#tiles.read(level, n);
    if (tile === undefined || tile.length < 32 * width) {
      throw new LogError("damaged", `hash tile ${level}/${n} is missing`);
    }
    return tile.subarray(0, 32 * width);
  }

  async entryBundle(n: number, width = 256): Promise<Buffer | undefined> {
    if (!isCoordinate(n) || width < 1 || width > 256 || 256 * n + width > this.#size) return undefined;
    const { bytes, ends, count } = await this.read(256 * n, 256 * n + width, 256 * 65_536);
    const entries: Uint8Array[] = [];
    for (let i = 0, start = 0; i < count; i++) {
      entries.push(bytes.subarray(start, (ends[i] as number) - 1));
      start = ends[i] as number;
    }
    return Buffer.from(formatBundle(entries));
  }
}
