// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import {
  formatBundle,
  formatTilePath,
  MAX_KEY_HISTORY_BYTES,
  parseBundle,
  TILE_WIDTH,
} from "@telltale/merkle";
import { readFile } from "../disk.js";
import { LogError } from "../error.js";
import type { FileSystem } from "../fs.js";
import type { MirrorSource } from "./source.js";

const MAX_CHECKPOINT = 64 * 1024;
/** 256 entries of 65,535 bytes, each after a length of two. */
export const MAX_BUNDLE = TILE_WIDTH * (2 + 65_535);

/** The first `width` entries of a full bundle; throws MerkleError. */
function cutBundle(bundle: Buffer, width: number): Buffer {
  return Buffer.from(formatBundle(parseBundle(bundle, TILE_WIDTH).slice(0, width)));
}

/** A directory in the layout of C2SP tlog-tiles, whoever wrote it. */
export class DirectorySource implements MirrorSource {
  readonly #fs: FileSystem;
  readonly #root: string;

  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  async checkpoint(): Promise<Buffer> {
    const bytes = await readFile(this.#fs, path.join(this.#root, "checkpoint"), MAX_CHECKPOINT);
    if (bytes === undefined) throw new LogError("head_missing", `there is no checkpoint in ${this.#root}`);
    return bytes;
  }

  keys(): Promise<Buffer | undefined> {
    return readFile(this.#fs, path.join(this.#root, "keys"), MAX_KEY_HISTORY_BYTES);
  }

  #read(level: number | "entries", n: number, width: number, most: number): Promise<Buffer | undefined> {
    const name = formatTilePath({ level, n: BigInt(n), width });
    return readFile(this.#fs, path.join(this.#root, name), most);
  }

  /** As the specification has it, a partial tile may be gone once the full one is there. */
  async tile(level: number, n: number, width: number): Promise<Buffer | undefined> {
    const exact = await this.#read(level, n, width, 32 * TILE_WIDTH);
    if (exact !== undefined || width === TILE_WIDTH) return exact;
    return (await this.#read(level, n, TILE_WIDTH, 32 * TILE_WIDTH))?.subarray(0, 32 * width);
  }

  async bundle(n: number, width: number): Promise<Buffer | undefined> {
    const exact = await this.#read("entries", n, width, MAX_BUNDLE);
    if (exact !== undefined || width === TILE_WIDTH) return exact;
    const full = await this.#read("entries", n, TILE_WIDTH, MAX_BUNDLE);
    return full && cutBundle(full, width);
  }
}
