// SPDX-License-Identifier: Apache-2.0
import {
  formatBundle,
  formatReceipt,
  consistencyProof,
  inclusionProof,
  type RightEdge,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { compressSegment, removePlain } from "./compress.js";
import { isDiskFull } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { hashOneLeaf } from "./hash.js";
import type { HeadStore, StoredHead } from "./head.js";
import type { Signer } from "./keys.js";
import { verifyBatch } from "./lines.js";
import { rangeRoot } from "./prune/leaves.js";
import { pruneSegments, type PruneRequest } from "./prune/prune.js";
import { firstOutside, type IndexRange, rangeAt } from "./prune/ranges.js";
import type { Publisher } from "./publish.js";
import {
  bytesOf,
  countOf,
  cutToFit,
  joinLines,
  type PlainSegment,
  type Segments,
  type Staged,
} from "./segments.js";
import type { TileStore } from "./tiles.js";
import type {
  Appended,
  Checkpoint,
  ClosedSegment,
  Committed,
  LeafBatch,
  LineBatch,
  Log,
  OpenLogOptions,
  Recovery,
  Segment,
} from "./types.js";
import { type Compressor, createCompressor } from "./zstd/compressor.js";

const DEFAULT_SEGMENT_BYTES = 48 * 1024 * 1024;
const DEFAULT_READ_BYTES = 4 * 1024 * 1024;
/** One commit takes at most this much, so that a burst does not delay the first acknowledgement. */
const COMMIT_BYTES = 32 * 1024 * 1024;
const COMMIT_BATCHES = 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface LogParts {
  options: OpenLogOptions;
  fs: FileSystem;
  now: () => number;
  signer: Signer;
  head: HeadStore;
  stored: StoredHead;
  segments: Segments;
  edge: RightEdge;
  tiles: TileStore;
  publisher: Publisher;
  /** Size of the newest checkpoint in the file of published ones. */
  published: number;
  recovery: Recovery;
  /** The file of the prune record. */
  record: string;
  release: () => Promise<void>;
}

interface Waiting {
  batch: LeafBatch;
  tag: unknown;
  resolve: (appended: Appended) => void;
  reject: (error: Error) => void;
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new LogError("io", String(error));
}

/** The log on disk. One commit at a time; everything else reads what is committed. */
export class LogStore implements Log {
  readonly origin: string;
  readonly vkey: string;
  readonly recovery: Readonly<Recovery>;
  readonly #parts: LogParts;
  readonly #segmentBytes: number;

  // Owned by the commit loop. The edge may be ahead of `#checkpoint` while a commit runs.
  #stored: StoredHead;
  #openedDay: number;
  #committing = false;
  #idle: (() => void)[] = [];

  #published: number;

  // Changes only when a head is durable; what everybody else reads.
  #checkpoint: Checkpoint;

  readonly #queue: Waiting[] = [];
  readonly #pending = { events: 0, bytes: 0 };
  readonly #commitListeners = new Set<(committed: Committed, tag: unknown) => void>();
  readonly #closeListeners = new Set<(segment: ClosedSegment) => Promise<void> | void>();
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;
  #tellClosing: () => void = () => undefined;
  readonly #closed = new Promise<void>((resolve) => {
    this.#tellClosing = resolve;
  });

  // Owned by the compression chain.
  #compressor: Compressor | undefined;
  #compressing: Promise<void> = Promise.resolve();
  // One removal after another.
  #pruning: Promise<void> = Promise.resolve();

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.origin = parts.signer.origin;
    this.vkey = parts.signer.vkey;
    this.recovery = parts.recovery;
    this.#published = parts.published;
    this.#segmentBytes = parts.options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    this.#stored = parts.stored;
    this.#openedDay = Math.floor(parts.stored.time / DAY_MS);
    this.#checkpoint = { text: "", size: 0, root: Buffer.alloc(0), time: 0 };
  }

  /** Put the recovered tree under a head if it has grown, and start what runs in the background. */
  async start(signedSize: number): Promise<void> {
    const { edge, head, recovery, segments, publisher } = this.#parts;
    const { note, time } = this.#stored;
    this.#parts.tiles.published(Math.max(0, this.#published));
    this.#checkpoint = { text: note, size: signedSize, root: Buffer.from(edge.root()), time };
    if (edge.size > signedSize || recovery.headSlotDamaged) {
      await head.verifyUnchanged();
      await this.#writeHead();
    }
    publisher.changed();
    const plain = segments.list.filter((segment) => segment.kind === "plain");
    // After this turn, so that the caller can first subscribe to closed segments.
    setImmediate(() => {
      for (const segment of plain.slice(0, -1)) this.#compressLater(segment);
    });
  }

  get size(): number {
    return this.#checkpoint.size;
  }

  get pending(): { readonly events: number; readonly bytes: number } {
    return this.#pending;
  }

  checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  onCommit(listener: (committed: Committed, tag: unknown) => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  onSegmentClosed(listener: (segment: ClosedSegment) => Promise<void> | void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  async append(batch: LeafBatch, tag?: unknown): Promise<Appended> {
    if (this.#closing !== undefined) throw new LogError("closed", "the log is closed");
    if (this.#failed !== undefined) throw this.#refusal();
    verifyBatch(batch);
    const { bytes, ends, count, leafHashes } = batch;
    // One line of each batch is hashed again: a caller whose hashes are wrong would make a log that cannot start.
    const start = count === 1 ? 0 : (ends[count - 2] as number);
    if (!hashOneLeaf(bytes.subarray(start, bytes.length - 1)).equals(leafHashes.subarray(-32))) {
      throw new LogError("bad_batch", "the batch was refused: a leaf hash is not the hash of its line");
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, tag, resolve, reject });
      this.#pending.events += count;
      this.#pending.bytes += bytes.length;
      if (this.#committing) return;
      this.#committing = true;
      // Not a timer: the end of this turn, so that requests which arrived together are one commit.
      setImmediate(() => void this.#commitLoop());
    });
  }

  async #commitLoop(): Promise<void> {
    while (this.#queue.length > 0 && this.#failed === undefined) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        this.#fail(toError(error), group);
      }
      for (const { batch } of group) {
        this.#pending.events -= batch.count;
        this.#pending.bytes -= batch.bytes.length;
      }
    }
    this.#committing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let take = 0;
    while (take < this.#queue.length && take < COMMIT_BATCHES) {
      bytes += (this.#queue[take] as Waiting).batch.bytes.length;
      if (take > 0 && bytes > COMMIT_BYTES) break;
      take += 1;
    }
    return this.#queue.splice(0, take);
  }

  /** The order of the writes is the design: see docs, "the log". */
  async #commit(group: readonly Waiting[]): Promise<void> {
    const { edge, head, segments, tiles, publisher } = this.#parts;
    const first = edge.size;
    const staged: Staged = {};
    const batches = group.map(({ batch }) => batch);
    try {
      await segments.stage(batches, first, this.#closeAt(first), staged);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await this.#refuseForSpace(group, staged, toError(error));
      return;
    }
    // The lines are written, perhaps not durable; no head covers them and nobody has been told.
    // If we die here, some of them are in the file, the last one may be torn.
    // Recovery adopts the complete ones in a new file and drops the torn one.
    const synced = Promise.all([segments.sync(staged), head.verifyUnchanged()]);
    // While the disk works: the tree in memory may be ahead, nothing is signed before the lines are durable.
    for (const { leafHashes, count } of batches) edge.append(leafHashes, count, tiles.add);
    await synced;
    // The lines are durable; the newest head still ends before them.
    // If we die here, they are complete lines beyond the head.
    // Recovery hashes them with this same code, signs a head over them and takes them into the log.
    await this.#writeHead();
    // The head is durable and covers the lines: from here on they are in the log for ever.
    // If we die here, the sender has no answer and will send again; its events are recognised by their ids.
    // Nobody needs to repair anything: tiles and published checkpoints are derived from the lines.
    const closed = await segments.accept(staged);
    if (staged.fresh !== undefined) this.#openedDay = Math.floor(this.#stored.time / DAY_MS);
    this.#answer(group, first);
    publisher.changed();
    if (closed !== undefined) this.#compressLater(closed);
    await tiles.flush((error) => this.#onTileError(error));
  }

  /** Where the open segment ends: the next bundle border once it is full or of another day. */
  #closeAt(first: number): number {
    const { open } = this.#parts.segments;
    if (open === undefined || open.ends.length === 0) return Number.POSITIVE_INFINITY;
    const today = Math.floor(Math.max(this.#parts.now(), this.#stored.time) / DAY_MS);
    const full = bytesOf(open) >= this.#segmentBytes || today !== this.#openedDay;
    return full ? Math.ceil(first / 256) * 256 : Number.POSITIVE_INFINITY;
  }

  async #refuseForSpace(group: readonly Waiting[], staged: Staged, cause: Error): Promise<void> {
    // Nothing was fsynced or signed, so cutting the file back leaves it as it was; if that fails the log stops.
    await this.#parts.segments.discard(staged);
    const error = new LogError("disk_full", "there is no space on the disk: the events were not stored", {
      cause,
    });
    for (const { reject } of group) reject(error);
  }

  /** Sign the tree as it is, make the head durable, and only then let anybody see it. */
  async #writeHead(): Promise<void> {
    const { edge, head, now, signer } = this.#parts;
    const root = Buffer.from(edge.root());
    const text = signer.signCheckpoint(edge.size, root);
    const time = Math.max(Math.floor(now()), this.#stored.time);
    const stored = { generation: this.#stored.generation + 1, time, note: text };
    await head.write(stored);
    this.#stored = stored;
    this.#checkpoint = { text, size: edge.size, root, time };
  }

  #answer(group: readonly Waiting[], from: number): void {
    let first = from;
    for (const { batch, tag, resolve } of group) {
      const { bytes, ends, count } = batch;
      resolve({ first, count });
      for (const listener of this.#commitListeners) {
        try {
          listener({ first, bytes, ends, count }, tag);
        } catch (error) {
          this.#warn(toError(error)); // a follower's fault must not stop the log
        }
      }
      first += count;
    }
  }

  #warn(error: Error): void {
    this.#parts.options.onWarning?.(error);
  }

  #onTileError(error: Error): void {
    if (isDiskFull(error)) this.#warn(error);
    else this.#fail(error, []);
  }

  #refusal(): LogError {
    return new LogError(
      "log_failed",
      "a write failed: the log takes nothing more until it is started again",
      {
        cause: this.#failed,
      },
    );
  }

  /** After a failed write or fsync the page cache lies: nothing is signed or acknowledged any more. */
  #fail(error: Error, group: readonly Waiting[]): void {
    const isFirst = this.#failed === undefined;
    this.#failed ??= error;
    const refusal = this.#refusal();
    for (const { reject } of [...group, ...this.#queue.splice(0)]) reject(refusal);
    if (isFirst) this.#parts.options.onFatal(error);
  }

  /** Compress closed segments one after another, in the background. */
  #compressLater(plain: PlainSegment): void {
    const closed = {
      first: plain.first,
      count: plain.ends.length,
      path: plain.path,
      zstPath: `${plain.path}.zst`,
    };
    const told = this.#tellClosed(closed);
    const before = this.#compressing;
    this.#compressing = this.#compressAfter(before, plain, told);
  }

  async #compressAfter(before: Promise<void>, plain: PlainSegment, told: Promise<unknown>): Promise<void> {
    await before;
    if (this.#failed !== undefined || this.#closing !== undefined) return; // the next start does it
    const { fs, tiles, segments } = this.#parts;
    try {
      this.#compressor ??= createCompressor();
      const compressed = await compressSegment({ fs, tiles, compressor: this.#compressor }, plain);
      await Promise.race([told, this.#closed]);
      if (this.#closing !== undefined) return;
      segments.replace(plain, compressed);
      await removePlain(fs, plain);
    } catch (error) {
      this.#warn(toError(error)); // the plain file is still the segment; the next start tries again
    }
  }

  async #tellClosed(closed: ClosedSegment): Promise<void> {
    const told = [...this.#closeListeners].map(async (listener) => listener(closed));
    for (const result of await Promise.allSettled(told)) {
      if (result.status === "rejected") this.#warn(toError(result.reason));
    }
  }

  segments(): Segment[] {
    const { list, open } = this.#parts.segments;
    return list.map((segment) => ({
      first: segment.first,
      count: countOf(segment),
      bytes: bytesOf(segment),
      path: segment.path,
      closed: segment !== open,
    }));
  }

  get pruned(): readonly IndexRange[] {
    return this.#parts.segments.pruned;
  }

  firstKept(index: number): number {
    return firstOutside(this.pruned, index);
  }

  prune(request: PruneRequest): Promise<void> {
    const run = this.#pruning.then(() => this.#prune(request));
    this.#pruning = run.catch(() => undefined); // the caller has the error; the next removal starts anew
    return run;
  }

  async #prune(request: PruneRequest): Promise<void> {
    if (this.#closing !== undefined) throw new LogError("closed", "the log is closed");
    if (this.#failed !== undefined) throw this.#refusal();
    const { fs, record, segments, tiles } = this.#parts;
    const onWarning = (error: Error): void => this.#warn(error);
    await pruneSegments({ fs, record, segments, tiles, size: this.size, onWarning }, request);
  }

  async rangeRoot(first: number, next: number): Promise<Buffer> {
    if (first % 256 !== 0 || next % 256 !== 0 || !(first >= 0) || !(first < next) || next > this.size) {
      throw new LogError(
        "bad_range",
        `[${first}, ${next}) is not a range between bundle borders of this log`,
      );
    }
    return rangeRoot(this.#parts.tiles, { first, next });
  }

  async read(from: number, to: number, maxBytes: number = DEFAULT_READ_BYTES): Promise<Committed> {
    const end = Math.min(to, this.size);
    if (!Number.isSafeInteger(from) || from < 0 || from >= end) {
      throw new LogError(
        "bad_range",
        `[${from}, ${to}) is not a range of the ${this.size} events of this log`,
      );
    }
    const pieces: LineBatch[] = [];
    let bytes = 0;
    for (let index = from; index < end; ) {
      if (pieces.length > 0 && rangeAt(this.pruned, index) !== undefined) break;
      const piece = cutToFit(await this.#parts.segments.read(index, end, maxBytes - bytes), maxBytes - bytes);
      if (pieces.length > 0 && bytes + piece.bytes.length > maxBytes) break;
      pieces.push(piece);
      bytes += piece.bytes.length;
      index += piece.count;
    }
    return { first: from, ...joinLines(pieces) };
  }

  async proof(index: number): Promise<string> {
    const { text, size } = this.#checkpoint;
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
      throw new LogError("bad_range", `there is no event ${index}: the log has ${size}`);
    }
    const proof = await inclusionProof(nodeCrypto, BigInt(index), BigInt(size), this.#node);
    return formatReceipt({ index: BigInt(index), proof, checkpoint: text });
  }

  async consistency(from: number, to: number): Promise<Buffer[]> {
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > this.size) {
      throw new LogError("bad_range", `no consistency proof from ${from} to ${to}: the log has ${this.size}`);
    }
    const proof = await consistencyProof(nodeCrypto, BigInt(from), BigInt(to), this.#node);
    return proof.map((hash) => Buffer.from(hash));
  }

  readonly #node = (height: number, index: bigint): Promise<Buffer> =>
    this.#parts.tiles.node(height, Number(index));

  async tile(level: number, n: number, width = 256): Promise<Buffer | undefined> {
    if (!isCoordinate(level) || level > 63 || !isCoordinate(n)) return undefined;
    const available = Math.floor(this.size / 256 ** level) - 256 * n;
    if (width < 1 || width > 256 || available < width) return undefined;
    const tile = await this.#parts.tiles.read(level, n);
    if (tile === undefined || tile.length < 32 * width) {
      throw new LogError("damaged", `hash tile ${level}/${n} is missing`);
    }
    return tile.subarray(0, 32 * width);
  }

  async entryBundle(n: number, width = 256): Promise<Buffer | undefined> {
    if (!isCoordinate(n) || width < 1 || width > 256 || 256 * n + width > this.size) return undefined;
    const { bytes, ends, count } = await this.read(256 * n, 256 * n + width, 256 * 65_536);
    const entries: Uint8Array[] = [];
    for (let i = 0, start = 0; i < count; i++) {
      entries.push(bytes.subarray(start, (ends[i] as number) - 1));
      start = ends[i] as number;
    }
    return Buffer.from(formatBundle(entries));
  }

  /** What the publisher writes: the newest checkpoint, and the partial tiles that belong to it. */
  async publishNow(): Promise<void> {
    const { text, size } = this.#checkpoint;
    if (this.#failed !== undefined || size === this.#published) return;
    await this.#parts.tiles.publishPartial(size);
    await this.#parts.publisher.append(text);
    this.#published = size;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    this.#tellClosing();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { head, segments, tiles, publisher, release } = this.#parts;
    if (this.#committing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#compressing;
    await this.#pruning;
    await this.#compressor?.close();
    if (this.#failed === undefined) {
      await tiles.settle().catch((error: unknown) => this.#warn(toError(error))); // derivable
      await publisher.publish();
    }
    const closed = await Promise.allSettled([publisher.close(), segments.close(), head.close()]);
    await release();
    for (const result of closed) if (result.status === "rejected") this.#warn(toError(result.reason));
  }
}

function isCoordinate(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
