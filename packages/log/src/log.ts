// SPDX-License-Identifier: Apache-2.0
import type { KeyChangeEvent, KeyRange } from "@telltale/merkle";
import { Compression, type OnSegmentClosed } from "./compression.js";
import { isDirectorySyncFailure, isDiskFull } from "./disk.js";
import { LogError, toError } from "./error.js";
import { hashOneLeaf } from "./hash.js";
import type { HeadFields } from "./head-slot.js";
import { changeKey, dropKey, findKeyChange, prepareKey } from "./key-change.js";
import { type LogKeys, textOfHistory } from "./key-store.js";
import { isSignedBy, type Signer } from "./keys.js";
import { verifyBatch } from "./lines.js";
import type { LogParts } from "./parts.js";
import { pruneSegments, type PruneRequest } from "./prune/prune.js";
import { firstOutside, type IndexRange } from "./prune/ranges.js";
import { Reader } from "./reader.js";
import { bytesOf, countOf, type Staged } from "./segments.js";
import type { Appended, Checkpoint, Committed, LeafBatch, Log, Recovery, Segment } from "./types.js";

const DEFAULT_SEGMENT_BYTES = 48 * 1024 * 1024;
/** One commit takes at most this much, so that a burst does not delay the first acknowledgement. */
const COMMIT_BYTES = 32 * 1024 * 1024;
const COMMIT_BATCHES = 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Waiting {
  batch: LeafBatch;
  tag: unknown;
  resolve: (appended: Appended) => void;
  reject: (error: Error) => void;
}

/** Waits for both, whatever becomes of the first; then throws what went wrong. */
async function bothDone(one: Promise<void>, other: Promise<void>): Promise<void> {
  for (const done of await Promise.allSettled([one, other]))
    if (done.status === "rejected") throw done.reason;
}

/** The log on disk. One commit at a time; everything else reads what is committed. */
export class LogStore implements Log {
  readonly origin: string;
  readonly recovery: Readonly<Recovery>;
  readonly #parts: LogParts;
  readonly #segmentBytes: number;

  // Owned by the commit loop. The edge may be ahead of `#checkpoint` while a commit runs.
  #stored: HeadFields;
  #keys: LogKeys;
  /** The key that takes over once a line of the log names it. */
  #next: Signer | undefined;
  #openedDay: number;
  #committing = false;
  #idle: (() => void)[] = [];

  #published: number;

  // Changes only when a head is durable; what everybody else reads.
  #checkpoint: Checkpoint;

  readonly #reader: Reader;
  readonly #queue: Waiting[] = [];
  readonly #pending = { events: 0, bytes: 0 };
  readonly #commitListeners = new Set<(committed: Committed, tag: unknown) => void>();
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;

  readonly #compression: Compression;
  // One removal after another.
  #pruning: Promise<void> = Promise.resolve();

