// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import path from "node:path";
import { fdatasync, readFile, syncDirectory, withFile, writeAll } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { Offsets } from "./lines.js";
import { segmentName } from "./paths.js";
import { describeRanges, type IndexRange, rangeAt } from "./prune/ranges.js";
import type { LineBatch } from "./types.js";
import { type Codec, unpackLines } from "./zstd/codec.js";
import { findFrame, type FrameIndex, type FramePlace, MAX_FRAME_BYTES, parseIndex } from "./zstd/file.js";

/** A segment that still is a plain file: its line ends are in memory, four bytes a line. */
export interface PlainSegment {
  kind: "plain";
  first: number;
  path: string;
  ends: Offsets;
}

/** A compressed segment: its frame index is read when somebody wants a line. */
export interface ZstSegment {
  kind: "zst";
  first: number;
  count: number;
  bytes: number;
  path: string;
}

export type AnySegment = PlainSegment | ZstSegment;

export function countOf(segment: AnySegment): number {
  return segment.kind === "plain" ? segment.ends.length : segment.count;
}

export function bytesOf(segment: AnySegment): number {
  return segment.kind === "plain" ? segment.ends.at(segment.ends.length - 1) : segment.bytes;
}

interface Part {
  segment: PlainSegment;
  fd: number;
  buffers: Uint8Array[];
  bytes: number;
  ends: number[];
}

/** Lines that are written but not yet accepted into the log: behind the open segment, in a new one, or both. */
export interface Staged {
  old?: Part;
  fresh?: Part;
}

function toPart(segment: PlainSegment, fd: number): Part {
  return { segment, fd, buffers: [], bytes: 0, ends: [] };
}

function partsOf({ old, fresh }: Staged): Part[] {
  return [old, fresh].filter((part) => part !== undefined);
}

const FRAME_CACHE = 4;

/** All segments of a log, in order, and the file that is being appended to. Holds no state of the tree. */
export class Segments {
  readonly list: AnySegment[];
  #pruned: readonly IndexRange[];
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #codec: Codec;
  #openFd: number | undefined;
  #indexes = new Map<string, FrameIndex>();
  #frames = new Map<string, LineBatch>();

  constructor(
    fs: FileSystem,
    directory: string,
    codec: Codec,
    list: AnySegment[],
    pruned: readonly IndexRange[],
  ) {
    this.#fs = fs;
    this.#directory = directory;
    this.#codec = codec;
    this.list = list;
    this.#pruned = pruned;
  }

  /** Events that are gone by right, between the segments of the list. */
  get pruned(): readonly IndexRange[] {
    return this.#pruned;
  }

