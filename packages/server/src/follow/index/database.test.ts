// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Database, toSqlInteger, toSqlText } from "./database.js";

let folder: string;
let outside: string;
let database: Database;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "telltale-duckdb-"));
  outside = `${folder}-outside`;
  await writeFile(outside, "secret");
  database = await Database.open({ folder, memoryBytes: 64e6, threads: 1 });
});

afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true });
  await rm(outside);
});

const ENDLESS = "SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = $1";

describe("a statement that takes too long", () => {
  test("is stopped, and its connection is good for the next", async () => {
    const connection = await database.connect();
    expect(await connection.rowsWithin(50, ENDLESS, [3])).toBeUndefined();
    expect(await connection.rowsWithin(5000, "SELECT $1", ["still here"])).toEqual([["still here"]]);
    connection.close();
  });

  test("is stopped although it has not got a thread yet", async () => {
    const connections = await Promise.all(Array.from({ length: 6 }, () => database.connect()));
    const answers = await Promise.all(connections.map((each) => each.rowsWithin(50, ENDLESS, [3])));
    expect(answers).toEqual(connections.map(() => undefined));
    for (const connection of connections) connection.close();
  });
});

const attempts = () => [
  `SELECT * FROM read_text(${toSqlText(outside)})`,
  `SELECT * FROM read_text(${toSqlText(`${folder}/../${path.basename(outside)}`)})`,
  `COPY (SELECT 1) TO ${toSqlText(`${outside}.csv`)}`,
  `ATTACH ${toSqlText(`${outside}.db`)}`,
  "INSTALL httpfs",
  "LOAD httpfs",
  "SELECT * FROM 'https://example.com/x.parquet'",
  "SET enable_external_access = true",
  "SET memory_limit = '100GB'",
];

describe("what a statement may not do, even if someone could write one", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])("attempt %i", async (i) => {
    const connection = await database.connect();
    await expect(connection.rows(attempts()[i] ?? "")).rejects.toThrow(
      /Permission Error|configuration has been locked|Cannot change/,
    );
    connection.close();
  });
});

test("literals of ours are quoted", () => {
  expect(toSqlText("it's")).toBe("'it''s'");
  expect(toSqlInteger(5)).toBe("5");
  expect(() => toSqlInteger(0.5)).toThrow("BUG");
});
