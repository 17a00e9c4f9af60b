// SPDX-License-Identifier: Apache-2.0
import type { RandomAccess } from "./zip.js";

const WINDOW = 256 * 1024;
/** The events and the proofs are read side by side, each from a place of its own. */
const MAX_WINDOWS = 6;

/** Reads another source in windows: asking a disk or a browser for each kilobyte takes most of the time of a check. */
export class BufferedAccess implements RandomAccess {
  readonly size: number;
  readonly #source: RandomAccess;
  readonly #windows = new Map<number, Promise<Uint8Array>>();

  constructor(source: RandomAccess) {
    this.#source = source;
    this.size = source.size;
  }

  #window(n: number): Promise<Uint8Array> {
    const start = n * WINDOW;
    const known = this.#windows.get(n);
    const bytes = known ?? this.#source.read(start, Math.min(WINDOW, this.size - start));
    this.#windows.delete(n);
    this.#windows.set(n, bytes); // the newest is at the end
    if (known === undefined) {
      bytes.catch(() => this.#windows.delete(n));
      if (this.#windows.size > MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value as number);
    }
    return bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new RangeError("read beyond the end of the file");
    const out = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const n = Math.floor((offset + done) / WINDOW);
      const at = offset + done - n * WINDOW;
      const window = await this.#window(n);
      const part = window.subarray(at, at + Math.min(length - done, window.length - at));
      if (part.length === length) return part;
      out.set(part, done);
      done += part.length;
    }
    return out;
  }
}
