// SPDX-License-Identifier: Apache-2.0
import type { DuckDBValue } from "@duckdb/node-api";
import { DATA_COLUMN, INDEX_COLUMN, INDEX_COLUMNS } from "@telltale/query";
import { duckDb, type RuleSet, type SqlColumn, type SqlSource, toSql } from "@telltale/sigma";
import { type Connection, type Database, toSqlInteger } from "./database.js";
import { fromParts } from "./duckdb-search.js";
import type { Part, Parts } from "./parts.js";

/** Events that rules match, as far as the index says; the lines decide. */
export interface Candidates {
  /** Ascending. */
  readonly indices: readonly number[];
  /** Events in the range that were received from `since` on and before `until`. */
  readonly events: number;
  /** Up to here the index was asked: what is newer has to be read from the log. */
  readonly next: number;
}

/** The index cannot answer, and why; the log can. */
export interface NoCandidates {
  readonly reason: string;
}

export interface CandidateRequest {
  readonly ruleSet: RuleSet;
  /** Indexes in the log: `from` inside, `to` outside. */
  readonly from: number;
  readonly to: number;
  /** Unix milliseconds of `received`, only to count by. */
  readonly since: number;
  readonly until: number;
  /** Milliseconds that it may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told after each file: up to which index was asked. */
  readonly onProgress: (next: number) => void;
}

/** Which events may match: asks the columns of the index with the SQL of the rules. */
export interface CandidateFinder {
  find(request: CandidateRequest): Promise<Candidates | NoCandidates>;
}

/** More are as quickly found by reading the whole log, and would only fill the memory. */
const MAX_CANDIDATES = 200_000;
/** Files that one statement reads; between two the time is looked at. */
const FILES = 4;

/**
 * Columns that hold a field as it was sealed. Left out: times, which have lost how they were written, and what a sender
 * may put any JSON into (`changes.from`), which has lost whether it was null or missing. Such rules are asked of the log.
 */
function indexColumns(): Map<string, SqlColumn> {
  const columns = new Map<string, SqlColumn>([["data", { kind: "json", column: DATA_COLUMN }]]);
  for (const { name, field } of INDEX_COLUMNS) {
    if (field === undefined || field.type === "time" || field.type === "json") continue;
    const isEach = field.many && field.path.at(-1) !== "roles";
    columns.set(field.name, { kind: isEach ? "each" : "value", column: name });
  }
  return columns;
}

/** Candidates out of the tables and files of the index. */
export class IndexCandidates implements CandidateFinder {
  readonly #database: Database;
  readonly #parts: Parts;
  #prepared = false;
  #running: Connection | undefined;

  constructor(database: Database, parts: Parts) {
    this.#database = database;
    this.#parts = parts;
  }

  async find(request: CandidateRequest): Promise<Candidates | NoCandidates> {
    const { ruleSet, from, to } = request;
    const reason = whyNot(ruleSet);
    if (reason !== undefined) return { reason };
    const snapshot = this.#parts.snapshot();
    const connection = await this.#database.connect();
    const stop = (): void => void connection.stop();
    request.signal.addEventListener("abort", stop);
    this.#running = connection;
    try {
      await this.#prepare(connection);
      const first = snapshot.parts[0]?.first ?? snapshot.indexed;
      if (first > from) return { reason: "the index does not reach back as far" };
      const next = Math.min(to, snapshot.indexed);
      const parts = snapshot.parts.filter((part) => part.next > from && part.first < next);
      const found = await this.#collect(connection, parts, { ...request, to: next });
      return typeof found === "string" ? { reason: found } : { ...found, next };
    } finally {
      this.#running = undefined;
      request.signal.removeEventListener("abort", stop);
      connection.close();
      snapshot.release();
    }
  }

  /** Stops what runs. */
  async close(): Promise<void> {
    await this.#running?.stop();
  }

  async #prepare(connection: Connection): Promise<void> {
    if (this.#prepared) return;
    for (const statement of duckDb.prelude()) await connection.run(statement);
    this.#prepared = true;
  }

  /** The indices and how many events there are, or why there is no answer. */
  async #collect(
    connection: Connection,
    parts: readonly Part[],
    { ruleSet, from, to, since, until, timeoutMs, signal, onProgress }: CandidateRequest,
  ): Promise<Pick<Candidates, "indices" | "events"> | string> {
    const deadline = performance.now() + timeoutMs;
    const found = new Set<number>();
    let events = 0;
    const ask = async (sql: string, params: readonly string[] = []): Promise<DuckDBValue[][] | undefined> => {
      const left = deadline - performance.now();
      return left <= 0 || signal.aborted ? undefined : connection.rowsWithin(left, sql, params);
    };
    for (const some of toWaves(parts)) {
      const source = toSource(some, from, to);
      const time = `received >= make_timestamp_ms(${toSqlInteger(since)}) AND received < make_timestamp_ms(${toSqlInteger(until)})`;
      const counted = await ask(`SELECT count(*) FROM ${source.from} WHERE ${time}`);
      events += Number(counted?.[0]?.[0] ?? 0);
      for (const { sql, params } of toSql(ruleSet, duckDb, source).rules) {
        const select = `SELECT DISTINCT idx FROM (${sql}) AS found LIMIT ${MAX_CANDIDATES + 1}`;
        const rows = await ask(select, params);
        if (rows === undefined) return signal.aborted ? "it was stopped" : "the index took too long";
        for (const [index] of rows) found.add(Number(index));
        if (found.size > MAX_CANDIDATES)
          return `the rules match more than ${MAX_CANDIDATES} events by themselves`;
      }
      onProgress(Math.min(to, some.at(-1)?.next ?? to));
    }
    return { indices: [...found].sort((a, b) => a - b), events };
  }
}

/** Files some at a time, tables all at once; in log order. */
function toWaves(parts: readonly Part[]): Part[][] {
  const files = parts.filter(({ source }) => "file" in source);
  const tables = parts.filter(({ source }) => "table" in source);
  const waves: Part[][] = [];
  for (let i = 0; i < files.length; i += FILES) waves.push(files.slice(i, i + FILES));
  return tables.length > 0 ? [...waves, tables] : waves;
}

function toSource(parts: readonly Part[], from: number, to: number): SqlSource {
  const columns = indexColumns();
  const range = `${INDEX_COLUMN} >= ${toSqlInteger(from)} AND ${INDEX_COLUMN} < ${toSqlInteger(to)}`;
  return {
    from: `(SELECT * FROM ${fromParts(parts)} WHERE ${range}) AS indexed`,
    index: INDEX_COLUMN,
    // Only correlations would need the time: they are made of the lines.
    time: INDEX_COLUMN,
    columns,
    matches: "unused",
    prefix: "unused",
  };
}

/** Why the rules of the set cannot be asked of the index; undefined: they can. */
function whyNot(ruleSet: RuleSet): string | undefined {
  const { unsayableRules } = toSql(ruleSet, duckDb, { ...toSource([], 0, 0), from: "nothing" });
  const [first] = unsayableRules;
  if (first === undefined) return undefined;
  const [rule, reason] = first;
  return `"${ruleSet.rules[rule]?.document.title ?? ""}": ${reason}`;
}
