// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";
import { MemoryLost, type Follower, type MatchHints, type SealedBatch, type Standing } from "./follower.js";

/** The part of the log that following needs. */
export interface FollowLog {
  readonly size: number;
  read(from: number, to: number, maxBytes?: number): Promise<Committed>;
  onCommit(listener: (committed: Committed, tag: unknown) => void): () => void;
  /** The first index from `index` on that was not pruned; absent where nothing ever is. */
  firstKept?(index: number): number;
}

export interface FollowerStatus {
  name: string;
  /** Next index that the follower will see. */
  next: number;
  /** Committed events that it has not handled yet. */
  lag: number;
  /** Of a follower that depends on somebody else, while not all is well; `failed` needs a person. */
  state?: NonNullable<Standing["state"]>;
  /** Why it is waiting, if it is: the last failure, until a batch succeeds. */
  error?: string;
}

export interface RunnerOptions {
  log: FollowLog;
  logName: string;
  onError(name: string, error: Error): void;
  /** A follower has seen more events than the log has: the log was cut back or restored. */
  onAhead(name: string, next: number, size: number): void;
  /** Bytes of fresh batches kept in memory so that followers need not read them back. */
  cacheBytes?: number;
  /** First wait after a failure; doubles up to 30 s. */
  retryMs?: number;
}

const READ_BYTES = 1024 * 1024;
const IDLE_MS = 250;

/**
 * Drives all followers of one log. Fresh batches come from memory, older ones are read from the log; a slow or
 * failing follower only delays itself.
 */
