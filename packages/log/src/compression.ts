// SPDX-License-Identifier: Apache-2.0
import { compressSegment, removePlain } from "./compress.js";
import { toError } from "./error.js";
import type { FileSystem } from "./fs.js";
import type { PlainSegment, Segments } from "./segments.js";
import type { TileStore } from "./tiles.js";
import type { ClosedSegment } from "./types.js";
import { type Compressor, createCompressor } from "./zstd/compressor.js";

export type OnSegmentClosed = (segment: ClosedSegment) => Promise<void> | void;

interface CompressionParts {
  fs: FileSystem;
  tiles: TileStore;
  segments: Segments;
  /** The log takes nothing more: what is not compressed waits for the next start. */
  isStopped: () => boolean;
  /** Of a segment that stays plain: the next start tries again. */
  onError: (error: Error) => void;
  /** Of a listener: it holds nothing up. */
  onWarning: (error: Error) => void;
}

/** Closed segments, compressed one after another in the background once everybody who asked has seen the plain file. */
export class Compression {
  readonly #parts: CompressionParts;
  readonly #listeners = new Set<OnSegmentClosed>();
  #compressor: Compressor | undefined;
  #running: Promise<void> = Promise.resolve();
  #tellClosing: () => void = () => undefined;
  readonly #closing = new Promise<void>((resolve) => {
    this.#tellClosing = resolve;
  });

  constructor(parts: CompressionParts) {
    this.#parts = parts;
  }

  /** Tells of segments as they close; the plain file stays until the promise of each listener is settled. */
  onClosed(listener: OnSegmentClosed): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(plain: PlainSegment): void {
    const { first, path } = plain;
    const told = this.#tell({ first, count: plain.ends.length, path, zstPath: `${path}.zst` });
    this.#running = this.#compress(this.#running, plain, told);
  }

  async #compress(before: Promise<void>, plain: PlainSegment, told: Promise<unknown>): Promise<void> {
    await before;
    const { fs, tiles, segments, isStopped, onError } = this.#parts;
    if (isStopped()) return;
    try {
      this.#compressor ??= createCompressor();
      const compressed = await compressSegment({ fs, tiles, compressor: this.#compressor }, plain);
      await Promise.race([told, this.#closing]);
      if (isStopped()) return;
      segments.replace(plain, compressed);
      await removePlain(fs, plain);
    } catch (error) {
      onError(toError(error));
    }
  }

  async #tell(closed: ClosedSegment): Promise<void> {
    const told = [...this.#listeners].map(async (listener) => listener(closed));
    for (const result of await Promise.allSettled(told)) {
      if (result.status === "rejected") this.#parts.onWarning(toError(result.reason));
    }
  }

  /** Listeners are waited for no longer; what is being compressed comes to its end. */
  stop(): void {
    this.#tellClosing();
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#compressor?.close();
  }
}
