// SPDX-License-Identifier: Apache-2.0
import { ChainReader, idOf } from "../chain.js";
import type { LossReason } from "../losses.js";
import type { SpoolOptions } from "../options.js";
import { costOf, Fifo, NONE, type Outbox, type Waiting, type Watch } from "../waiting.js";
import { chainPath } from "./directory.js";
import { Orphans } from "./orphans.js";
import { LEASE_MS, Owner, RENEW_MS } from "./owner.js";
import { lineBytes } from "./segment.js";
import type { Complaints } from "./segment-reader.js";
import { type Segment, SegmentWriter } from "./segment-writer.js";
import { Spilled } from "./spilled.js";

export interface SpoolParts {
  options: Required<SpoolOptions>;
  /** As `openDirectory` gave it. */
  dir: string;
  /** The chain of the events that are pushed. */
  boot: string;
  apiKey: string;
  /** Bytes of memory for events that wait. */
  maxMemory: number;
  onLost: (reason: LossReason, entries: readonly Waiting[]) => void;
  /** Events are lost of which only the number is known. */
  onMissing: (reason: LossReason, count: number) => void;
  /** Events can be taken. `now`: they are not to wait for others. */
  onReady: (now: boolean) => void;
  /** The disk failed; events wait in memory. */
  onFailed: (cause: unknown) => void;
  /** What was read is not what was written. */
  onDamaged: (text: () => string) => void;
}

/** Bytes that are written at once. */
const GROUP = 1024 * 1024;
/** Bytes of a segment that is worth keeping open. */
const SMALL = 64 * 1024;
/** Bytes beyond the bound for reports of what was lost; one follows a delivery. */
const RESERVE = 64 * 1024;
/** Milliseconds before a disk that failed is tried again. */
const RETRY_MS = 1000;
/** With the policy `interval`. */
const SYNC_MS = 1000;

/** An event that is on its way, and where it is kept. */
interface Held {
  readonly entry: Waiting;
  /** Absent: in memory only, as the disk failed. */
  readonly segment: Segment | undefined;
}

/**
 * Where the events of the audit lane wait. Each is written to disk before it is sent, in groups: what comes while one is
 * written is the next. What has been written stays in memory too as far as there is room, and is read back otherwise. A
 * segment is removed when the server has acknowledged all of it.
 *
 * pending → (written) → window, or spilled → flying → settled
 */
