// SPDX-License-Identifier: Apache-2.0
import { rm } from "node:fs/promises";
import path from "node:path";
import { INDEX_COLUMN } from "@telltale/query";
import { type Connection, type Database, toSqlInteger, toSqlText } from "./database.js";
import { describe, fileOf, type FilePart, publish, removeFile } from "./files.js";
import { copyToParquet, createTable, selectRows } from "./ingest-sql.js";
import type { Part, Parts } from "./parts.js";
import { Spool } from "./spool.js";

/** When rows move on. Few at a time go through a table, so that they are found at once; many go straight to a file. */
export interface IndexerLimits {
  /** Rows from which a spool becomes a file of its own. */
  readonly directRows: number;
  /** Rows and bytes (of lines) of the table of fresh rows from which it becomes a file. */
  readonly tableRows: number;
  readonly tableBytes: number;
  /** Rows and bytes of a full spool; `append` waits while one is full. */
  readonly spoolRows: number;
  readonly spoolBytes: number;
  /** Rows below which neighbouring files are merged, and rows of a merged file. */
  readonly smallRows: number;
  readonly mergedRows: number;
}

export const INDEXER_LIMITS: IndexerLimits = {
  directRows: 16_384,
  tableRows: 32_768,
  tableBytes: 32 * 1_048_576,
  spoolRows: 131_072,
  spoolBytes: 64 * 1_048_576,
  smallRows: 98_304,
  mergedRows: 262_144,
};

interface Table {
  readonly source: { readonly table: string };
  readonly first: number;
  next: number;
  bytes: number;
}

/**
 * Turns lines into rows: spool → table of fresh rows → Parquet file, or spool → file. One flush at a time; what comes
 * in meanwhile gathers in the next spool. Everything here can be lost and is read from the log again.
 */
export class Indexer {
  readonly #folder: string;
  readonly #parts: Parts;
  readonly #connection: Connection;
  readonly #merging: Connection;
  readonly #limits: IndexerLimits;
  #spool: Spool;
  /** A spool that is being moved, or whose move has failed and is tried again first. */
  #moving: Spool | undefined;
  #table: Table | undefined;
  #serial = 0;
  #flushMs = 0;
  #flushing: Promise<void> | undefined;
  #merge: Promise<void> | undefined;
  #failure: Error | undefined;
  #closed = false;
  /** The table may hold rows of a load that did not succeed. */
  #dirty = false;

  private constructor(
    folder: string,
    parts: Parts,
    connections: readonly [Connection, Connection],
    limits: IndexerLimits,
    first: number,
  ) {
    this.#folder = folder;
    this.#parts = parts;
    [this.#connection, this.#merging] = connections;
    this.#limits = limits;
    this.#spool = this.#newSpool(first);
  }

  /** `first` is the index of the first event to come. */
  static async open(
    folder: string,
    parts: Parts,
    database: Database,
    first: number,
    limits: IndexerLimits,
  ): Promise<Indexer> {
    const connections = [await database.connect(), await database.connect()] as const;
    return new Indexer(folder, parts, connections, limits, first);
  }

  /** Index of the event that is wanted next. */
  get next(): number {
    return this.#spool.next;
  }

  /** Lines that were taken in and cannot be found yet. */
  get waiting(): number {
    return this.#spool.count + (this.#moving?.count ?? 0);
  }

  /** Takes whole lines in. Waits while DuckDB is two full spools behind; rejects with what went wrong meanwhile. */
  async append(lines: Buffer, count: number): Promise<void> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
    if (count > 0) await this.#spool.append(lines, count);
    if (!this.#isFull()) return;
    if (this.#flushing !== undefined) await this.#flushing;
    if (this.#isFull()) this.flushSoon();
  }

  #isFull(): boolean {
    return this.#spool.count >= this.#limits.spoolRows || this.#spool.bytes >= this.#limits.spoolBytes;
  }

  /** Starts a flush that nobody waits for; if it fails, the next `append` says so and the one after tries again. */
  flushSoon(): void {
    this.#startMove().catch((error: Error) => {
      this.#failure = error;
    });
  }

