// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { escapeDeceptive, type SecurityEvent } from "@telltale/event";
import { compileFilter, fold, parseQuery, toIpKey } from "@telltale/query";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adversarial, ADVERSARIAL, queryText } from "../../../../query/test/query.arbitrary.js";
import { MemoryLog } from "../../../test/memory-log.js";
import type { Follower } from "../follower.js";
import { Database } from "./database.js";
import { openIndex } from "./index-follower.js";
import { IP_KEY_MACROS } from "./ingest-sql.js";
import type { Search } from "./search.js";

const NOW = Date.UTC(2026, 10, 22, 12);
const SEED = Number(process.env.TELLTALE_SEED ?? Date.now() % 1_000_000);
/** Raise it to look longer: TELLTALE_RUNS=20000. */
const RUNS = Number(process.env.TELLTALE_RUNS ?? 150);
const EVENTS = 600;

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const time = fc
  .integer({ min: NOW - 3 * 86_400_000, max: NOW + 3_600_000 })
  .map((ms) => new Date(ms).toISOString());
const scalar = fc.oneof(
  adversarial,
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(0, -0, 5, -7, 404, 100.5, 0.1, 1e3, 9007199254740991, -1.25),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
);
const items = fc.array(fc.oneof(fc.record({ sku: value }), scalar), { maxLength: 3 });
const data = fc.record(
  {
    a: value,
    b: fc.oneof(
      value,
      fc.record({ c: value, b: value }),
      fc.array(fc.record({ c: value }), { maxLength: 2 }),
    ),
    list: fc.array(scalar, { maxLength: 4 }),
    items: fc.oneof(items, fc.record({ 0: fc.record({ sku: value }), sku: value })),
    "odd key/~": value,
    "a.b": value,
    ["__proto__"]: value,
  },
  { requiredKeys: [] },
);

/** Events as the pipeline would seal them: the envelope well typed, every value hostile. */
const event = fc.record({
  received: time,
  via: fc.constantFrom("k1", "k2"),
  v: fc.constant(1 as const),
  id: fc.uuid(),
  time,
  source: fc.record({ app: adversarial, instance: maybe(adversarial), seq: maybe(fc.nat()) }),
  action: adversarial,
  outcome: fc.constantFrom("success", "failure", "denied", "error", "unknown"),
  level: fc.constantFrom("info", "warn", "critical"),
  reason: maybe(adversarial),
  message: maybe(adversarial),
  actor: maybe(
    fc.record({
      type: fc.constant("user"),
      id: maybe(adversarial),
      name: maybe(adversarial),
      roles: maybe(fc.array(adversarial, { maxLength: 3 })),
      session: maybe(adversarial),
      onBehalfOf: maybe(fc.record({ id: adversarial })),
    }),
  ),
  targets: maybe(
    fc.array(fc.record({ type: adversarial, id: maybe(adversarial), name: maybe(adversarial) }), {
      maxLength: 3,
    }),
  ),
  client: maybe(
    fc.record({ ip: maybe(adversarial), port: maybe(fc.nat(65_535)), userAgent: maybe(adversarial) }),
  ),
  request: maybe(
    fc.record({
      path: maybe(adversarial),
      status: maybe(fc.constantFrom(200, 404, 500, 5)),
      durationMs: maybe(fc.constantFrom(0, 0.1, 100.5, 404)),
    }),
  ),
  changes: maybe(
    fc.array(fc.record({ field: adversarial, from: maybe(value), to: maybe(value) }), { maxLength: 2 }),
  ),
  money: maybe(
    fc.record({ amount: fc.constantFrom("5", "100.50", "-7", "0.1", "x"), currency: fc.constant("EUR") }),
  ),
  data: maybe(data),
  protected: maybe(
    fc.record({
      policy: fc.constant("p1"),
      fields: fc.array(fc.record({ path: adversarial, how: fc.constant("masked"), kind: adversarial }), {
        maxLength: 2,
      }),
    }),
  ),
});

let folder: string;
let follower: Follower;
let search: Search;
const events: SecurityEvent[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "telltale-index-"));
  const log = new MemoryLog();
  const limits = { directRows: 200, tableRows: 1000 };
  ({ follower, search } = await openIndex({
    dir: folder,
    log,
    logName: "main",
    origin: "test/1",
    onError: (error) => {
      throw error;
    },
    now: () => NOW,
    indexer: limits,
    search: { catchUpMs: 30_000, timeoutMs: 30_000 },
  }));
  const lines = fc
    .sample(event, { numRuns: EVENTS, seed: SEED })
    .map((sample) => escapeDeceptive(JSON.stringify(sample)));
  // The predicate sees what the server would: the sealed line, parsed.
  events.push(...lines.map((line) => JSON.parse(line) as SecurityEvent));
  // Part of the events in a file, part in the table of fresh rows.
  await follower.handle(log.append(lines.slice(0, 400)));
  await follower.idle?.();
  await follower.handle(log.append(lines.slice(400)));
  await follower.idle?.();
}, 60_000);

