// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from "vitest";
import { duckDb } from "../../src/index.js";
import { compareCorrelations } from "./compare-correlations.js";
import { nothingCompared } from "./compare-rules.js";
import { ParityDatabase } from "./database.js";
import { Random } from "./random.js";
import { PARITY, TIMEOUT_MS } from "./seed.js";

let database: ParityDatabase;

beforeAll(async () => {
  database = await ParityDatabase.open(duckDb.prelude());
});

afterAll(() => database.close());

it(
  "SQL begins the episodes that the correlator begins",
  async () => {
    const random = new Random(PARITY.seed);
    const compared = nothingCompared();
    const size = PARITY.isMeasured ? 500 : 150;
    while (compared.events < PARITY.correlated && compared.differences.length === 0)
      await compareCorrelations(database, random, size, compared);
    if (PARITY.isMeasured) console.info(JSON.stringify({ what: "correlations", ...compared }));
    expect(compared.differences.slice(0, 3), `seed ${PARITY.seed}`).toEqual([]);
    expect(compared.matches).toBeGreaterThan(compared.events / 50);
    // Of seven correlations a round; what comes too late, or late into an order, is left to the stream.
    expect(compared.undecided / compared.pairs).toBeLessThan(PARITY.isMeasured ? 0.7 : 0.95);
  },
  TIMEOUT_MS,
);
