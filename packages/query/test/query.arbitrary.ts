// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

/**
 * Values that have broken query languages before: SQL and regular-expression syntax, wildcards, quotes, NUL, letters
 * whose lower case is odd, numbers on the edge. Events and queries of the tests draw from the same list, so they meet.
 */
export const ADVERSARIAL: readonly string[] = [
  "alice",
  "Alice",
  "ALICE",
  "bob",
  "",
  " ",
  "*",
  "?",
  "%",
  "_",
  "a_ice",
  "al%",
  "\\",
  "C:\\temp\\*",
  "'",
  '"',
  "''",
  "'; DROP TABLE events; --",
  "' OR '1'='1",
  "$1",
  "?1",
  "(a|b)+",
  "[a-z]",
  "^a$",
  "\\x{41}",
  "a\u0000b",
  "a\nb",
  "\u001B[31m",
  "\u202Egnp",
  "İstanbul",
  "ΟΔΥΣΣΕΥΣ",
  "οδυσσευσ",
  "straße",
  "STRASSE",
  "ǅ",
  "K", // Kelvin sign
  "k",
  "é",
  "e\u0301",
  "😀",
  "\uD800",
  "x\uDC00y",
  "\uFEFFbom",
  "\u2028",
  "__proto__",
  "constructor",
  "null",
  "true",
  "false",
  "NULL",
  "0",
  "-0",
  "5",
  "5.0",
  "05",
  "1e3",
  "-7",
  "404",
  "100.50",
  "9007199254740993",
  "NaN",
  "Infinity",
  "0x10",
  " 5",
  "1_000",
  "{}",
  "[]",
  '{"a":1}',
  "10.0.0.1",
  "10.0.0.01",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::ffff:10.0.0.1",
  "2001:DB8::1",
  "2001:db8:0:0::1",
  "1::2::3",
  "fe80::1%eth0",
  "256.1.1.1",
  "2026-11-22",
  "now",
  "AND",
  "_exists_",
];

export const adversarial = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...ADVERSARIAL) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
);

const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
const escaped = (text: string) => text.replace(/[\s!-/:-@[-`{-~]/g, "\\$&");

const plainValue = adversarial.map(quoted);
const globValue = fc
  .array(fc.oneof(fc.constantFrom("*", "?", "a", "5", ".", "ali"), adversarial.map(escaped)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(""))
  .filter((text) => text !== "");

const keywords = fc.constantFrom(
  "action",
  "user",
  "actor.name",
  "actor.roles",
  "targets.id",
  "targets.name",
  "app",
  "reason",
  "path",
  "via",
  "changes.field",
  "protected.kind",
  "session",
  "actor.onBehalfOf.id",
);
const json = fc.constantFrom(
  "data.a",
  "data.b.c",
  "data.list",
  "data.items.sku",
  "data.items.0.sku",
  "data.list.0",
  'data."odd key/~"',
  "data.__proto__",
  "data.a\\.b",
  "changes.from",
  "changes.to",
);
const numbers = fc.constantFrom("status", "duration", "client.port");
const numeric = fc.oneof(numbers, json, fc.constant("amount"));
const number = fc.constantFrom("0", "5", "-7", "404", "200", "100.5", "1e3", "-0", "9007199254740993", "0.1");
const times = fc.constantFrom("time", "received");
const time = fc.constantFrom(
  "now",
  "now-1h",
  "now-1d/d",
  "now/w",
  "2026",
  "2026-11",
  "2026-11-22",
  "2026-11-22T10:00",
  "2026-11-22T10:00:00",
  '"2026-11-22 10:00:00.123"',
  "2026-11-22T10:00:00.123Z",
  "2026-11-22T12:00+02:00",
  "0001-01-01",
  "9999-12-31",
);
const address = fc.constantFrom(
  "10.0.0.1",
  "::1",
  "0:0::1",
  "::ffff:10.0.0.1",
  "2001:db8::1",
  "255.255.255.255",
  "::",
);
const network = fc.constantFrom(
  "10.0.0.0/8",
  "10.0.0.1/32",
  "0.0.0.0/0",
  "::/0",
  "2001:db8::/32",
  "::1/128",
  "10.1.2.3/12",
);
const op = fc.constantFrom(">", ">=", "<", "<=");

function range(bound: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edge = fc.oneof(bound, fc.constant("*"));
  return fc
    .tuple(fc.constantFrom("[", "{"), bound, edge, fc.constantFrom("]", "}"), fc.boolean())
    .map(([open, a, b, close, swap]) => `${open}${swap ? b : a} TO ${swap ? a : b}${close}`);
}

const comparison = (bound: fc.Arbitrary<string>) => fc.tuple(op, bound).map((parts) => parts.join(""));

const pair = (field: fc.Arbitrary<string>, ...values: fc.Arbitrary<string>[]) =>
  fc.tuple(field, fc.oneof(...values)).map(([name, value]) => `${name}:${value}`);

const term = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.oneof(
      plainValue.filter((text) => text !== '""'),
      globValue.map((text) => `\\ ${text}`),
      globValue.filter((text) => !/^[-!]|[:]|^(?:AND|OR|NOT)$/.test(text)),
    ),
  },
  { weight: 4, arbitrary: pair(keywords, plainValue, globValue, fc.constant("*")) },
  { weight: 2, arbitrary: pair(fc.constantFrom("message", "client.userAgent"), plainValue, globValue) },
  { weight: 4, arbitrary: pair(json, plainValue, globValue, fc.constant("*")) },
  { weight: 2, arbitrary: pair(numeric, number, comparison(number), range(number)) },
  { weight: 1, arbitrary: pair(numbers, fc.constantFrom("4*", "?0?", "*")) },
  {
    weight: 1,
    arbitrary: pair(fc.constant("level"), fc.constantFrom("warn", "CRITICAL", "crit*", "*", '"info"')),
  },
  { weight: 2, arbitrary: pair(times, time, comparison(time), range(time)) },
  {
    weight: 2,
    arbitrary: pair(
      fc.constant("ip"),
      address,
      network,
      plainValue.filter((text) => !text.includes("/")),
      // Numbers with dots that are no address are refused when they are bare and without a wildcard.
      globValue.map((text) => `${text}*`),
      comparison(address),
      range(address),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        "actor",
        "client",
        "targets",
        "changes",
        "money",
        "data",
        "protected",
        "request",
        "data.a",
        "user",
      )
      .map((name) => `_exists_:${name}`),
  },
);

/** The text of a query that parses, over all kinds of filters and operators. */
export const queryText: fc.Arbitrary<string> = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    term,
    tie("query").map((query) => `NOT (${query})`),
    fc.array(tie("query"), { minLength: 2, maxLength: 3 }).map((items) => `(${items.join(") AND (")})`),
    fc.array(tie("query"), { minLength: 2, maxLength: 3 }).map((items) => `(${items.join(") OR (")})`),
  ),
})).query;
