// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { type FileHandle, mkdir, open, rmdir, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { Waiting } from "../waiting.js";
import { segmentPath } from "./directory.js";
import { formatHeader, formatLine } from "./segment.js";

/** A segment of this process. */
export interface Segment {
  readonly path: string;
  /** Bytes that are whole lines: nothing behind them is read. */
  bytes: number;
  /** No event has been written to it. */
  isEmpty: boolean;
  /** Events in it that are neither acknowledged nor lost. */
  unsettled: number;
}

export interface SegmentWriterOptions {
  /** The folder of the chain; made with the first segment. */
  folder: string;
  boot: string;
  /** The API key's id. */
  keyId: string;
  /** A segment is closed when it has so many bytes. */
  segmentBytes: number;
  /** Each append is forced to the disk before it counts. */
  isDurable: boolean;
}

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;

/** Writes the segments of one chain, one append at a time. After an error nothing more is added to that segment. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #open: { segment: Segment; file: FileHandle } | undefined;
  #isDirty = false;
  #opened = 0;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  /** The segment that grows. */
  get current(): Segment | undefined {
    return this.#open?.segment;
  }

  /**
   * Writes events behind those before; they count when this resolves.
   *
   * @throws {Error} of the file system; none of the events counts as written then
   */
  async append(entries: readonly Waiting[]): Promise<Segment> {
    const [first] = entries as [Waiting];
    try {
      const { segment, file } = await this.#ready(first.seq);
      const bytes = Buffer.from(entries.map(formatLine).join(""));
      let done = 0;
      while (done < bytes.length) done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
      if (this.#options.isDurable) await file.datasync();
      else this.#isDirty = true;
      segment.isEmpty = false;
      segment.bytes += bytes.length;
      segment.unsettled += entries.length;
      return segment;
    } catch (error) {
      await this.#abandon();
      throw error;
    }
  }

  /** What stands at its end now is unknown, and after a failed fsync so is the rest: what comes goes elsewhere. */
  async #abandon(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const { file, segment } = open;
    try {
      await file.truncate(segment.bytes);
      await file.close();
      // A disk that is full must not be filled with beginnings.
      if (segment.isEmpty) await unlink(segment.path);
    } catch {
      // Best effort on a disk that has just failed: a reader copes with what stands there.
    }
  }

  async #ready(first: number): Promise<{ segment: Segment; file: FileHandle }> {
    const { folder, boot, keyId, segmentBytes, isDurable } = this.#options;
    if (this.#open !== undefined && this.#open.segment.bytes >= segmentBytes) await this.rotate();
    if (this.#open !== undefined) return this.#open;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = this.#nextPath(first);
    const file = await open(path, FLAGS, 0o600);
    const header = formatHeader({ boot, first, keyId });
    const segment: Segment = { path, bytes: Buffer.byteLength(header), isEmpty: true, unsettled: 0 };
    this.#open = { segment, file };
    await file.write(header);
    if (isDurable) {
      await syncDirectory(folder);
      await syncDirectory(dirname(folder));
    }
    return this.#open;
  }

  /** A segment that failed may have the same first number: an attempt takes a name of its own. */
  #nextPath(first: number): string {
    const path = segmentPath(this.#options.folder, Math.max(first, this.#opened + 1));
    this.#opened = Math.max(first, this.#opened + 1);
    return path;
  }

  /** Forces to the disk what has been written since the last time. */
  async sync(): Promise<void> {
    if (!this.#isDirty || this.#open === undefined) return;
    this.#isDirty = false;
    try {
      await this.#open.file.datasync();
    } catch (error) {
      await this.#abandon();
      throw error;
    }
  }

  /** Closes the segment that grows; the next append begins another. */
  async rotate(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.file.close();
  }

  /** Removes a segment of which nothing is needed any more. */
  async remove(segment: Segment): Promise<void> {
    if (segment === this.current) await this.rotate();
    await unlink(segment.path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    });
  }

  /** Removes the folder when nothing is in it. */
  async removeFolder(): Promise<void> {
    await rmdir(this.#options.folder).catch((error: unknown) => {
      if (!["ENOENT", "ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? ""))
        throw error;
    });
  }

  /**
   * Writes what waits while the process ends and nothing asynchronous comes to an end any more. An append may be under way
   * at the same time: then an event stands here twice, which a reader expects.
   */
  appendSync(entries: readonly Waiting[]): void {
    const [first] = entries;
    if (first === undefined) return;
    const { folder, boot, keyId } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fd = openSync(this.#nextPath(first.seq), FLAGS, 0o600);
    try {
      const text = formatHeader({ boot, first: first.seq, keyId }) + entries.map(formatLine).join("");
      const bytes = Buffer.from(text);
      let done = 0;
      while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done);
      if (this.#options.isDurable) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** A new file survives a power failure only once its directory does. */
async function syncDirectory(folder: string): Promise<void> {
  const directory = await open(folder, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
