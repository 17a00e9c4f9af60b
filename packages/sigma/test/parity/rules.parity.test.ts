// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from "vitest";
import { duckDb } from "../../src/index.js";
import { compareRound, nothingCompared } from "./compare-rules.js";
import { ParityDatabase } from "./database.js";
import { Random } from "./random.js";

let database: ParityDatabase;

beforeAll(async () => {
  database = await ParityDatabase.open(duckDb.prelude());
});

afterAll(() => database.close());

it("SQL finds what the stream finds in generated events", async () => {
  const seed = Number(process.env.TELLTALE_PARITY_SEED ?? Date.now() % 1_000_000_000);
  const random = new Random(seed);
  const compared = nothingCompared();
  for (
    let round = 0;
    round < Number(process.env.TELLTALE_PARITY_ROUNDS ?? 6) && compared.differences.length === 0;
    round++
  )
    await compareRound(database, random, { rules: 24, events: 500 }, compared);
  expect(compared.differences.slice(0, 5), `seed ${seed}`).toEqual([]);
  // The generator must not drift into rules that never or always match, or that SQL passes on.
  expect(compared.matches / compared.pairs).toBeGreaterThan(0.03);
  expect(compared.matches / compared.pairs).toBeLessThan(0.8);
  expect(compared.undecided / compared.events).toBeLessThan(0.02);
  expect(compared.unsayable).toBeLessThan(30);
});
