// SPDX-License-Identifier: Apache-2.0
import { type FileHandle, open, readFile, unlink, writeFile } from "node:fs/promises";
import { holdsSurrogate, repairLines } from "./repair.js";

const WRITE_BYTES = 1_048_576;

/**
 * Lines on their way into DuckDB: a plain NDJSON file of consecutive events, because DuckDB parses files by itself
 * and JavaScript need not touch a column. Not synced: after a crash the lines are read from the log again.
 */
export class Spool {
  readonly file: string;
  readonly first: number;
  /** Lines taken in so far. */
  count = 0;
  bytes = 0;
  #handle: FileHandle | undefined;
  #written = 0;
  #chunks: Buffer[] = [];
  #pending = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: string, first: number) {
    this.file = file;
    this.first = first;
  }

  get next(): number {
    return this.first + this.count;
  }

  /**
   * Takes whole lines in. When it rejects (a full disk), the lines are held in memory and written by the next call, so
   * nothing is lost or doubled; the caller should wait before it goes on.
   */
  async append(lines: Buffer, count: number): Promise<void> {
    // A copy: the batch belongs to the follower runner and is shared with others.
    const copy = holdsSurrogate(lines) ? repairLines(lines, "surrogates") : Buffer.from(lines);
    this.#chunks.push(copy);
    this.#pending += copy.length;
    this.bytes += copy.length;
    this.count += count;
    if (this.#pending >= WRITE_BYTES) await this.#write();
  }

  /** Everything is in the file after this, and the file is closed. */
  async finish(): Promise<void> {
    await this.#write();
    await this.#handle?.close();
    this.#handle = undefined;
  }

  /** One write at a time: a flush may finish the file while an `append` still writes. */
  #write(): Promise<void> {
    const before = this.#writing.catch(() => undefined);
    this.#writing = before.then(() => this.#writeChunks());
    return this.#writing;
  }

  async #writeChunks(): Promise<void> {
    if (this.#chunks.length === 0) return;
    const chunks = this.#chunks;
    this.#handle ??= await open(this.file, this.#written === 0 ? "w" : "r+");
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    // At a fixed place: repeating a write that failed half way overwrites its half.
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        done,
        bytes.length - done,
        this.#written + done,
      );
      done += bytesWritten;
    }
    this.#written += bytes.length;
    this.#chunks = this.#chunks.slice(chunks.length);
    this.#pending -= bytes.length;
  }

  /** Slow path: rewrites every line in the form that every reader takes. */
  async repair(): Promise<void> {
    await writeFile(this.file, repairLines(await readFile(this.file), "all"));
  }

  /** Removes the file, if there is one. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#handle?.close();
    this.#handle = undefined;
    await unlink(this.file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}
