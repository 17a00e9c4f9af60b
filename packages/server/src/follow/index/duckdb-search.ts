// SPDX-License-Identifier: Apache-2.0
import { INDEX_COLUMN, parseQuery, toDuckDb, type DuckDbCondition } from "@telltale/query";
import type { DuckDBValue } from "@duckdb/node-api";
import { toBuckets } from "./buckets.js";
import { type Connection, type Database, threadPoolSize, toSqlInteger, toSqlText } from "./database.js";
import { SearchError } from "./error.js";
import { Gate } from "./gate.js";
import { combinationsSql } from "./combinations-sql.js";
import { groupsSql } from "./groups-sql.js";
import { fetchLines } from "./lines.js";
import type { LogReader } from "./log-reader.js";
import type { Part, Parts } from "./parts.js";
import type {
  Bar,
  CombinationsAnswer,
  CombinationsRequest,
  Completeness,
  CountAnswer,
  GroupsAnswer,
  GroupsRequest,
  HistogramAnswer,
  HistogramRequest,
  HitsAnswer,
  HitsRequest,
  IncompleteReason,
  Search,
  SearchRequest,
} from "./search.js";

export interface SearchLimits {
  /** Searches at one time, and searches waiting for their turn. */
  readonly running: number;
  readonly waiting: number;
  /** Milliseconds that one search may take, waiting included. */
  readonly timeoutMs: number;
  /** Milliseconds that a search waits for the newest events to become searchable. */
  readonly catchUpMs: number;
  /** Most hits in one answer, most bars in one histogram. */
  readonly hits: number;
  readonly bars: number;
}

export const SEARCH_LIMITS: SearchLimits = {
  // Beside the searches run one flush and one merge; at least one thread is left to the log's files.
  running: threadPoolSize() >= 6 ? 2 : 1,
  waiting: 32,
  timeoutMs: 10_000,
  catchUpMs: 1000,
  hits: 1000,
  bars: 500,
};

interface Options {
  readonly log: LogReader;
  readonly parts: Parts;
  readonly database: Database;
  readonly limits: SearchLimits;
  readonly now: () => number;
  /** Makes events below `size` searchable, or gives up after `ms`. */
  readonly catchUp: (size: number, ms: number) => Promise<void>;
}

/** One search under way. */
interface Run {
  readonly connection: Connection;
  readonly condition: DuckDbCondition;
  /** In log order, only those that can hold hits. */
  readonly parts: readonly Part[];
  readonly indexed: number;
  readonly size: number;
  /** Milliseconds of `performance.now()` at which the time is up. */
  readonly deadline: number;
}

