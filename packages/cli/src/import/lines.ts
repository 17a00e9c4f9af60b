// SPDX-License-Identifier: Apache-2.0

/** One line of a file, without its line end. `bytes` is undefined when the line is longer than is allowed. */
export interface Line {
  number: number;
  bytes: Buffer | undefined;
}

/** Far above what an event may have; a file without line ends must not fill the memory. */
export const MAX_LINE_BYTES = 256 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Cuts chunks into lines; `push` gives the lines that a chunk completed, `end` the last one. */
export class LineCutter {
  #parts: Buffer[] = [];
  #held = 0;
  #tooLong = false;
  #number = 0;

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      this.#hold(chunk.subarray(start, at));
      lines.push(this.#take());
      start = at + 1;
    }
    this.#hold(chunk.subarray(start));
    return lines;
  }

  /** The last line, when the file does not end with a line end. */
  end(): Line[] {
    return this.#held > 0 || this.#tooLong ? [this.#take()] : [];
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    this.#held += part.length;
    if (this.#held > MAX_LINE_BYTES) {
      this.#tooLong = true;
      this.#parts = [];
    } else if (!this.#tooLong) this.#parts.push(part);
  }

  #take(): Line {
    this.#number++;
    const [only] = this.#parts;
    let bytes = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    if (bytes.at(-1) === RETURN) bytes = bytes.subarray(0, -1);
    // A byte order mark belongs to the file, not to its first line.
    if (
      this.#number === 1 &&
      bytes.length >= 3 &&
      bytes[0] === 0xef &&
      bytes[1] === 0xbb &&
      bytes[2] === 0xbf
    ) {
      bytes = bytes.subarray(3);
    }
    const line = { number: this.#number, bytes: this.#tooLong ? undefined : bytes };
    this.#parts = [];
    this.#held = 0;
    this.#tooLong = false;
    return line;
  }
}
