// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import type { SqlParameter } from "@telltale/query";

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
    await mkdir(folder, { recursive: true });
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(options.threads),
      memory_limit: `${Math.ceil(options.memoryBytes / 1_048_576)}MiB`,
      temp_directory: path.join(folder, "spill"),
      autoload_known_extensions: "false",
      autoinstall_known_extensions: "false",
      allow_community_extensions: "false",
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

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** All rows of a statement. Values go beside the text, as `$1`, `$2`, … */
  async rows(sql: string, params: readonly SqlParameter[] = []): Promise<DuckDBValue[][]> {
    const reader = await this.#connection.runAndReadAll(sql, [...params]);
    return reader.getRows();
  }

  /** Like `rows`, but stopped after `ms`; then it gives `undefined`. */
  async rowsWithin(
    ms: number,
    sql: string,
    params: readonly SqlParameter[],
  ): Promise<DuckDBValue[][] | undefined> {
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        this.#connection.interrupt();
      },
      Math.max(0, ms),
    );
    try {
      return await this.rows(sql, params);
    } catch (error) {
      if (late) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
  }
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
