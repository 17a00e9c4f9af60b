// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";

/** What a follower remembers after it handled all events below `next`. */
export interface Snapshot {
  readonly next: number;
  /** What the state depends on beside the events: a snapshot of other rules is not used. */
  readonly of: string;
  readonly state: string;
}

/** A snapshot to be written: its text in pieces, so that a large one is never one string. */
export interface NewSnapshot {
  readonly next: number;
  readonly of: string;
  readonly pieces: Iterable<string>;
}

/**
 * One file a follower, `<dir>/<name>.snapshot`: a line that describes it, then the state. A snapshot may be tens of megabytes,
 * and a database would write it on the thread that acknowledges events; a file is written beside it. Everything in it follows
 * from the log: without a usable file a follower begins with empty memory.
 */
export class Snapshots {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Durable when it resolves; until then the one before stays. One call at a time for each name. */
  async save(name: string, { next, of, pieces }: NewSnapshot): Promise<void> {
    // Before the first wait: afterwards the follower's memory goes on.
    const body = toBuffers(pieces);
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const file = this.#file(name);
    const temporary = `${file}.tmp`;
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ v: 1, next, of, sha256: digest(...body) })}\n`);
      for (const bytes of body) await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    // True now: the new file is complete and durable under its temporary name. Dying here leaves the old snapshot in
    // force, which only means that more events are replayed; the temporary file is overwritten by the next save.
    await rename(temporary, file);
  }

  /** Undefined when there is none, or none that is whole. */
  async load(name: string): Promise<Snapshot | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#file(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    const newline = bytes.indexOf(10);
    if (newline === -1) return undefined;
    const head = parseHead(bytes.toString("utf8", 0, newline));
    const body = bytes.subarray(newline + 1);
    if (head === undefined || digest(body) !== head.sha256) return undefined;
    return { next: head.next, of: head.of, state: body.toString() };
  }

  #file(name: string): string {
    return path.join(this.#dir, `${name}.snapshot`);
  }
}

const BUFFER_BYTES = 1_048_576;

function toBuffers(pieces: Iterable<string>): Buffer[] {
  const buffers: Buffer[] = [];
  let small: Buffer[] = [];
  let length = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    small.push(bytes);
    length += bytes.length;
    if (length < BUFFER_BYTES) continue;
    buffers.push(Buffer.concat(small, length));
    small = [];
    length = 0;
  }
  buffers.push(Buffer.concat(small, length));
  return buffers;
}

function digest(...buffers: Buffer[]): string {
  const hash = createHash("sha256");
  for (const bytes of buffers) hash.update(bytes);
  return hash.digest("hex");
}

function parseHead(text: string): { next: number; of: string; sha256: string } | undefined {
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { v, next, of, sha256 } = (head ?? {}) as Record<string, unknown>;
  const isNext = typeof next === "number" && Number.isSafeInteger(next) && next >= 0;
  if (v !== 1 || !isNext || typeof of !== "string" || typeof sha256 !== "string") return undefined;
  return { next, of, sha256 };
}
