// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { parseCheckpoint, parseNote } from "@telltale/merkle";
import { fdatasync, withFile, writeAll } from "./disk.js";
import { toError } from "./error.js";
import type { FileSystem } from "./fs.js";

const INTERVAL_MS = 1000;
const TAIL_BYTES = 64 * 1024;

/** A published checkpoint ends with an empty line after a signature line (an em dash, here as latin1). */
const RECORD_END = /\u00e2\u0080\u0094 [^\n]*\n\n/g;

/** Cut published checkpoints, read as latin1, into notes; `rest` is what follows the last complete one. */
export function splitPublished(text: string): { notes: string[]; rest: string } {
  const notes: string[] = [];
  let start = 0;
  for (const match of text.matchAll(RECORD_END)) {
    const end = match.index + match[0].length;
    notes.push(text.slice(start, end - 1));
    start = end;
  }
  return { notes, rest: text.slice(start) };
}

/**
 * Cut a torn record off the file of published checkpoints; the size of the newest complete one, or -1. Torn is one without its end,
 * and one with a hole, which a power cut leaves where a sector was not written: whatever else is wrong with one, a verifier shall see.
 */
export async function repairPublished(fs: FileSystem, file: string): Promise<number> {
  const { O_CREAT, O_RDWR } = constants;
  return withFile(fs, file, O_RDWR | O_CREAT, async (fd) => {
    const { size } = await fs.stat(fd);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await fs.read(fd, tail, size - tail.length);
    const { notes, rest } = splitPublished(tail.toString("latin1"));
    // Processes that were killed leave records unsynced; of those a power cut may keep a later one and not an earlier one.
    const hole = notes.findIndex((note) => note.includes("\0"));
    const lost = hole === -1 ? [] : notes.splice(hole);
    const torn = lost.reduce((sum, note) => sum + note.length + 1, rest.length);
    // Not vital: every checkpoint is also in the head store when it is made, and these can be signed again.
    if (torn > 0) await fs.ftruncate(fd, size - torn);
    const newest = notes.at(-1);
    return newest === undefined ? -1 : sizeOf(newest);
  });
}

/** The first checkpoint that was published, as bytes in a string (latin1); undefined when there is none. */
export async function firstPublished(fs: FileSystem, file: string): Promise<string | undefined> {
  return withFile(fs, file, constants.O_RDONLY, async (fd) => {
    const start = Buffer.alloc(TAIL_BYTES);
    const got = await fs.read(fd, start, 0);
    return splitPublished(start.toString("latin1", 0, got)).notes[0];
  });
}

function sizeOf(note: string): number {
  try {
    // The first record of the tail may be cut, the newest is whole; its signature is the verifier's business.
    return Number(parseCheckpoint(parseNote(Buffer.from(note, "latin1")).text).size);
  } catch {
    return -1;
  }
}

/**
 * Publishes at most one checkpoint a second: at once after a quiet second, otherwise when the second is over.
 * Publishing is appending the note to a file, and fsync: a hole that a power cut leaves would look like a changed one.
 */
export class Publisher {
  readonly #fs: FileSystem;
  readonly #fd: number;
  readonly #write: () => Promise<void>;
  readonly #onError: (error: Error) => void;
  #position: number;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    fs: FileSystem,
    file: { fd: number; size: number },
    write: () => Promise<void>,
    onError: (error: Error) => void,
  ) {
    this.#fs = fs;
    this.#fd = file.fd;
    this.#position = file.size;
    this.#write = write;
    this.#onError = onError;
  }

  /** There is a newer checkpoint. */
  changed(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + INTERVAL_MS - performance.now());
    this.#timer = setTimeout(() => void this.publish(), this.#last === 0 ? 0 : wait);
    this.#timer.unref();
  }

  /** Publish now, one at a time. Never rejects: what failed is reported and can be derived later. */
  async publish(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#running !== undefined) await this.#running;
    this.#timer = undefined;
    this.#last = performance.now();
    this.#running = this.#write()
      .catch((error: unknown) => this.#onError(toError(error)))
      .finally(() => {
        this.#running = undefined;
      });
    await this.#running;
  }

  /** Append one checkpoint to the file. */
  async append(note: string): Promise<void> {
    const bytes = Buffer.from(`${note}\n`);
    await writeAll(this.#fs, this.#fd, [bytes], this.#position);
    await fdatasync(this.#fs, this.#fd);
    this.#position += bytes.length;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#running !== undefined) await this.#running;
    await this.#fs.close(this.#fd);
  }
}
