// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from "vitest";
import { compileRules, duckDb, parseSigma, toSql } from "../../src/index.js";
import { fold } from "../../src/pattern.js";
import { compareMatches, compareRound, nothingCompared, SOURCE } from "./compare-rules.js";
import { ParityDatabase } from "./database.js";
import { Random } from "./random.js";
import { PARITY, TIMEOUT_MS } from "./seed.js";

let database: ParityDatabase;

beforeAll(async () => {
  database = await ParityDatabase.open(duckDb.prelude());
});

afterAll(() => database.close());

it(
  "SQL finds what the stream finds in generated events",
  async () => {
    const random = new Random(PARITY.seed);
    const compared = nothingCompared();
    const size = { rules: 24, events: PARITY.isMeasured ? 2_000 : 500 };
    while (compared.events < PARITY.events && compared.differences.length === 0)
      await compareRound(database, random, size, compared);
    if (PARITY.isMeasured) console.info(JSON.stringify({ what: "rules", ...compared }));
    expect(compared.differences.slice(0, 5), `seed ${PARITY.seed}`).toEqual([]);
    // The generator must not drift into rules that never or always match, or that SQL passes on.
    const rounds = compared.events / size.events;
    expect(compared.matches / compared.pairs).toBeGreaterThan(PARITY.isMeasured ? 0.03 : 0.005);
    expect(compared.matches / compared.pairs).toBeLessThan(PARITY.isMeasured ? 0.8 : 0.95);
    expect(compared.undecided / compared.events).toBeLessThan(PARITY.isMeasured ? 0.02 : 0.1);
    expect(compared.unsayable / rounds).toBeLessThan(PARITY.isMeasured ? 4 : 8);
  },
  TIMEOUT_MS,
);

it("folds every code point as the stream does", async () => {
  const points = Array.from({ length: 0x110000 }, (_, point) => point).filter(
    (point) => point < 0xd800 || point > 0xdfff,
  );
  const differing: string[] = [];
  // One text of some thousand code points a row; the driver drops a byte order mark in front of a text.
  for (let at = 0; at < points.length; at += 4096) {
    const text = `<${points
      .slice(at, at + 4096)
      .map((point) => String.fromCodePoint(point))
      .join("")}`;
    const [[folded] = []] = await database.rows("SELECT tt_fold($1)", [text]);
    if (folded !== fold(text)) differing.push(`from ${points[at]?.toString(16)}`);
  }
  expect(differing).toEqual([]);
});

it("writes numbers as JavaScript does", async () => {
  const random = new Random(PARITY.seed);
  const bits = new DataView(new ArrayBuffer(8));
  const numbers = Array.from({ length: 4_000 }, () => {
    bits.setUint32(0, random.below(2 ** 32));
    bits.setUint32(4, random.below(2 ** 32));
    const any = bits.getFloat64(0);
    return random.chance(0.5) && Number.isFinite(any)
      ? any
      : (random.next() - 0.5) * 10 ** (random.below(50) - 20);
  });
  await database.load(numbers.map((number, time) => ({ time, line: JSON.stringify(number) })));
  const rows = await database.rows("SELECT idx, tt_text(line) FROM events ORDER BY idx");
  expect(rows.map(([, text]) => text)).toEqual(numbers.map(String));
});

const TRAPS: [name: string, detection: string, lines: string[]][] = [
  [
    "case: İ, ß, Kelvin, final sigma",
    "{a: [İx, STRASSE, k, ΑΣ]}",
    ['"i̇x"', '"İX"', '"straße"', '"K"', '"ας"', '"ασ"'],
  ],
  ["wildcards of LIKE", "{a|contains: '100%_'}", ['"100%_"', '"100xy"', '"100%x"']],
  [
    "a quote, a comment, a placeholder",
    `{a: ["' OR 1=1 --", "$1", "\\"", "?)"]}`,
    [`"' OR 1=1 --"`, '"$1"', '"\\""', '"x"'],
  ],
  ["not over a missing field", "{b|neq: x}", ["1", "null"]],
  ["null, empty, missing", "{a: null}", ["null", '""', "[]", "[null,1]", "{}"]],
  ["numbers as text", "{a: ['42', 42, '042']}", ["42", '"42"', '"042"', "42.0", "4.2e1"]],
  ["a regex does not cross lines", "{a|re: 'x.*y'}", ['"x\\ny"', '"xay"']],
  ["a dollar inside a regex", "{a|re: 'a$b'}", ['"a$b"', '"ab"', '"a\\nb"']],
  ["lists", "{a: x}", ['["y","X"]', '[["x"]]', '[{"x":1}]']],
  ["keywords", "[needle]", ['"a needle"', '{"needle":1}', '{"x":[["NEEDLE"]]}']],
  [
    "mapped addresses",
    "{a|cidr: 10.0.0.0/8}",
    ['"::ffff:10.1.1.1"', '"10.1.1.1"', '"10.1.1.01"', '"fe80::1"'],
  ],
  ["time zones", "{a|hour: 23}", ['"2024-01-01T01:30:00+02:30"', '"2024-01-01T23:00:00"', "1704150000000"]],
  ["NUL", '{a|contains: "\\0"}', ['"a\\u0000b"', '"ab"']],
];

it.each(TRAPS)("trap: %s", async (_, detection, values) => {
  const text = `title: t\nlogsource: {product: t}\ndetection: {s: ${detection}, condition: s}\n---\ntitle: n\nlogsource: {product: t}\ndetection: {s: ${detection}, condition: not s}\n`;
  const compared = nothingCompared();
  const lines = values.map((value) => `{"a":${value}}`);
  await compareMatches(database, compileRules(parseSigma(text, "trap.yml")), lines, compared);
  expect(compared.differences).toEqual([]);
  // The rule or its opposite matches each line.
  expect(compared.matches).toBe(lines.length);
});

it("puts nothing of a rule into the text of a query", () => {
  const hostile = `"'); DROP TABLE events; --`;
  const rule = {
    title: hostile,
    logsource: { product: "t" },
    detection: {
      s: {
        [hostile]: hostile,
        "a|contains": hostile,
        "a|re": "DROP TABLE",
        "b|fieldref": hostile,
        [`x.${hostile}`]: [hostile, "?*DROP*?"],
      },
      condition: "s",
    },
  };
  const plan = toSql(compileRules(parseSigma(JSON.stringify(rule), "f.yml")), duckDb, SOURCE);
  expect(plan.rules).toHaveLength(1);
  expect(plan.rules[0]?.sql).not.toMatch(/drop/i);
  expect(plan.rules[0]?.params.join()).toContain("'); drop table events; --");
});

const said = (detection: string): string | undefined =>
  toSql(
    compileRules(
      parseSigma(`title: t\nlogsource: {product: t}\ndetection: {s: ${detection}, condition: s}\n`, "f.yml"),
    ),
    duckDb,
    SOURCE,
  ).unsayableRules.get(0);

it("tells which rules it cannot say, and why", () => {
  expect(said("{a|re: '\\p{Greek}'}")).toBe("a regex asks for a class of Unicode");
  expect(said("{a|re: '(?<n>a)'}")).toBe("a regex with named groups");
  expect(said("{a|re|i: 'é'}")).toBe("a regex without case over letters beyond ASCII");
  expect(said('{a: "\\ud800"}')).toBe("a text holds half of a surrogate pair");
  expect(said(`{${Array.from({ length: 17 }, () => "a").join(".")}: 1}`)).toBe(
    "a path of more than 16 names",
  );
  expect(said("{a: 1}")).toBeUndefined();
});
