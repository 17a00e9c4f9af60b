// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from "vitest";
import { duckDb } from "../../src/index.js";
import { compareCorrelations } from "./compare-correlations.js";
import { nothingCompared } from "./compare-rules.js";
import { ParityDatabase } from "./database.js";
import { Random } from "./random.js";

let database: ParityDatabase;

beforeAll(async () => {
  database = await ParityDatabase.open(duckDb.prelude());
});

afterAll(() => database.close());

it("SQL begins the episodes that the correlator begins", async () => {
  const seed = Number(process.env.TELLTALE_PARITY_SEED ?? Date.now() % 1_000_000_000);
  const random = new Random(seed);
  const compared = nothingCompared();
  const rounds = Number(process.env.TELLTALE_PARITY_ROUNDS ?? 8);
  for (let round = 0; round < rounds && compared.differences.length === 0; round++)
    await compareCorrelations(database, random, 150, compared);
  expect(compared.differences.slice(0, 3), `seed ${seed}`).toEqual([]);
  expect(compared.matches).toBeGreaterThan(rounds * 20);
  expect(compared.undecided / compared.pairs).toBeLessThan(0.6);
});