export class Spool implements Outbox {
  readonly isDurable = true;
  readonly #parts: SpoolParts;
  readonly #owner: Owner;
  readonly #writer: SegmentWriter;
  readonly #orphans: Orphans;
  readonly #spilled: Spilled;
  readonly #segments = new Set<Segment>();
  readonly #pending = new Fifo<Waiting>();
  readonly #window = new Fifo<Held>();
  readonly #timers: NodeJS.Timeout[] = [];
  #flying: readonly Held[] = [];
  readonly #kept = new Set<Waiting>();
  #pendingCost = 0;
  #pendingBytes = 0;
  #cost = 0;
  #bytes = 0;
  #group = 0;
  #renewedAt = Date.now();
  #hasWork = false;
  #isUrgent = false;
  #isOrphansTurn = false;
  #isFailing = false;
  #writing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @throws {Error} when the directory cannot be used */
  constructor(parts: SpoolParts) {
    const { dir, boot, apiKey, options } = parts;
    this.#parts = parts;
    this.#owner = new Owner(dir, boot);
    const complaints: Complaints = {
      edited: (text) => parts.onDamaged(text),
      unreadable: (count) => parts.onMissing("spool_damaged", count),
    };
    this.#writer = new SegmentWriter({
      folder: chainPath(dir, boot, boot),
      boot,
      keyId: idOf(apiKey),
      segmentBytes: Math.min(4 * 2 ** 20, options.maxBytes / 8),
      isDurable: options.fsync === "always",
    });
    this.#spilled = new Spilled({
      boot,
      apiKey,
      chain: ChainReader.begin(apiKey, boot),
      onEdited: complaints.edited,
      onMissing: complaints.unreadable,
    });
    const onError = parts.onFailed;
    this.#orphans = new Orphans({ dir, apiKey, owner: this.#owner, complaints, onError });
    this.#every(RENEW_MS, () => this.#renew());
    if (options.fsync === "interval") this.#every(SYNC_MS, () => this.#writer.sync());
    process.on("exit", this.#onExit);
    this.#lookForOrphans().catch(onError);
  }

  #every(ms: number, work: () => Promise<void>): void {
    this.#timers.push(
      setInterval(() => {
        work().catch(this.#parts.onFailed);
      }, ms).unref(),
    );
  }

  async #renew(): Promise<void> {
    const now = Date.now();
    // Frozen or suspended for long: somebody may have taken the folder over. What comes goes to a new one.
    if (now - this.#renewedAt > LEASE_MS / 2) await this.#writer.rotate();
    this.#renewedAt = now;
    await this.#owner.renew();
    await this.#lookForOrphans();
  }

  async #lookForOrphans(): Promise<void> {
    if ((await this.#orphans.scan()) && !this.#isClosed) this.#parts.onReady(true);
  }

  get count(): number {
    return this.#window.length + this.#spilled.count + (this.#orphans.hasMore ? 1 : 0);
  }

  get bytes(): number {
    return this.#bytes + this.#spilled.bytes;
  }

  get unsettled(): number {
    return this.#pending.length + this.#window.length + this.#spilled.count + this.#flying.length;
  }

  get cost(): number {
    return this.#cost + this.#pendingCost;
  }

  get #diskBytes(): number {
    let sum = this.#orphans.bytes;
    for (const { bytes } of this.#segments) sum += bytes;
    return sum;
  }

  get hasRoom(): boolean {
    return this.cost <= this.#parts.maxMemory / 2;
  }

  get onDisk(): { events: number; bytes: number } {
    let events = 0;
    for (const { unsettled } of this.#segments) events += unsettled;
    return { events, bytes: this.#diskBytes };
  }

  isSettled(seq: number): boolean {
    const oldest =
      this.#flying[0]?.entry.seq ??
      this.#window.peek()?.entry.seq ??
      this.#spilled.first ??
      this.#pending.peek()?.seq ??
      NONE;
    return oldest > seq;
  }

  push(entry: Waiting, now: boolean): void {
    const { maxMemory, options } = this.#parts;
    const cost = costOf(entry);
    const isFull = this.#diskBytes + this.#pendingBytes + lineBytes(entry) > this.#limitFor(entry);
    // What was kept first stays: it has been promised.
    if (this.cost + cost > maxMemory || (isFull && !this.#isFailing && options.onFull !== "block")) {
      this.#refuse(entry);
      return;
    }
    this.#pending.push(entry);
    this.#pendingCost += cost;
    this.#pendingBytes += lineBytes(entry);
    this.#isUrgent ||= now;
    this.#kick();
  }

  /** A full spool still has room for saying that it is. */
  #limitFor({ losses }: Waiting): number {
    return this.#parts.options.maxBytes + (losses === undefined ? 0 : RESERVE);
  }

  #refuse(entry: Waiting): void {
    const { options, onLost } = this.#parts;
    onLost("spool_full", [entry]);
    if (typeof options.onFull !== "function") return;
    const { action, level } = JSON.parse(entry.json) as Parameters<typeof options.onFull>[0];
    try {
      options.onFull({ action, level });
    } catch {
      // The application's own handler failed; what it was told of is counted already.
    }
  }

  /** Only what still waits for room or for the disk, and stands in no group that is being written. */
  withdraw(watch: Watch): void {
    let at = 0;
    for (const entry of this.#pending) {
      if (at++ < this.#group || entry.watch !== watch) continue;
      this.#pending.remove(entry);
      this.#forget(entry);
      this.#parts.onLost("spool_full", [entry]);
      return;
    }
  }

  #forget(entry: Waiting): void {
    this.#pendingCost -= costOf(entry);
    this.#pendingBytes -= lineBytes(entry);
  }

  /** Something is to be written or removed. */
  #kick(): void {
    if (this.#isClosed || this.#retry !== undefined) return;
    this.#hasWork = true;
    this.#writing ??= this.#write()
      .catch(this.#parts.onFailed)
      .finally(() => {
        this.#writing = undefined;
        // Something came just as it ended.
        if (this.#hasWork) this.#kick();
      });
  }

  async #write(): Promise<void> {
    // The caller goes on first; what else it says in this turn is of the same group.
    await Promise.resolve();
    for (;;) {
      this.#hasWork = false;
      await this.#tidy();
      const group = this.#nextGroup();
      this.#group = group.length;
      if (group.length === 0) return;
      const segment = await this.#tryAppend(group);
      this.#group = 0;
      // Behind what has to be read back first nothing may be sent: it stays where it is until the disk works again.
      if (segment === undefined && this.#spilled.count > 0) return;
      for (const entry of group) {
        this.#pending.shift();
        this.#forget(entry);
        this.#place(entry, segment);
      }
      const isUrgent = this.#isUrgent;
      this.#isUrgent = this.#pending.length > 0 && isUrgent;
      this.#parts.onReady(isUrgent);
      if (this.#retry !== undefined) return;
    }
  }

  #nextGroup(most = GROUP): Waiting[] {
    const group: Waiting[] = [];
    const before = this.#diskBytes;
    let sum = 0;
    for (const entry of this.#pending) {
      const bytes = lineBytes(entry);
      if (sum >= most || before + sum + bytes > this.#limitFor(entry)) break;
      group.push(entry);
      sum += bytes;
    }
    return group;
  }

  async #tryAppend(group: readonly Waiting[]): Promise<Segment | undefined> {
    try {
      const segment = await this.#writer.append(group);
      this.#segments.add(segment);
      this.#isFailing = false;
      return segment;
    } catch (error) {
      this.#isFailing = true;
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#kick();
      }, RETRY_MS).unref();
      this.#parts.onFailed(error);
      return undefined;
    }
  }

  /** Where an event waits once it has been written, or could not be. */
  #place(entry: Waiting, segment: Segment | undefined): void {
    if (segment !== undefined) entry.watch?.kept();
    const cost = costOf(entry);
    const hasRoom = this.#spilled.count === 0 && this.#cost + cost <= this.#parts.maxMemory / 2;
    if (segment !== undefined && !hasRoom) {
      this.#spilled.add(entry, segment);
      return;
    }
    this.#window.push({ entry, segment });
    this.#cost += cost;
    this.#bytes += entry.bytes;
  }

  async take(events: number, bytes: number): Promise<readonly Waiting[]> {
    this.#isOrphansTurn = !this.#isOrphansTurn;
    const hasOwn = this.#window.length + this.#spilled.count > 0;
    if (this.#orphans.hasMore && (this.#isOrphansTurn || !hasOwn)) {
      const batch = await this.#orphans.take(events, bytes);
      if (batch.length > 0) return batch;
    }
    if (this.#window.length === 0 && this.#spilled.count > 0) await this.#readBack();
    const held: Held[] = [];
    let sum = 0;
    while (held.length < events) {
      const next = this.#window.peek();
      if (next === undefined || (held.length > 0 && sum + next.entry.bytes + 1 > bytes)) break;
      this.#window.shift();
      sum += next.entry.bytes + 1;
      this.#bytes -= next.entry.bytes;
      held.push(next);
    }
    this.#flying = held;
    return held.map(({ entry }) => entry);
  }

  async #readBack(): Promise<void> {
    try {
      for (const held of await this.#spilled.read()) {
        this.#window.push(held);
        this.#cost += costOf(held.entry);
        this.#bytes += held.entry.bytes;
      }
    } catch (error) {
      this.#parts.onFailed(error);
      this.#spilled.giveUp();
    }
  }

  keep(entries: readonly Waiting[]): void {
    if (this.#orphans.isFlying()) this.#orphans.keep();
    for (const entry of entries) this.#kept.add(entry);
  }

  release(): void {
    this.#orphans.release();
    for (const { entry, segment } of this.#flying) {
      this.#cost -= costOf(entry);
      if (this.#kept.has(entry)) {
        // Only in memory, which ends here.
        if (segment === undefined) this.#parts.onLost("closed", [entry]);
      } else if (segment !== undefined) segment.unsettled--;
    }
    this.#flying = [];
    this.#kick();
  }

  /** Removes what is settled; the segment that grows too, unless it is small and more is coming. */
  async #tidy(): Promise<void> {
    const isIdle = this.unsettled === 0;
    for (const segment of this.#segments) {
      if (segment.unsettled > 0) continue;
      if (segment === this.#writer.current && !isIdle && segment.bytes < SMALL) continue;
      this.#segments.delete(segment);
      await this.#writer.remove(segment);
    }
  }

  readonly #onExit = (): void => {
    try {
      this.#writer.appendSync(this.#nextGroup(NONE));
    } catch (error) {
      this.#parts.onFailed(error);
    }
  };

  async close(): Promise<void> {
    process.off("exit", this.#onExit);
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#kick();
    while (this.#writing !== undefined) await this.#writing;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    // No room, or no disk: nobody will send these.
    const homeless = [
      ...this.#pending,
      ...[...this.#window].flatMap((held) => (held.segment ? [] : [held.entry])),
    ];
    while (this.#pending.shift() !== undefined);
    if (homeless.length > 0) this.#parts.onLost("closed", homeless);
    await this.#orphans.close();
    await this.#spilled.close();
    await this.#finish().catch(this.#parts.onFailed);
    this.#owner.release();
  }

  async #finish(): Promise<void> {
    if (this.#parts.options.fsync !== "never") await this.#writer.sync();
    await this.#writer.rotate();
    for (const segment of this.#segments) {
      if (segment.unsettled > 0) continue;
      this.#segments.delete(segment);
      await this.#writer.remove(segment);
    }
    if (this.#segments.size === 0) await this.#writer.removeFolder();
  }
}