  /** Forget segments whose removal is recorded; `pruned` is all that is gone now. */
  remove(gone: readonly AnySegment[], pruned: readonly IndexRange[]): void {
    for (const segment of gone) {
      this.list.splice(this.list.indexOf(segment), 1);
      this.#indexes.delete(segment.path);
      for (const key of this.#frames.keys()) if (key.startsWith(`${segment.path}#`)) this.#frames.delete(key);
    }
    this.#pruned = pruned;
  }

  /** The segment that new lines go to, if there is one. */
  get open(): PlainSegment | undefined {
    const last = this.list.at(-1);
    return last?.kind === "plain" ? last : undefined;
  }

  /**
   * Write the batches behind what is there, without fsync. Lines from index `closeAt` on go to a new segment.
   * On an error the caller must `discard` what `staged` has collected until then.
   */
  async stage(batches: readonly LineBatch[], first: number, closeAt: number, staged: Staged): Promise<void> {
    const { open } = this;
    const middle = open === undefined ? first : closeAt;
    let index = first;
    for (const batch of batches) {
      const here = Math.max(0, Math.min(batch.count, middle - index));
      if (here > 0) {
        staged.old ??= toPart(open as PlainSegment, await this.#openFile(open as PlainSegment));
        addLines(staged.old, batch, 0, here);
      }
      if (here < batch.count) {
        staged.fresh ??= await this.#createPart(index + here);
        addLines(staged.fresh, batch, here, batch.count);
      }
      index += batch.count;
    }
    if (staged.old !== undefined) await this.#verifyUnchanged(staged.old);
    for (const part of partsOf(staged)) {
      await writeAll(this.#fs, part.fd, part.buffers, bytesOf(part.segment));
    }
  }

  /**
   * Writing behind the end of a file that was cut leaves a hole, and a removed one takes what is written with it: events
   * would be acknowledged that no start can find. Throws `segment_changed`.
   */
  async #verifyUnchanged({ segment, fd }: Part): Promise<void> {
    const { size, links } = await this.#fs.stat(fd);
    const expected = bytesOf(segment);
    if (size === expected && links > 0) return;
    const found = links === 0 ? "it was removed" : `it has ${size} bytes`;
    throw new LogError(
      "segment_changed",
      `${segment.path} was changed by somebody else: ${expected} bytes were written and ${found}; nothing more is taken`,
    );
  }

  async #openFile(open: PlainSegment): Promise<number> {
    this.#openFd ??= await this.#fs.open(open.path, constants.O_RDWR, 0o600);
    return this.#openFd;
  }

  async #createPart(first: number): Promise<Part> {
    const file = path.join(this.#directory, segmentName(first));
    const { O_CREAT, O_EXCL, O_RDWR } = constants;
    // O_EXCL: if somebody else made this file, two processes write one log and the later one must stop.
    const fd = await this.#fs.open(file, O_RDWR | O_CREAT | O_EXCL, 0o600);
    return toPart({ kind: "plain", first, path: file, ends: new Offsets() }, fd);
  }

  /** Make staged lines durable, and the name of a new file. */
  async sync(staged: Staged): Promise<void> {
    await Promise.all(partsOf(staged).map((part) => fdatasync(this.#fs, part.fd)));
    if (staged.fresh !== undefined) await syncDirectory(this.#fs, this.#directory);
  }

  /** Staged lines are in the log: remember where they end. Returns the segment that this has closed. */
  async accept(staged: Staged): Promise<PlainSegment | undefined> {
    const before = this.open;
    for (const part of partsOf(staged)) for (const end of part.ends) part.segment.ends.push(end);
    if (staged.fresh === undefined) return undefined;
    const oldFd = this.#openFd;
    this.list.push(staged.fresh.segment);
    this.#openFd = staged.fresh.fd;
    if (oldFd !== undefined) await this.#fs.close(oldFd);
    return before;
  }

  /**
   * Take staged lines back: cut the open file, remove the new one. After this the disk is as it was before, and stays so in a power
   * cut: lines that were refused must not come back, nor what is left of them between the halves of later ones.
   */
  async discard(staged: Staged): Promise<void> {
    const { old, fresh } = staged;
    if (fresh !== undefined) {
      await this.#fs.close(fresh.fd);
      await this.#fs.unlink(fresh.segment.path);
      await syncDirectory(this.#fs, this.#directory);
    }
    if (old !== undefined) {
      await this.#fs.ftruncate(old.fd, bytesOf(old.segment));
      await fdatasync(this.#fs, old.fd);
    }
  }

  /** The segment that holds this index; the caller knows that there is one. */
  find(index: number): AnySegment {
    let low = 0;
    let high = this.list.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.list[middle] as AnySegment).first <= index) low = middle;
      else high = middle - 1;
    }
    return this.list[low] as AnySegment;
  }

  /** Replace a plain segment by its compressed form. */
  replace(plain: PlainSegment, compressed: ZstSegment): void {
    this.list[this.list.indexOf(plain)] = compressed;
  }

  /**
   * Lines from `index` on, to `to` or to the end of what one read gives cheaply: of a plain segment whatever fits
   * `maxBytes`, of a compressed one the rest of a frame. At least one line; `pruned` when it is gone.
   */
  async read(index: number, to: number, maxBytes: number): Promise<LineBatch> {
    const gone = rangeAt(this.#pruned, index);
    if (gone !== undefined) {
      throw new LogError("pruned", `the events ${describeRanges([gone])} were pruned; their hashes are kept`);
    }
    const segment = this.find(index);
    try {
      if (segment.kind === "zst")
        return await this.#readFrame(segment, index - segment.first, to - segment.first);
      return await this.#readPlain(segment, index - segment.first, to - segment.first, maxBytes);
    } catch (error) {
      // The segment was compressed or pruned while we were reading: the lines are in its other form, or gone.
      if (this.find(index) !== segment) return this.read(index, to, maxBytes);
      throw error;
    }
  }

  async #readPlain(segment: PlainSegment, from: number, to: number, maxBytes: number): Promise<LineBatch> {
    const { ends } = segment;
    const start = ends.at(from - 1);
    const limit = Math.min(to, ends.length);
    let next = from + 1;
    while (next < limit && ends.at(next) - start <= maxBytes) next += 1;
    const bytes = Buffer.allocUnsafe(ends.at(next - 1) - start);
    // A descriptor of its own: the one for appending may be closed, and its number reused, while we wait.
    const got = await withFile(this.#fs, segment.path, constants.O_RDONLY, (fd) =>
      this.#fs.read(fd, bytes, start),
    );
    if (got !== bytes.length) throw new LogError("damaged", `${segment.path} is shorter than it was`);
    const relative = new Uint32Array(next - from);
    for (let i = 0; i < relative.length; i++) relative[i] = ends.at(from + i) - start;
    return { bytes, ends: relative, count: relative.length };
  }

  async #readFrame(segment: ZstSegment, from: number, to: number): Promise<LineBatch> {
    const index = await this.frameIndex(segment);
    const number = findFrame(index, from);
    const lines = await this.#frame(segment, index, number);
    const begin = from - (index.places[number] as FramePlace).line;
    return sliceLines(lines, begin, Math.min(lines.count, begin + (to - from)));
  }

  async frameIndex(segment: ZstSegment): Promise<FrameIndex> {
    const known = this.#indexes.get(segment.path);
    if (known !== undefined) return known;
    const bytes = await readFile(this.#fs, `${segment.path}.idx`, 64 * 1024 * 1024);
    if (bytes === undefined) throw new LogError("damaged", `${segment.path}.idx is missing`);
    const index = parseIndex(bytes);
    if (index.first !== segment.first)
      throw new LogError("damaged", `${segment.path}.idx is of another segment`);
    remember(this.#indexes, segment.path, index, 64);
    return index;
  }

  async #frame(segment: ZstSegment, index: FrameIndex, number: number): Promise<LineBatch> {
    const key = `${segment.path}#${number}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const place = index.places[number] as FramePlace;
    const next = index.places[number + 1] as FramePlace;
    const frame = Buffer.allocUnsafe(next.offset - place.offset);
    await withFile(this.#fs, segment.path, constants.O_RDONLY, (fd) =>
      this.#fs.read(fd, frame, place.offset),
    );
    const lines = unpackLines(this.#codec, frame, MAX_FRAME_BYTES);
    if (lines.count !== next.line - place.line) {
      throw new LogError("damaged", `${segment.path} does not have the lines that its index names`);
    }
    remember(this.#frames, key, lines, FRAME_CACHE);
    return lines;
  }

  async close(): Promise<void> {
    const fd = this.#openFd;
    this.#openFd = undefined;
    if (fd !== undefined) await this.#fs.close(fd);
  }
}

function addLines(part: Part, batch: LineBatch, from: number, to: number): void {
  const start = from === 0 ? 0 : (batch.ends[from - 1] as number);
  const base = bytesOf(part.segment) + part.bytes - start;
  const bytes = batch.bytes.subarray(start, batch.ends[to - 1]);
  part.buffers.push(bytes);
  part.bytes += bytes.length;
  for (let i = from; i < to; i++) part.ends.push(base + (batch.ends[i] as number));
}

/** Lines [from, to) of a batch, over the same bytes. */
export function sliceLines(lines: LineBatch, from: number, to: number): LineBatch {
  if (from === 0 && to === lines.count) return lines;
  const start = from === 0 ? 0 : (lines.ends[from - 1] as number);
  const ends = lines.ends.slice(from, to).map((end) => end - start);
  return { bytes: lines.bytes.subarray(start, lines.ends[to - 1]), ends, count: to - from };
}

/** As many lines as fit, at least one. */
export function cutToFit(lines: LineBatch, maxBytes: number): LineBatch {
  let count = lines.count;
  while (count > 1 && (lines.ends[count - 1] as number) > maxBytes) count -= 1;
  return sliceLines(lines, 0, count);
}

/** Batches one after another as one. */
export function joinLines(pieces: readonly LineBatch[]): LineBatch {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const count = pieces.reduce((sum, piece) => sum + piece.count, 0);
  const ends = new Uint32Array(count);
  let line = 0;
  let base = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.count; i++) ends[line + i] = base + (piece.ends[i] as number);
    line += piece.count;
    base += piece.bytes.length;
  }
  return { bytes: Buffer.concat(pieces.map((piece) => piece.bytes)), ends, count };
}

function remember<T>(cache: Map<string, T>, key: string, value: T, limit: number): void {
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= limit) break;
    cache.delete(oldest);
  }
}
