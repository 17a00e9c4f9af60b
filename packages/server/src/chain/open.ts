// SPDX-License-Identifier: Apache-2.0
import type { Committed } from "@telltale/log";
import type { Snapshots } from "../follow/snapshots.js";
import type { SealingSelfLog } from "../self-log.js";
import type { Fate } from "./chain.js";
import { loadMemory, MEMORY, toSnapshot } from "./memory.js";
import type { RatchetTable } from "./ratchet-table.js";
import { ChainReporter } from "./reporter.js";
import { replay, type ChainLog } from "./restore.js";
import type { Chained } from "./runs.js";
import { findSilent, UpTime } from "./silence.js";
import { SourceChains } from "./source-chains.js";

/** What is said of the chains in a batch that is appended, as a part of its tag. */
export interface ChainTag {
  chains: { chained: Chained; fateOf?: ((line: number) => Fate) | undefined };
}

export interface OpenSourceChainsOptions {
  log: ChainLog & {
    readonly origin: string;
    onCommit(listener: (committed: Committed, tag: unknown) => void): () => void;
  };
  table: RatchetTable;
  snapshots: Pick<Snapshots, "load" | "save">;
  selfLog: Pick<SealingSelfLog, "seal">;
  /** Whether events are taken: while they are not, nobody's silence means anything. Default: always. */
  isUp?: () => boolean;
  onError: (error: Error, what: string) => void;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** A clock that never steps, in milliseconds. */
  steady?: () => number;
  /** Milliseconds between two looks; 0: only `tick` looks. */
  tickMs?: number;
}

const TICK_MS = 5_000;
const SAVE_MS = 60_000;
/** Events, also those of no chain, after which a snapshot is due: a crash costs a replay of what came since. */
const SAVE_EVENTS = 65_536;
/** Events that are read when there is no snapshot. */
const REPLAY_EVENTS = 262_144;

function hasChains(tag: unknown): tag is ChainTag {
  return typeof tag === "object" && tag !== null && "chains" in tag;
}

/** The chains of the sources while the server runs. */
export class SourceChainKeeper {
  readonly chains: SourceChains;
  readonly #options: OpenSourceChainsOptions;
  readonly #reporter: ChainReporter;
  readonly #up: UpTime;
  readonly #of: string;
  #next: number;
  #savedNext: number;
  #savedAt: number;
  #saving: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: () => void = () => {};

  private constructor(
    options: OpenSourceChainsOptions,
    parts: {
      chains: SourceChains;
      reporter: ChainReporter;
      up: UpTime;
      next: number;
      savedNext: number;
      of: string;
    },
  ) {
    this.#options = options;
    this.chains = parts.chains;
    this.#reporter = parts.reporter;
    this.#up = parts.up;
    this.#of = parts.of;
    this.#next = parts.next;
    this.#savedNext = parts.savedNext;
    this.#savedAt = this.#now();
  }

  /** Restores what is known, takes what was sealed since, and listens from then on. Nothing may be appended meanwhile. */
  static async open(options: OpenSourceChainsOptions): Promise<SourceChainKeeper> {
    const { log, table, snapshots, selfLog, onError } = options;
    const of = `1 ${log.origin}`;
    const found = await loadMemory(snapshots, table, of);
    // A log that is shorter than it was is another one: what is known of it says nothing.
    const memory = found === undefined || found.next > log.size ? undefined : found;
    const start = memory?.next ?? Math.max(0, log.size - REPLAY_EVENTS);
    const isPartial = memory?.isPartial ?? (start > 0 || (log.firstKept?.(0) ?? 0) > 0);
    const up = new UpTime(options.steady ?? (() => performance.now()));
    const reporter = new ChainReporter({
      seal: (events) => selfLog.seal(events),
      onError: (error) => onError(error, "findings about sources wait for the log"),
    });
    const chains = new SourceChains({
      onFindings: (findings) => reporter.report(findings),
      upMs: () => up.ms,
      isPartial,
    });
    if (memory !== undefined) chains.restore(memory.boots, memory.evicted);
    await replay(log, chains, start);
    const keeper = new SourceChainKeeper(options, {
      chains,
      reporter,
      up,
      next: log.size,
      savedNext: start,
      of,
    });
    keeper.#listen();
    return keeper;
  }

  #listen(): void {
    const { log, tickMs = TICK_MS } = this.#options;
    this.#unsubscribe = log.onCommit(({ first, count }, tag) => {
      this.#next = first + count;
      if (hasChains(tag)) this.#take(tag);
    });
    if (tickMs === 0) return;
    this.#timer = setInterval(() => this.tick(), tickMs);
    this.#timer.unref();
  }

  /** A fault of ours must be heard of: the log goes on without its listeners. */
  #take({ chains: { chained, fateOf } }: ChainTag): void {
    try {
      this.chains.take(chained, fateOf);
    } catch (error) {
      this.#report(error, "events of a source could not be followed");
    }
  }

  #report(error: unknown, what: string): void {
    this.#options.onError(error instanceof Error ? error : new Error(String(error)), what);
  }

  /** Looks for silence, tells what waits, and saves when it is time. */
  tick(): void {
    this.#up.tick(this.#options.isUp?.() ?? true);
    this.#reporter.reportSilent(findSilent(this.chains, this.#up.ms), this.#now());
    this.#reporter.tick(this.#now());
    const isOld = this.chains.size > 0 && this.#now() - this.#savedAt >= SAVE_MS;
    if (this.#saving === undefined && (isOld || this.#next - this.#savedNext >= SAVE_EVENTS))
      this.#save().catch((error: unknown) =>
        this.#report(error, "what is known of sources could not be saved"),
      );
  }

  /** Resolves when all that was found so far is sealed. */
  flush(): Promise<void> {
    return this.#reporter.flush();
  }

  /** Writes down what is known; the timer and the listener end. Rejects when findings could not be sealed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#up.tick(this.#options.isUp?.() ?? true);
    await this.#reporter.close();
    await this.#saving?.catch(() => undefined); // it was reported; here it is tried again
    if (this.chains.size > 0 || this.#next !== this.#savedNext) await this.#save();
    this.#unsubscribe();
  }

  #save(): Promise<void> {
    this.#saving = this.#write().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  async #write(): Promise<void> {
    const { snapshots, table } = this.#options;
    // Before the first wait: chains and place belong together.
    const snapshot = toSnapshot(this.chains, table, this.#next, this.#of);
    this.#savedAt = this.#now();
    this.#savedNext = this.#next;
    // A snapshot passes over what it covers: what was found there must be in the log before it counts.
    await this.#reporter.flush();
    await snapshots.save(MEMORY, snapshot);
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}
