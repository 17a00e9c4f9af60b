// SPDX-License-Identifier: Apache-2.0
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";

/** A DuckDB in memory for one comparison after the other. */
export class ParityDatabase {
  readonly connection: DuckDBConnection;
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.connection = connection;
  }

  static async open(prelude: readonly string[]): Promise<ParityDatabase> {
    const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
    const connection = await instance.connect();
    for (const statement of prelude) await connection.run(statement);
    return new ParityDatabase(instance, connection);
  }

  async rows(sql: string, params: readonly string[] = []): Promise<DuckDBValue[][]> {
    return (await this.connection.runAndReadAll(sql, [...params])).getRows();
  }

  /** A table `events` (idx, time, line). */
  async load(events: readonly { readonly time: number; readonly line: string }[]): Promise<void> {
    await this.connection.run("CREATE OR REPLACE TEMP TABLE events (idx BIGINT, time BIGINT, line VARCHAR)");
    const appender = await this.connection.createAppender("events");
    for (const [index, { time, line }] of events.entries()) {
      appender.appendBigInt(BigInt(index));
      appender.appendBigInt(BigInt(time));
      appender.appendVarchar(line);
      appender.endRow();
    }
    appender.closeSync();
  }

  close(): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}