  constructor(parts: LogParts) {
    this.#parts = parts;
    this.origin = parts.keys.signer.origin;
    this.#keys = parts.keys;
    this.#reader = new Reader(parts, () => this.#checkpoint);
    this.#compression = new Compression({
      ...parts,
      isStopped: () => this.#failed !== undefined || this.#closing !== undefined,
      onError: (error) => this.#onBackgroundError(error),
      onWarning: (error) => this.#warn(error),
    });
    this.recovery = parts.recovery;
    this.#published = parts.published;
    this.#segmentBytes = parts.options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    this.#stored = parts.stored;
    this.#openedDay = Math.floor(parts.stored.time / DAY_MS);
    this.#checkpoint = { text: "", size: 0, root: Buffer.alloc(0), time: 0 };
  }

  /** Put the recovered tree under a head if it has grown, and start what runs in the background. */
  async start(signedSize: number): Promise<void> {
    const { edge, recovery, segments, publisher } = this.#parts;
    const { note, time } = this.#stored;
    this.#parts.tiles.published(Math.max(0, this.#published));
    this.#checkpoint = { text: note, size: signedSize, root: Buffer.from(edge.root()), time };
    const isNewest = isSignedBy(note, this.#keys.signer); // not where a change of the key was interrupted
    if (edge.size > signedSize || recovery.headSlotDamaged || !isNewest) await this.#writeHead();
    await this.#finishKeyChange();
    publisher.changed();
    const plain = segments.list.filter((segment) => segment.kind === "plain");
    // After this turn, so that the caller can first subscribe to closed segments.
    setImmediate(() => {
      for (const segment of plain.slice(0, -1)) this.#compression.add(segment);
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

  onSegmentClosed(listener: OnSegmentClosed): () => void {
    return this.#compression.onClosed(listener);
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
    const synced = segments.sync(staged);
    // While the disk works: the head store is looked at, and the tree in memory may be ahead; nothing is signed before the lines are durable.
    const looked = head.verifyUnchanged();
    for (const { leafHashes, count } of batches) edge.append(leafHashes, count, tiles.add);
    await bothDone(synced, looked);
    this.#verifyNotFailed();
    // The lines are durable; the newest head still ends before them.
    // If we die here, they are complete lines beyond the head.
    // Recovery hashes them with this same code, signs a head over them and takes them into the log.
    await this.#writeHead({ looked });
    this.#verifyNotFailed();
    // The head is durable and covers the lines: from here on they are in the log for ever.
    // If we die here, the sender has no answer and will send again; its events are recognised by their ids.
    // Nobody needs to repair anything: tiles and published checkpoints are derived from the lines.
    const closed = await segments.accept(staged);
    await this.#changeKeyIfNamed(batches, first);
    if (staged.fresh !== undefined) this.#openedDay = Math.floor(this.#stored.time / DAY_MS);
    this.#answer(group, first);
    publisher.changed();
    if (closed !== undefined) this.#compression.add(closed);
    await tiles.flush((error) => this.#onTileError(error));
  }

  /** What failed meanwhile in the background may be what this commit stands on. */
  #verifyNotFailed(): void {
    if (this.#failed !== undefined) throw this.#failed;
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
    // Nothing was signed, so cutting the file back leaves the log as it was; if that fails the log stops.
    await this.#parts.segments.discard(staged);
    const error = new LogError("disk_full", "there is no space on the disk: the events were not stored", {
      cause,
    });
    for (const { reject } of group) reject(error);
  }

  /** Sign the tree as it is, make the head durable, and only then let anybody see it. */
  async #writeHead({ note, looked }: { note?: string; looked?: Promise<void> } = {}): Promise<void> {
    const { edge, head, now } = this.#parts;
    const { signer } = this.#keys;
    const root = Buffer.from(edge.root());
    const text = note ?? signer.signCheckpoint(edge.size, root);
    const time = Math.max(Math.floor(now()), this.#stored.time);
    const stored = { generation: this.#stored.generation + 1, time, note: text };
    await head.write(stored, signer, looked);
    this.#stored = stored;
    this.#checkpoint = { text, size: edge.size, root, time };
  }

  get vkey(): string {
    return this.#keys.signer.vkey;
  }

  get keys(): readonly KeyRange[] {
    return this.#keys.history.keys;
  }

  get keyHistory(): string {
    return textOfHistory(this.#keys.history);
  }

  async prepareKeyChange(): Promise<KeyChangeEvent> {
    if (this.#closing !== undefined) throw new LogError("closed", "the log is closed");
    if (this.#failed !== undefined) throw this.#refusal();
    const { fs, paths } = this.#parts;
    this.#next ??= await prepareKey(fs, paths, this.#keys);
    return { from: this.vkey, to: this.#next.vkey };
  }

  /** Part of a commit, between its durable head and its answer: the next commit is signed with the new key. */
  async #changeKeyIfNamed(batches: readonly LeafBatch[], first: number): Promise<void> {
    if (this.#next === undefined) return;
    let index = first;
    for (const batch of batches) {
      const found = findKeyChange(batch, this.#keys.signer, this.#next);
      if (found !== undefined) {
        await this.#changeKey(this.#next, found.entry, index + found.line);
        return;
      }
      index += batch.count;
    }
  }

  async #changeKey(next: Signer, entry: string, index: number): Promise<void> {
    const { fs, paths } = this.#parts;
    const { size, root } = this.#checkpoint;
    const { node } = this.#reader;
    const changed = await changeKey({ fs, paths, keys: this.#keys, next, entry, index, size, root, node });
    this.#keys = changed;
    this.#next = undefined;
    // The new key is the log's key; the newest head is that of the same tree, signed with the old key alone.
    // If we die here, that head is good: it is of the last size that the old key may speak for.
    // Nobody needs to repair anything; writing it again only lets everybody see both signatures at once.
    await this.#writeHead({ note: changed.note });
  }

  /** What an interrupted change began: finished when a line names the key, for then everybody may know; else undone. */
  async #finishKeyChange(): Promise<void> {
    const { pending, fs, paths } = this.#parts;
    if (pending === undefined) return;
    for (let at = pending.from; at < this.size; ) {
      const lines = await this.read(this.firstKept(at), this.size);
      const found = findKeyChange(lines, this.#keys.signer, pending.next);
      if (found !== undefined) return this.#changeKey(pending.next, found.entry, lines.first + found.line);
      at = lines.first + lines.count;
    }
    await dropKey(fs, paths);
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

  #onBackgroundError(error: Error): void {
    if (isDirectorySyncFailure(error)) this.#fail(error, []);
    else this.#warn(error);
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
    const { fs, paths, segments, tiles } = this.#parts;
    const onWarning = (error: Error): void => this.#onBackgroundError(error);
    const parts = { fs, record: paths.pruned, segments, tiles, size: this.size, onWarning };
    try {
      await pruneSegments(parts, request);
    } catch (error) {
      if (isDirectorySyncFailure(error)) this.#fail(toError(error), []);
      throw error;
    }
  }

  async rangeRoot(first: number, next: number): Promise<Buffer> {
    return this.#reader.rangeRoot(first, next);
  }

  read(from: number, to: number, maxBytes?: number): Promise<Committed> {
    return this.#reader.read(from, to, maxBytes);
  }

  proof(index: number): Promise<string> {
    return this.#reader.proof(index);
  }

  consistency(from: number, to: number): Promise<Buffer[]> {
    return this.#reader.consistency(from, to);
  }

  tile(level: number, n: number, width?: number): Promise<Buffer | undefined> {
    return this.#reader.tile(level, n, width);
  }

  entryBundle(n: number, width?: number): Promise<Buffer | undefined> {
    return this.#reader.entryBundle(n, width);
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
    this.#compression.stop();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { head, segments, tiles, publisher, release } = this.#parts;
    if (this.#committing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#compression.close();
    await this.#pruning;
    if (this.#failed === undefined) {
      await tiles.settle().catch((error: unknown) => this.#warn(toError(error))); // derivable
      await publisher.publish();
    }
    const closed = await Promise.allSettled([publisher.close(), segments.close(), head.close()]);
    await release();
    for (const result of closed) if (result.status === "rejected") this.#warn(toError(result.reason));
  }
}
