// SPDX-License-Identifier: Apache-2.0
import type { Follower, SealedBatch } from "../follower.js";
import { IndexCandidates, type CandidateFinder } from "./candidates.js";
import { Database } from "./database.js";
import { DuckDbSearch, SEARCH_LIMITS, type SearchLimits } from "./duckdb-search.js";
import { openFiles } from "./files.js";
import { Indexer, INDEXER_LIMITS, type IndexerLimits } from "./indexer.js";
import { IP_KEY_MACROS } from "./ingest-sql.js";
import type { LogReader } from "./log-reader.js";
import { Parts } from "./parts.js";
import type { Search } from "./search.js";

/*
 * The index follower: committed lines become rows that can be searched.
 *
 *   handle ─► spool (NDJSON file) ─┬─ few lines ─► table of fresh rows ─► Parquet file, when the table is full
 *                                  └─ many lines ─────────────────────► Parquet file
 *   idle ─► small neighbouring files are merged
 *
 * JavaScript moves bytes; DuckDB parses them, on a thread of its own. Files are named by the indexes that they hold
 * (`<first>-<next>.parquet`), and the cursor is where they end: the follower keeps no other state. What was in the
 * spool or the table when the process died is read from the log again. The folder may be deleted at any time.
 */

export interface IndexOptions {
  /** DATA/index. Everything in it belongs to the index and may be removed by it. */
  readonly dir: string;
  readonly log: LogReader;
  /** Name of the log in batches, and its origin: an index of another origin is thrown away. */
  readonly logName: string;
  readonly origin: string;
  /** Trouble outside of any call: a file that could not be removed. */
  readonly onError: (error: Error) => void;
  readonly now?: () => number;
  readonly memoryBytes?: number;
  readonly search?: Partial<SearchLimits>;
  readonly indexer?: Partial<IndexerLimits>;
}

/**
 * Milliseconds after which waiting lines become searchable. A flush costs about the same for one row as for thousands, so
 * the next one waits until the last took no more than a tenth of the time: soon when little comes, in one go when much
 * does. Whoever searches meanwhile flushes at once, see `catchUp`.
 */
const SOON_MS = 150;
const LATEST_MS = 900;
const REST_FACTOR = 10;

export interface OpenedIndex {
  readonly follower: Follower;
  readonly search: Search;
  readonly candidates: CandidateFinder;
  /** Takes events before `index` out of the search, whole files only; gives how many files went. */
  dropBefore(index: number): Promise<number>;
}

/** Makes the index ready. `search` answers from the first moment; the follower has to be run to fill it. */
export async function openIndex(options: IndexOptions): Promise<OpenedIndex> {
  const database = await Database.open({
    folder: options.dir,
    memoryBytes: options.memoryBytes ?? 96 * 1_048_576,
    threads: 1,
  });
  const setup = await database.connect();
  for (const macro of IP_KEY_MACROS) await setup.run(macro);
  const parts = new Parts(options.onError);
  const { origin, log } = options;
  // Files are in a row without gaps, so the index begins behind the last event that was pruned.
  const from = log.pruned?.at(-1)?.next ?? 0;
  const files = await openFiles(options.dir, { origin, size: log.size, from }, setup);
  setup.close();
  parts.beginAt(from);
  for (const file of files) parts.extend(file);
  const limits = { ...INDEXER_LIMITS, ...options.indexer };
  const indexer = await Indexer.open(options.dir, parts, database, parts.indexed, limits);
  const follower = new IndexFollower(options.logName, indexer, parts);
  const search = new DuckDbSearch({
    log: options.log,
    parts,
    database,
    limits: { ...SEARCH_LIMITS, ...options.search },
    now: options.now ?? Date.now,
    catchUp: (size, ms) => follower.catchUp(size, ms),
  });
  const candidates = new IndexCandidates(database, parts);
  follower.onClose(async () => {
    await candidates.close();
    await search.close();
    await indexer.close();
    database.close();
  });
  return { follower, search, candidates, dropBefore: (index) => indexer.dropBefore(index) };
}

class IndexFollower implements Follower {
  readonly name = "index";
  readonly version = 1;
  readonly #log: string;
  readonly #indexer: Indexer;
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | undefined;
  #arrived: (() => void)[] = [];
  #close: () => Promise<void> = () => Promise.resolve();

  constructor(log: string, indexer: Indexer, parts: Parts) {
    this.#log = log;
    this.#indexer = indexer;
    this.#parts = parts;
  }

  onClose(close: () => Promise<void>): void {
    this.#close = close;
  }

  start(): Promise<number> {
    return Promise.resolve(this.#indexer.next);
  }

  /** Files beyond the log are thrown away when the index is opened, so this is a fault of ours. */
  rewind(next: number): Promise<void> {
    return Promise.reject(new Error(`BUG: the index wants event ${this.#indexer.next}, the log has ${next}`));
  }

  async handle(batch: SealedBatch): Promise<void> {
    if (batch.log !== this.#log) return;
    const seen = this.#indexer.next - batch.first;
    if (seen < 0)
      throw new Error(`BUG: the index wants event ${this.#indexer.next} and was given ${batch.first}`);
    const count = Math.max(0, batch.count - seen);
    const start = seen === 0 ? 0 : (batch.ends[seen - 1] ?? batch.bytes.length);
    const end = batch.ends[batch.count - 1] ?? 0;
    await this.#indexer.append(batch.bytes.subarray(Math.min(start, end), end), count);
    this.#schedule();
    for (const wake of this.#arrived.splice(0)) wake();
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.min(LATEST_MS, Math.max(SOON_MS, REST_FACTOR * this.#indexer.flushMs));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#indexer.waiting > 0) this.#indexer.flushSoon();
    }, wait);
  }

  /** Called when nothing has come for a moment: what is waiting becomes searchable, files are merged. */
  async idle(): Promise<void> {
    await this.#indexer.flush();
    await this.#indexer.compact();
  }

  /** Makes the events below `size` searchable if that takes no longer than `ms`. A failure is left to `handle`. */
  async catchUp(size: number, ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (this.#parts.indexed < size) {
      const left = until - performance.now();
      if (left <= 0) return;
      const step = this.#indexer.waiting > 0 ? this.#indexer.flush() : this.#arrival();
      if (!(await inTime(step, left))) return;
    }
  }

  #arrival(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#arrived.push(resolve);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#close();
  }
}

/** True when the step succeeded within `ms`. */
async function inTime(step: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const succeeded = step.then(
    () => true,
    () => false,
  );
  const done = await Promise.race([succeeded, late]);
  clearTimeout(timer);
  return done;
}
