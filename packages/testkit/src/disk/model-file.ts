// SPDX-License-Identifier: Apache-2.0
import type { Random } from "../random.js";

/** What a disk writes whole or not at all. */
export const SECTOR = 512;

/** How much of what was never synced a power cut leaves: nothing, all, or each sector by its own chance. */
export interface CutStyle {
  /** Chance that a sector which was not synced reached the disk. */
  keep: number;
  /** Chance that the file's new length did. */
  keepSize: number;
  /** Where one place was written more than once since the last sync: the chance of the newest. Default 0.7. */
  newest?: number;
  /** Changes of names are kept in their order, up to some point, as a journal does; otherwise any of them. */
  inOrder: boolean;
}

function sectorOf(bytes: Uint8Array, number: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.set(bytes.subarray(number * SECTOR, (number + 1) * SECTOR));
  return sector;
}

/** Bytes with a length of their own, which grow with zeros. */
class Bytes {
  #bytes = Buffer.alloc(4 * SECTOR);
  length = 0;

  get view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  resize(length: number): void {
    if (length < this.length) this.#bytes.fill(0, length, this.length);
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    this.length = length;
  }

  put(bytes: Uint8Array, position: number): void {
    if (position + bytes.length > this.length) this.resize(position + bytes.length);
    this.#bytes.set(bytes, position);
  }
}

/**
 * A file as a disk with a cache has it: what programs read, and what is there when the power comes back. Every version
 * of a sector since the last sync may be the one that reached the disk, each sector for itself.
 */
export class ModelFile {
  /** Names that lead to it. */
  links = 0;
  readonly #now = new Bytes();
  readonly #durable = new Bytes();
  readonly #versions = new Map<number, Buffer[]>();
  #sizes: number[] = [];

  get size(): number {
    return this.#now.length;
  }

  get content(): Buffer {
    return this.#now.view;
  }

  read(buffer: Uint8Array, position: number): number {
    const part = this.#now.view.subarray(position, position + buffer.length);
    buffer.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#now.put(bytes, position);
    this.#touch(position, position + bytes.length);
  }

  truncate(length: number): void {
    const before = this.size;
    this.#now.resize(length);
    this.#touch(Math.min(before, length), Math.max(before, length));
  }

  #touch(from: number, to: number): void {
    for (let number = Math.floor(from / SECTOR); number * SECTOR < to; number++) {
      const versions = this.#versions.get(number) ?? [];
      versions.push(sectorOf(this.#now.view, number));
      this.#versions.set(number, versions);
    }
    this.#sizes.push(this.size);
  }

  /** Everything is on the disk now. */
  sync(): void {
    this.#durable.resize(this.size);
    for (const number of this.#versions.keys()) {
      const at = number * SECTOR;
      if (at < this.size) this.#durable.put(this.#now.view.subarray(at, at + SECTOR), at);
    }
    this.#forget();
  }

  /** A sync that fails: some sectors are on the disk, and the cache takes all of them for written from now on. */
  failSync(random: Random, style: CutStyle): void {
    const { content, size } = this.#afterCut(random, style);
    this.#durable.resize(0);
    this.#durable.put(content, 0);
    this.#durable.resize(size);
    this.#forget();
  }

  #forget(): void {
    this.#versions.clear();
    this.#sizes = [];
  }

  /** The file that is there when the power comes back. */
  afterCut(random: Random, style: CutStyle): ModelFile {
    const { content, size } = this.#afterCut(random, style);
    const file = new ModelFile();
    file.links = this.links;
    file.write(content, 0);
    file.truncate(size);
    file.sync();
    return file;
  }

  #afterCut(random: Random, style: CutStyle): { content: Buffer; size: number } {
    const whole = new Bytes();
    whole.put(this.#durable.view, 0);
    for (const [number, versions] of this.#versions) {
      if (random.next() < style.keep) {
        const version = random.next() < (style.newest ?? 0.7) ? versions.at(-1) : random.pick(versions);
        whole.put(version as Buffer, number * SECTOR);
      }
    }
    const size = this.#sizeAfterCut(random, style);
    whole.resize(size);
    return { content: whole.view, size };
  }

  #sizeAfterCut(random: Random, style: CutStyle): number {
    const before = this.#durable.length;
    if (this.#sizes.length === 0 || random.next() >= style.keepSize) return before;
    const size =
      random.next() < (style.newest ?? 0.7) ? (this.#sizes.at(-1) as number) : random.pick(this.#sizes);
    if (size <= before || random.next() < 0.7) return size;
    // Blocks were given to the file one by one: its length ends at one of them.
    const blocks = Math.ceil((size - before) / SECTOR);
    return Math.min(size, (Math.floor(before / SECTOR) + 1 + random.below(blocks)) * SECTOR);
  }
}