/** Search over the tables and files of the index. */
export class DuckDbSearch implements Search {
  readonly #options: Options;
  readonly #gate: Gate;
  readonly #idle: Connection[] = [];
  readonly #busy = new Map<Connection, Promise<unknown>>();
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#gate = new Gate(options.limits.running, options.limits.waiting);
  }

  async hits(request: HitsRequest): Promise<HitsAnswer> {
    const limit = Math.min(Math.max(1, Math.floor(request.limit)), this.#options.limits.hits);
    const below = readCursor(request.cursor);
    return this.#run(request, async (run) => {
      const found: number[] = [];
      let timedOut = false;
      let bound = Math.min(below, run.indexed);
      let left = run.parts.filter((part) => part.first < bound);
      for (let wave = 1; left.length > 0 && found.length < limit; wave *= 2) {
        const parts = newest(left, wave);
        const rows = await this.#rows(run, (where) => hitsSql(parts, where, bound, limit - found.length));
        if (rows === undefined) {
          timedOut = true;
          break;
        }
        found.push(...rows.map(([index]) => Number(index)));
        left = left.slice(0, left.length - parts.length);
        bound = parts[0]?.first ?? 0;
      }
      const full = found.length >= limit;
      const next = full ? (found.at(-1) ?? 0) : bound;
      const more = full ? left.length > 0 || next > (run.parts[0]?.first ?? 0) : timedOut;
      const hits = await fetchLines(this.#options.log, found);
      const unreadable = hits.length < found.length;
      return {
        hits,
        next: more ? String(next) : null,
        ...completeness(run, timedOut ? "timeout" : unreadable ? "unreadable" : undefined),
      };
    });
  }

  async histogram(request: HistogramRequest): Promise<HistogramAnswer> {
    const { from, to } = request;
    if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to)) {
      throw new SearchError("bad_range", "A histogram needs a start before its end");
    }
    const wanted = Math.min(Math.max(1, Math.floor(request.buckets)), this.#options.limits.bars);
    const { start, width, count, unit } = toBuckets(from, to, wanted);
    return this.#run(request, async (run) => {
      const bars = Array.from({ length: count }, (_, i) => ({ ...NO_EVENTS, t: start + i * width }));
      const bucket = `(epoch_ms(received) - ${toSqlInteger(start)}) // ${toSqlInteger(width)}`;
      const cut = await this.#eachWave(
        run,
        `${bucket}, outcome, count(*)`,
        "GROUP BY ALL",
        ([at, outcome, n]) => {
          const bar = bars[Number(at)];
          if (bar !== undefined) bar[toSeries(outcome)] += Number(n);
        },
      );
      const total = bars.reduce((sum, bar) => sum + bar.success + bar.failure + bar.denied + bar.other, 0);
      return { from, to, bucketMs: width, unit, buckets: bars, total, ...completeness(run, cut) };
    });
  }

  async count(request: SearchRequest): Promise<CountAnswer> {
    return this.#run(request, async (run) => {
      let total = 0;
      const cut = await this.#eachWave(run, "count(*)", "", ([n]) => {
        total += Number(n);
      });
      return { total, ...completeness(run, cut) };
    });
  }

  async groups(request: GroupsRequest): Promise<GroupsAnswer> {
    const limit = Math.min(Math.max(1, Math.floor(request.limit)), this.#options.limits.hits);
    return this.#run(request, async (run) => {
      if (run.parts.length === 0) return { groups: [], distinct: 0, ...completeness(run, undefined) };
      const rows = await this.#rows(run, (where) => groupsSql(request.field, atOnce(run), where, limit));
      const groups = (rows ?? []).map(([value, count]) => ({ value: String(value), count: Number(count) }));
      const distinct = Number(rows?.[0]?.[2] ?? 0);
      return { groups, distinct, ...completeness(run, rows === undefined ? "timeout" : undefined) };
    });
  }

  async combinations(request: CombinationsRequest): Promise<CombinationsAnswer> {
    const limit = Math.min(Math.max(1, Math.floor(request.limit)), this.#options.limits.hits);
    const { fields } = request;
    return this.#run(request, async (run) => {
      if (run.parts.length === 0) return { rows: [], distinct: 0, ...completeness(run, undefined) };
      const found = await this.#rows(run, (where) => combinationsSql(fields, atOnce(run), where, limit));
      const rows = (found ?? []).map((row) => ({
        values: row.slice(0, fields.length).map((value) => (value === null ? null : String(value))),
        count: Number(row[fields.length]),
        last: Number(row[fields.length + 1]),
      }));
      const distinct = Number(found?.[0]?.[fields.length + 2] ?? 0);
      return { rows, distinct, ...completeness(run, found === undefined ? "timeout" : undefined) };
    });
  }

  /** Adds up an aggregate over all parts, newest first; gives "timeout" when the oldest were not reached. */
  async #eachWave(
    run: Run,
    select: string,
    tail: string,
    add: (row: readonly DuckDBValue[]) => void,
  ): Promise<"timeout" | undefined> {
    for (let left = run.parts; left.length > 0; ) {
      const parts = newest(left, WAVE);
      const rows = await this.#rows(run, (where) => {
        const columns = `SELECT * FROM ${fromParts(parts)} WHERE ${INDEX_COLUMN} < ${toSqlInteger(run.indexed)}`;
        return `SELECT ${select} FROM (${columns}) WHERE ${where} ${tail}`;
      });
      if (rows === undefined) return "timeout";
      for (const row of rows) add(row);
      left = left.slice(0, left.length - parts.length);
    }
    return undefined;
  }

  async #rows(run: Run, sql: (where: string) => string): Promise<DuckDBValue[][] | undefined> {
    const { connection, condition, deadline } = run;
    if (this.#closed) throw new SearchError("search_closed", "The server is stopping");
    const ms = deadline - performance.now();
    if (ms <= 0) return undefined;
    try {
      return await connection.rowsWithin(ms, sql(condition.where), condition.params);
    } catch (error) {
      // As much the asker's to mend as too much time: a narrower question needs less.
      const isTooMuch = error instanceof Error && error.message.startsWith("Out of Memory");
      if (isTooMuch)
        throw new SearchError("search_timeout", "The search needs too much memory", { cause: error });
      throw new SearchError("search_failed", "The search engine could not answer", { cause: error });
    }
  }

  async #run<T>(request: SearchRequest, work: (run: Run) => Promise<T>): Promise<T> {
    const { limits, now } = this.#options;
    const deadline = performance.now() + limits.timeoutMs;
    const condition = toCondition(request, now());
    const leave = await this.#gate.enter(limits.timeoutMs);
    try {
      const size = this.#options.log.size;
      await this.#options.catchUp(size, limits.catchUpMs);
      return await this.#withConnection(request, async (connection, parts, indexed) =>
        work({ connection, condition, parts, indexed, size, deadline }),
      );
    } finally {
      leave();
    }
  }

  async #withConnection<T>(
    request: SearchRequest,
    work: (connection: Connection, parts: readonly Part[], indexed: number) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw new SearchError("search_closed", "The server is stopping");
    const connection = this.#idle.pop() ?? (await this.#options.database.connect());
    const snapshot = this.#options.parts.snapshot();
    const running = work(
      connection,
      snapshot.parts.filter((part) => overlaps(part, request)),
      snapshot.indexed,
    );
    this.#busy.set(connection, running);
    try {
      return await running;
    } finally {
      this.#busy.delete(connection);
      this.#idle.push(connection);
      snapshot.release();
    }
  }

  /** Refuses new searches, stops running ones and waits for their end. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#gate.close();
    await Promise.all(
      [...this.#busy].map(async ([connection, running]) => {
        await connection.stop();
        await running.catch(() => undefined);
      }),
    );
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}

/** Parts that one aggregate statement reads; between two the time is looked at. */
const WAVE = 16;