afterAll(async () => {
  await follower.close();
  await rm(folder, { recursive: true });
});

/** Queries that found some events but not all. */
let telling = 0;

/** The first events on which the index and the predicate differ; empty when they agree. */
async function disagreement(query: string): Promise<string> {
  const accepts = compileFilter(parseQuery(query), { now: NOW });
  const wanted = events.flatMap((event, index) => (accepts(event) ? [index] : [])).reverse();
  if (wanted.length > 0 && wanted.length < EVENTS) telling++;
  const answer = await search.hits({ query, limit: 1000 });
  const found = answer.hits.map((hit) => hit.index);
  if (answer.complete && found.join() === wanted.join()) return "";
  const onlySql = found.filter((index) => !wanted.includes(index));
  const onlyPredicate = wanted.filter((index) => !found.includes(index));
  const sample = (indexes: number[]) => JSON.stringify(indexes.slice(0, 2).map((index) => events[index]));
  return `${query}: complete ${answer.complete}, only SQL ${sample(onlySql)}, only the predicate ${sample(onlyPredicate)}`;
}

describe(`the index finds what compileFilter accepts (seed ${SEED})`, () => {
  const values = ADVERSARIAL.filter((text) => text !== "").map(
    (text) => `"${text.replace(/["\\]/g, "\\$&")}"`,
  );
  const fields = ["", "action:", "message:", "target:", "data.a:", "changes.to:"];
  test.each(fields)(
    "%s… with every adversarial value",
    async (field) => {
      for (const value of values) expect(await disagreement(field + value)).toBe("");
    },
    60_000,
  );

  test("any query", async () => {
    telling = 0;
    await fc.assert(
      fc.asyncProperty(queryText, async (query) => {
        expect(await disagreement(query)).toBe("");
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // A comparison of empty answers would say nothing.
    expect(telling).toBeGreaterThan(RUNS / 3);
  }, 240_000);
});

describe("what the search language computes itself, DuckDB computes the same", () => {
  let database: Database;
  beforeAll(async () => {
    database = await Database.open({ folder: path.join(folder, "other"), memoryBytes: 64e6, threads: 1 });
  });
  afterAll(() => database.close());

  test("fold is lower() for every code point", async () => {
    const connection = await database.connect();
    for (let block = 0; block < 0x110; block++) {
      // The driver drops a byte order mark in front of a text; "<" keeps it inside.
      const [row] = await connection.rows(
        `SELECT '<' || string_agg(lower(chr(cp::INTEGER)), '' ORDER BY cp)
         FROM range(${Math.max(1, block * 0x1000)}, ${block * 0x1000 + 0x1000}) t(cp) WHERE cp NOT BETWEEN 55296 AND 57343`,
      );
      const folded = Array.from({ length: 0x1000 }, (_, i) => block * 0x1000 + i)
        .filter((cp) => cp > 0 && (cp < 0xd800 || cp > 0xdfff))
        .map((cp) => fold(String.fromCodePoint(cp)));
      expect(row?.[0] ?? "<").toBe(`<${folded.join("")}`);
    }
    connection.close();
  });

  test("toIpKey is ip_key()", async () => {
    const connection = await database.connect();
    for (const macro of IP_KEY_MACROS) await connection.run(macro);
    const groups = fc.constantFrom("0", "1", "ffff", "DB8", "2001", "10.0.0.1", "", "12345", "g");
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(groups, { maxLength: 9 }).map((parts) => parts.join(":")),
      fc
        .array(fc.constantFrom("0", "01", "10", "255", "256", ""), { maxLength: 5 })
        .map((parts) => parts.join(".")),
      adversarial,
    );
    const texts = [...ADVERSARIAL, ...fc.sample(address, { numRuns: 1000, seed: SEED })].map((text) =>
      Buffer.from(text).toString("utf8"),
    );
    // One statement for all: each text is one parameter of a list.
    const list = texts.map((_, i) => `$${i + 1}`).join(", ");
    const rows = await connection.rows(`SELECT ip_key(ip) FROM (SELECT unnest([${list}]) AS ip)`, texts);
    const computed = rows.map(([key], i) => [texts[i], key]);
    expect(computed).toEqual(texts.map((text) => [text, toIpKey(text) ?? null]));
    connection.close();
  }, 60_000);
});