export class FollowerRunner {
  readonly #options: RunnerOptions;
  readonly #fresh: FreshBatches;
  readonly #loops: Loop[] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#fresh = new FreshBatches(options.cacheBytes ?? 16 * 1024 * 1024);
  }

  /** Starts the followers, in order. Throws when one cannot start. */
  async start(followers: readonly Follower[]): Promise<void> {
    this.#unsubscribe = this.#options.log.onCommit((committed, tag) => {
      const batch: SealedBatch = { log: this.#options.logName, ...committed };
      if (isHints(tag)) batch.hints = tag;
      this.#fresh.push(batch);
      for (const loop of this.#loops) loop.wake();
    });
    for (const follower of followers) await this.add(follower);
  }

  /** Starts one more follower; its name is that of no other. Rejects when it cannot start, and then it is not there. */
  async add(follower: Follower): Promise<void> {
    const loop = new Loop(follower, await this.#startOf(follower), this.#fresh, this.#options);
    this.#loops.push(loop);
    loop.run();
  }

  /** Ends one follower: what it has begun it finishes, then it is closed. Nothing happens when there is none of the name. */
  async remove(name: string): Promise<void> {
    const at = this.#loops.findIndex((each) => each.name === name);
    const [loop] = at === -1 ? [] : this.#loops.splice(at, 1);
    await loop?.close();
  }

  /** Waiting until the log has grown past what was once seen would be blind for all that comes until then. */
  async #startOf(follower: Follower): Promise<number> {
    const next = await follower.start();
    const { size } = this.#options.log;
    if (next <= size) return next;
    this.#options.onAhead(follower.name, next, size);
    await follower.rewind(size);
    return size;
  }

  status(): FollowerStatus[] {
    return this.#loops.map((each) => each.status());
  }

  /** Resolves when every follower has handled all that is committed now, or after `ms`. */
  async drain(ms: number): Promise<boolean> {
    const until = Date.now() + ms;
    while (this.#loops.some((each) => each.isBehind)) {
      if (Date.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return true;
  }

  async close(): Promise<void> {
    this.#unsubscribe?.();
    await Promise.all(this.#loops.map((each) => each.close()));
  }
}

function isHints(tag: unknown): tag is MatchHints {
  return typeof tag === "object" && tag !== null && "pairs" in tag && "ruleSet" in tag;
}

/** The newest committed batches, bounded by bytes. */
class FreshBatches {
  readonly #limit: number;
  readonly #batches: SealedBatch[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(batch: SealedBatch): void {
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    let drop = 0;
    // A quarter at a time: taking single batches off the front moves all the others each time.
    if (this.#bytes > this.#limit) {
      while (this.#bytes > this.#limit * 0.75 && drop < this.#batches.length - 1)
        this.#bytes -= this.#batches[drop++]!.bytes.length;
    }
    this.#batches.splice(0, drop);
  }

  /** The batch that starts at the index, or the first index from which batches are held. */
  find(index: number): SealedBatch | { heldFrom: number } | undefined {
    let low = 0;
    let high = this.#batches.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { first } = this.#batches[middle]!;
      if (first === index) return this.#batches[middle];
      if (first < index) low = middle + 1;
      else high = middle - 1;
    }
    const next = this.#batches[low];
    return next === undefined ? undefined : { heldFrom: next.first };
  }
}

class Loop {
  readonly #follower: Follower;
  readonly #fresh: FreshBatches;
  readonly #options: RunnerOptions;
  #next: number;
  #error: string | undefined;
  #closing = false;
  #wake: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(follower: Follower, next: number, fresh: FreshBatches, options: RunnerOptions) {
    this.#follower = follower;
    this.#next = next;
    this.#fresh = fresh;
    this.#options = options;
  }

  get name(): string {
    return this.#follower.name;
  }

  /** Committed lines that were not handed over. */
  get isBehind(): boolean {
    return this.#next < this.#options.log.size;
  }

  status(): FollowerStatus {
    const standing = this.#follower.standing?.();
    const next = Math.min(standing?.next ?? this.#next, this.#next);
    const status: FollowerStatus = {
      name: this.#follower.name,
      next,
      lag: Math.max(0, this.#options.log.size - next),
    };
    if (standing?.state !== undefined) status.state = standing.state;
    const error = this.#error ?? standing?.error;
    if (error !== undefined) status.error = error;
    return status;
  }

  wake(): void {
    this.#wake?.();
  }

  run(): void {
    this.#done = this.#loop();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.wake();
    await this.#done;
    await this.#follower.close();
  }

  async #loop(): Promise<void> {
    let wait = this.#options.retryMs ?? 100;
    while (!this.#closing) {
      try {
        if (this.#next < this.#options.log.size) {
          const batch = await this.#nextBatch();
          await this.#follower.handle(batch);
          this.#next = batch.first + batch.count;
        } else if (!(await this.#sleep(IDLE_MS, true))) {
          await this.#follower.idle?.();
        }
        this.#error = undefined;
        wait = this.#options.retryMs ?? 100;
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.#error = failure.message;
        if (error instanceof MemoryLost) this.#next = error.next;
        this.#options.onError(this.#follower.name, failure);
        await this.#sleep(wait, false);
        wait = Math.min(wait * 2, 30_000);
      }
    }
  }

  async #nextBatch(): Promise<SealedBatch> {
    // What was pruned is nobody's to handle any more: a new follower begins behind it.
    this.#next = this.#options.log.firstKept?.(this.#next) ?? this.#next;
    const found = this.#fresh.find(this.#next);
    if (found !== undefined && "bytes" in found) return found;
    const to =
      found === undefined ? this.#options.log.size : Math.min(found.heldFrom, this.#options.log.size);
    const committed = await this.#options.log.read(this.#next, to, READ_BYTES);
    if (committed.count === 0) throw new Error(`the log gave no event at index ${this.#next}`);
    return { log: this.#options.logName, ...committed };
  }

  /** True when something came (or the end) before the time was over. */
  async #sleep(ms: number, wakeable: boolean): Promise<boolean> {
    if (this.#closing || (wakeable && this.#next < this.#options.log.size)) return true;
    const woken = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, ms, false);
      this.#wake = () => {
        if (!wakeable && !this.#closing) return;
        clearTimeout(timer);
        resolve(true);
      };
    });
    this.#wake = undefined;
    return woken;
  }
}