const NO_EVENTS = { success: 0, failure: 0, denied: 0, other: 0 };

function toSeries(outcome: DuckDBValue | undefined): keyof Omit<Bar, "t"> {
  return outcome === "success" || outcome === "failure" || outcome === "denied" ? outcome : "other";
}

function toCondition(request: SearchRequest, now: number): DuckDbCondition {
  const { where, params } = toDuckDb(parseQuery(request.query), { now });
  const bounds: string[] = [];
  if (request.from !== undefined) bounds.push(`received >= ${toSqlTime(request.from)}`);
  if (request.to !== undefined) bounds.push(`received < ${toSqlTime(request.to)}`);
  return { where: [...bounds, where].join(" AND "), params };
}

function toSqlTime(ms: number): string {
  if (!Number.isSafeInteger(ms))
    throw new SearchError("bad_range", "A time is a whole number of milliseconds");
  return `make_timestamp_ms(${toSqlInteger(ms)})`;
}

function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const index = /^[0-9]{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!Number.isSafeInteger(index))
    throw new SearchError("bad_cursor", "The cursor is not one that this server gave");
  return index;
}

/** Fast path: the bounds of a file say that nothing in it can match. */
function overlaps(part: Part, { from, to }: SearchRequest): boolean {
  if (part.received === undefined) return true;
  return (from === undefined || part.received.max >= from) && (to === undefined || part.received.min < to);
}

/** The newest parts: `files` files or, alone, all the tables, which are younger than any file. */
function newest(parts: readonly Part[], files: number): readonly Part[] {
  const tables = parts.filter((part) => "table" in part.source);
  return tables.length > 0 ? tables : parts.slice(-files);
}

/** What stands after FROM for files, or for tables. */
export function fromParts(parts: readonly Part[]): string {
  const files = parts.flatMap(({ source }) => ("file" in source ? [toSqlText(source.file)] : []));
  if (files.length > 0) return `read_parquet([${files.join(", ")}])`;
  const tables = parts.flatMap(({ source }) => ("table" in source ? [`SELECT * FROM ${source.table}`] : []));
  return `(${tables.join(" UNION ALL ")})`;
}

/** All parts at once, files and tables. */
function everything(parts: readonly Part[]): string {
  const files = parts.filter((part) => "file" in part.source);
  const tables = parts.filter((part) => "table" in part.source);
  return [files, tables]
    .filter((some) => some.length > 0)
    .map((some) => `SELECT * FROM ${fromParts(some)}`)
    .join(" UNION ALL BY NAME ");
}

/** What a run sees, for one statement: the greatest of a part need not be the greatest of all. */
function atOnce({ parts, indexed }: Run): string {
  return `(SELECT * FROM (${everything(parts)}) WHERE ${INDEX_COLUMN} < ${toSqlInteger(indexed)})`;
}

function hitsSql(parts: readonly Part[], where: string, below: number, limit: number): string {
  return `SELECT ${INDEX_COLUMN} FROM ${fromParts(parts)} WHERE ${INDEX_COLUMN} < ${toSqlInteger(below)} AND ${where}
    ORDER BY ${INDEX_COLUMN} DESC LIMIT ${toSqlInteger(limit)}`;
}

function completeness({ indexed, size }: Run, cut: IncompleteReason | undefined): Completeness {
  const reason = cut ?? (indexed < size ? "indexing" : undefined);
  return reason === undefined
    ? { complete: true, indexed, size }
    : { complete: false, reason, indexed, size };
}
