// SPDX-License-Identifier: Apache-2.0
import type { RandomAccess } from "@telltale/merkle/evidence";

const WINDOW = 256 * 1024;
/** The events and the proofs are read side by side, each from a place of its own. */
const MAX_WINDOWS = 6;

/** A file that was given to the page, read in windows: asking the browser for each kilobyte would take minutes. */
export class BlobAccess implements RandomAccess {
  readonly size: number;
  readonly #blob: Blob;
  readonly #windows = new Map<number, Promise<Uint8Array>>();

  constructor(blob: Blob) {
    this.#blob = blob;
    this.size = blob.size;
  }

  #window(n: number): Promise<Uint8Array> {
    const known = this.#windows.get(n);
    const bytes =
      known ??
      this.#blob
        .slice(n * WINDOW, (n + 1) * WINDOW)
        .arrayBuffer()
        .then((buffer) => new Uint8Array(buffer));
    this.#windows.delete(n);
    this.#windows.set(n, bytes); // the newest is at the end
    if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value as number);
    return bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new Error("read beyond the end of the file");
    const n = Math.floor(offset / WINDOW);
    if (offset + length <= (n + 1) * WINDOW) {
      const at = offset - n * WINDOW;
      return (await this.#window(n)).subarray(at, at + length);
    }
    return new Uint8Array(await this.#blob.slice(offset, offset + length).arrayBuffer());
  }
}
