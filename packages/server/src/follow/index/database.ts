// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import type { SqlParameter } from "@telltale/query";
import { makePrivate } from "./private-folder.js";

export interface DatabaseOptions {
  /** The only folder that the engine may touch. */
  readonly folder: string;
  /** Bytes for tables, sorting and buffers; beyond it the engine spills into `folder`. */
  readonly memoryBytes: number;
  /** Threads of one statement. Statements of different connections run side by side. */
  readonly threads: number;
}

/**
 * An embedded DuckDB without a database file. It can read and write `folder` and nothing else, loads no extension,
 * and its configuration is locked, so that even a hole in the search language would not open the machine.
 */
export class Database {
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const folder = path.resolve(options.folder);
    await makePrivate(folder);
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(options.threads),
      memory_limit: `${Math.ceil(options.memoryBytes / 1_048_576)}MiB`,
      temp_directory: path.join(folder, "spill"),
      autoload_known_extensions: "false",
      autoinstall_known_extensions: "false",
      allow_community_extensions: "false",
      // Given back to the system soon: by default the allocator keeps up to 512 MB of what a flush has used.
      allocator_flush_threshold: "16MiB",
      allocator_bulk_deallocation_flush_threshold: "16MiB",
      // The page cache holds the files already.
      enable_external_file_cache: "false",
    });
    const database = new Database(instance);
    const setup = await database.connect();
    await setup.run("SET parquet_metadata_cache = true");
    await setup.run(`SET allowed_directories = [${toSqlText(folder + path.sep)}]`);
    await setup.run("SET enable_external_access = false");
    await setup.run("SET lock_configuration = true");
    setup.close();
    return database;
  }

  async connect(): Promise<Connection> {
    return new Connection(await this.#instance.connect());
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** One statement at a time; a statement runs on a thread of its own, never on the JavaScript thread. */
export class Connection {
  readonly #connection: DuckDBConnection;
  #running: Promise<unknown> = Promise.resolve();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string): Promise<void> {
    await this.#track(this.#connection.run(sql));
  }

  /** All rows of a statement. Values go beside the text, as `$1`, `$2`, … */
  async rows(sql: string, params: readonly SqlParameter[] = []): Promise<DuckDBValue[][]> {
    const reader = await this.#track(this.#connection.runAndReadAll(sql, [...params]));
    return reader.getRows();
  }

  #track<T>(statement: Promise<T>): Promise<T> {
    this.#running = statement;
    return statement;
  }

  /** Like `rows`, but stopped after `ms`; then it gives `undefined`. */
  async rowsWithin(
    ms: number,
    sql: string,
    params: readonly SqlParameter[],
  ): Promise<DuckDBValue[][] | undefined> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), Math.max(0, ms));
    const running = this.rows(sql, params);
    controller.signal.addEventListener("abort", () => void this.#stop(running));
    try {
      return await running;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Stops the statement that runs, if any, and waits until it has ended. Never rejects. */
  async stop(): Promise<void> {
    await this.#stop(this.#running);
  }

  /** Interrupts until the statement has ended: one that still waits for a thread does not hear the first call. */
  async #stop(statement: Promise<unknown>): Promise<void> {
    const again = setInterval(() => this.#connection.interrupt(), 20);
    this.#connection.interrupt();
    await statement.catch(() => undefined);
    clearInterval(again);
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/**
 * Statements that may run at one time. Each takes a thread of Node's pool, which also serves the files and the
 * fsync of the log: without a limit, slow searches would hold up acknowledgements. UV_THREADPOOL_SIZE must be set
 * before Node starts (or in a CommonJS entry file); 8 is a good value.
 */
export function threadPoolSize(): number {
  const size = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
  return Number.isInteger(size) && size > 0 ? size : 4;
}

/** A text of ours (a path, never a user's value) as an SQL literal. */
export function toSqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A count, index or time as an SQL literal. */
export function toSqlInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error(`BUG: ${value} is not an integer`);
  return String(value);
}