  /** Everything taken in before the call can be found after it. Rejects when DuckDB or the disk did; may be repeated. */
  async flush(): Promise<void> {
    const wanted = this.next;
    while (this.#parts.indexed < wanted && this.waiting > 0) await this.#startMove();
  }

  /** How long the last flush took, in milliseconds. */
  get flushMs(): number {
    return this.#flushMs;
  }

  #startMove(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing;
    const began = performance.now();
    this.#flushing = this.#move().finally(() => {
      this.#flushing = undefined;
      this.#flushMs = performance.now() - began;
    });
    return this.#flushing;
  }

  async #move(): Promise<void> {
    if (this.#closed) throw new Error("the index is closed");
    if (this.#moving === undefined) {
      this.#moving = this.#spool;
      this.#spool = this.#newSpool(this.#moving.next);
    }
    const spool = this.#moving;
    await spool.finish();
    if (spool.count >= this.#limits.directRows) {
      await this.#closeTable();
      await this.#toFile(spool);
    } else {
      await this.#toTable(spool);
      const full =
        this.#table !== undefined &&
        (this.#table.next - this.#table.first >= this.#limits.tableRows ||
          this.#table.bytes >= this.#limits.tableBytes);
      if (full) await this.#closeTable();
    }
    this.#moving = undefined;
    await spool.discard();
  }

  #newSpool(first: number): Spool {
    return new Spool(path.join(this.#folder, `spool-${++this.#serial}.ndjson`), first);
  }

  async #toTable(spool: Spool): Promise<void> {
    if (this.#parts.indexed >= spool.next) return; // done by a try that failed afterwards
    this.#table ??= await this.#newTable(spool.first);
    const { table } = this.#table.source;
    await this.#load(spool, async () => {
      if (this.#dirty) {
        await this.#connection.run(
          `DELETE FROM ${table} WHERE ${INDEX_COLUMN} >= ${toSqlInteger(spool.first)}`,
        );
      }
      this.#dirty = true;
      await this.#connection.run(`INSERT INTO ${table} ${selectRows(spool.file, spool.first)}`);
      return `${table} WHERE ${INDEX_COLUMN} >= ${toSqlInteger(spool.first)}`;
    });
    this.#dirty = false;
    this.#table.next = spool.next;
    this.#table.bytes += spool.bytes;
    const { source, first, next } = this.#table;
    this.#parts.extend({ source, first, next });
  }

  async #newTable(first: number): Promise<Table> {
    const table = `fresh_${++this.#serial}`;
    await this.#connection.run(createTable(table));
    return { source: { table }, first, next: first, bytes: 0 };
  }

  async #toFile(spool: Spool): Promise<void> {
    if (this.#parts.indexed >= spool.next) return;
    const temporary = this.#temporary();
    await this.#load(spool, async () => {
      await copy(this.#connection, selectRows(spool.file, spool.first), temporary);
      return `read_parquet(${toSqlText(temporary)})`;
    });
    this.#parts.extend(await this.#publish(temporary, spool.first, spool.next, this.#connection));
  }

  /**
   * Loads a spool and makes sure that each line is a row. DuckDB reads a line that it does not like as NULLs; then the
   * lines are rewritten and loaded once more.
   */
  async #load(spool: Spool, load: () => Promise<string>): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const from = await load();
      const [row] = await this.#connection.rows(
        `SELECT count(*), count(id), min(${INDEX_COLUMN}), max(${INDEX_COLUMN}) FROM ${from}`,
      );
      const [count, readable, low, high] = (row ?? []).map(Number);
      if (count !== spool.count || low !== spool.first || high !== spool.next - 1) {
        throw new Error(`${spool.count} lines from ${spool.first} gave ${count} rows from ${low} to ${high}`);
      }
      if (readable === count || attempt > 0) return;
      await spool.repair();
    }
  }

  /** Moves the table of fresh rows into a file. */
  async #closeTable(): Promise<void> {
    const table = this.#table;
    if (table === undefined) return;
    const temporary = this.#temporary();
    await copy(this.#connection, `SELECT * FROM ${table.source.table}`, temporary);
    const file = await this.#publish(temporary, table.first, table.next, this.#connection);
    // True now: the rows are in the file and in the table. Dying loses the table, which was in memory only. Nobody
    // needs to repair: the file alone is the index, and searches change over to it in this one step.
    const old = this.#parts.list.filter((part) => part.source === table.source);
    this.#parts.replace(old, file, () => this.#connection.run(`DROP TABLE ${table.source.table}`));
    this.#table = undefined;
  }

  #temporary(): string {
    return path.join(this.#folder, `writing-${++this.#serial}.tmp`);
  }

  async #publish(temporary: string, first: number, next: number, connection: Connection): Promise<FilePart> {
    const file = fileOf(this.#folder, first, next);
    await publish(temporary, file);
    return describe(file, first, next, connection);
  }

  /**
   * Merges one run of small neighbouring files, if there is one, and waits until the disk is rid of what nobody reads.
   * Searches go on meanwhile.
   */
  async compact(): Promise<void> {
    this.#merge ??= this.#mergeRun().finally(() => {
      this.#merge = undefined;
    });
    await this.#merge;
    await this.#parts.removed();
  }

  async #mergeRun(): Promise<void> {
    const run = findRun(this.#parts.list, this.#limits);
    const first = run[0]?.first;
    const next = run.at(-1)?.next;
    if (first === undefined || next === undefined) return;
    const files = run.map((part) => toSqlText(part.source.file)).join(", ");
    const temporary = this.#temporary();
    await copy(this.#merging, `SELECT * FROM read_parquet([${files}])`, temporary);
    const merged = await this.#publish(temporary, first, next, this.#merging);
    // True now: the merged file and its parts are both there. A start after dying here takes the longer one and
    // removes the others. Searches that began before still read the parts, which go when the last one is done.
    this.#parts.replace(run, merged, removeFile);
  }

  /**
   * Removes the files whose events all lie before `index`, from the front; a file that holds one newer event stays.
   * Gives how many went. Searches that began before still read them; what nobody reads is gone from the disk.
   */
  async dropBefore(index: number): Promise<number> {
    // A merge under way would put back what it has read; its own failure is reported to whoever asked for it.
    await this.#merge?.catch(() => undefined);
    const { list } = this.#parts;
    const stays = list.findIndex((part) => !isFile(part) || part.next > index);
    const dropped = list.slice(0, stays === -1 ? list.length : stays);
    // True now: the events are past their searchable days and can still be read from the log by their index. If we
    // die between two files, the rest is dropped by the next call: files are in order and may begin anywhere.
    if (dropped.length > 0) this.#parts.drop(dropped, removeFile);
    await this.#parts.removed();
    return dropped.length;
  }

  /**
   * Stops what runs and waits for it, removals too: whoever opens the folder next meets no file that is about to go.
   * What was not in a file is read from the log again next time.
   */
  async close(): Promise<void> {
    this.#closed = true;
    const ended = Promise.allSettled([this.#flushing, this.#merge, this.#parts.removed()]);
    await Promise.all([this.#connection.stop(), this.#merging.stop()]);
    await ended;
    await this.#spool.discard();
    await this.#moving?.discard();
    this.#connection.close();
    this.#merging.close();
  }
}

/** Writes a file; leaves nothing behind when it fails. */
async function copy(connection: Connection, select: string, file: string): Promise<void> {
  try {
    await connection.run(copyToParquet(select, file));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** The oldest neighbouring small files that are worth a merge; empty when there are none. */
function findRun(parts: readonly Part[], limits: IndexerLimits): FilePart[] {
  let run: FilePart[] = [];
  let rows = 0;
  for (const part of parts) {
    const size = part.next - part.first;
    const fits = isFile(part) && size < limits.smallRows && rows + size <= limits.mergedRows;
    if (fits) {
      run.push(part);
      rows += size;
      continue;
    }
    if (isWorth(run, rows, limits)) return run;
    run = isFile(part) && size < limits.smallRows ? [part] : [];
    rows = run.length === 0 ? 0 : size;
  }
  return isWorth(run, rows, limits) ? run : [];
}

/** A merge must give a file that is itself not merged again soon. */
function isWorth(run: readonly FilePart[], rows: number, limits: IndexerLimits): boolean {
  return run.length > 1 && (rows >= limits.smallRows || run.length >= 8);
}

function isFile(part: Part): part is FilePart {
  return "file" in part.source && part.received !== undefined;
}
