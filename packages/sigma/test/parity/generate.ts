// SPDX-License-Identifier: Apache-2.0
import type { Random } from "./random.js";

/** Letters on which case folding breaks, wildcards of Sigma, LIKE and regexes, quotes, and what is not one UTF-16 unit. */
const CHARACTERS = [
  ..."aAbBkKsSiIxZ019",
  ...`-/ .*?\\%_'"$^|()[]{}~#;:,`,
  ..."ßẞİıKſΣσςéÅÅ",
  ..."Ɤɤꟑ",
  "😀",
  "𐐀",
  "𐐨",
  "𐵐",
  "\n",
  "\r",
  "\t",
  "\0",
  "\u2028",
  "\ufeff",
  "i\u0307",
  "e\u0301",
];

const WORDS = [
  "abcdef",
  "ABCDEFGH",
  "xabcdefx",
  "aΣ",
  "ΑΣ",
  "ας",
  "İstanbul",
  "i̇stanbul",
  "Kelvin",
  "STRASSE",
  "straße",
  "100%",
  "a_b",
  "a\\b",
  "C:\\x\\*",
  "null",
  "true",
  "True",
  "",
  " ",
  "'; DROP TABLE events; --",
  "$1",
  "{p1:String}",
  "/etc/passwd",
  "-f /s",
  "$.a",
  "a$b",
];

const NUMBERS = [
  0,
  -0,
  1,
  10,
  42,
  -1.5,
  0.1,
  1e-7,
  1.5e-6,
  123456789012345680000,
  1e21,
  1e16,
  1.2345678901234567e17,
  2 ** 53,
  5e-324,
  1.7976931348623157e308,
  4294967296,
  1733000000000,
  1733000000000.75,
  -62198755200000,
  8.64e15,
  8.7e15,
];

const NUMBER_TEXTS = [
  "42",
  "042",
  "4.2e1",
  "+42",
  ".5",
  "5.",
  "1e999",
  "-1e999",
  "1e-999",
  "0x2a",
  "4 2",
  "1_0",
  "٤",
  "inf",
  "nan",
  "-0",
];

const ADDRESSES = [
  "10.1.2.3",
  "10.1.2.03",
  "10.1.2",
  "256.1.1.1",
  "::ffff:10.1.2.3",
  "::FFFF:0a01:0203",
  "0:0:0:0:0:ffff:a01:203",
  "::1",
  "::",
  ":::",
  "2001:db8::1",
  "2001:DB8:0:0:0:0:0:1",
  "2001:db8::1::2",
  "1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7::",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:10.1.2.3",
  "1.2.3.4::",
  "64:ff9b::10.1.2.3",
  "fe80::1%eth0",
  "12345::",
  " 10.1.2.3",
];

const TIMES = [
  "2024-02-30T10:11:12Z",
  "2024-02-29T23:59:59.999999999Z",
  "2024-12-30T00:00:00Z",
  "2021-01-03t23:30:00z",
  "2024-06-01 10:11:00+05:30",
  "2024-06-01T10:11-23:59",
  "2024-06-01T24:00:00Z",
  "2024-06-01T24:00:00.001Z",
  "2024-06-01T10:11:60Z",
  "2024-06-01T10:11:12+24:00",
  "2024-06-01T10:11:12",
  "2024-00-01T10:11:12Z",
  "2024-06-32T10:11:12Z",
  "0000-01-01T00:00:00+10:00",
  "0000-02-29T00:00:00Z",
  "9999-12-31T23:59:59-23:59",
  "1969-12-31T23:59:59.5Z",
  "1600-03-01T00:00:00Z",
];

export const FIELDS = [
  "a",
  "b",
  "a.b",
  "a.c",
  "a.b.c",
  "list.x",
  "list.x.y",
  "data.n.o",
  "data.n",
  "__proto__",
  "constructor",
  "toString",
  "a~b",
  "a/b",
  "0",
  "list.0",
  "",
  "Ärger",
  "A",
  "weird'\"name",
  "$",
  "*",
];

export function textOf(random: Random): string {
  const kind = random.below(10);
  if (kind < 4) return random.list(0, 7, () => random.pick(CHARACTERS)).join("");
  if (kind < 7) return random.pick(WORDS);
  if (kind === 7) return random.pick(NUMBER_TEXTS);
  return kind === 8 ? random.pick(ADDRESSES) : random.pick(TIMES);
}

function scalar(random: Random): unknown {
  const kind = random.below(12);
  if (kind < 7) return textOf(random);
  if (kind < 10)
    return random.chance(0.8) ? random.pick(NUMBERS) : (random.next() - 0.5) * 10 ** (random.below(60) - 30);
  return kind === 10 ? random.chance(0.5) : null;
}

export function leaf(random: Random, depth = 0): unknown {
  const kind = random.below(12);
  if (kind < 9) return scalar(random);
  if (kind < 11)
    return random.list(0, 3, () =>
      depth < 4 && random.chance(0.3) ? leaf(random, depth + 1) : scalar(random),
    );
  return random.chance(0.5) ? {} : { x: scalar(random), o: scalar(random) };
}

/** An event as JSON text. Now and then one that no database reads as JavaScript does. */
export function lineOf(random: Random): string {
  const entries: [string, unknown][] = [];
  const add = (name: string, value: unknown): void => {
    if (random.chance(0.6) && !entries.some(([known]) => known === name)) entries.push([name, value]);
  };
  const nested = (...names: string[]): unknown => {
    if (random.chance(0.3)) return leaf(random);
    return Object.fromEntries(
      names
        .filter(() => random.chance(0.6))
        .map((name) => [name, random.chance(0.25) ? nested("c", "y") : leaf(random)]),
    );
  };
  add("a", nested("b", "c", "b.c"));
  add("b", leaf(random));
  if (random.chance(0.3)) add("a.b", leaf(random));
  if (random.chance(0.2)) add("a.b.c", leaf(random));
  add(
    "list",
    random.chance(0.2)
      ? leaf(random)
      : random.list(0, 3, () => (random.chance(0.7) ? nested("x", "x.y") : leaf(random))),
  );
  add("data", { ...(nested("n", "n.o") as object), ...(random.chance(0.4) && { n: { o: leaf(random) } }) });
  add(random.pick(FIELDS.slice(9)), leaf(random));
  if (random.chance(0.01)) add("list.x", leaf(random));
  const line = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  if (random.chance(0.002)) return `${line.slice(0, -1)}${entries.length > 0 ? "," : ""}"lone":"x\\ud800y"}`;
  if (random.chance(0.0005))
    return JSON.stringify({ b: [...Array.from({ length: 10_003 }, (_, i) => i % 7), "abcdef"] });
  return line;
}

const SUFFIXES = [
  ...Array.from({ length: 8 }, () => ""),
  ..."contains startswith endswith contains|all cased contains|cased startswith|cased neq contains|neq cased|neq windash".split(
    " ",
  ),
  ..."exists exists lt lte gt gte gt|neq re re|i re|m re|s re|i|m|s re|neq fieldref fieldref|neq fieldref|cased fieldref|endswith".split(
    " ",
  ),
  ..."fieldref|contains fieldref|startswith cidr cidr cidr|neq base64offset|contains wide|base64 minute hour day week month year hour|gte year|lt".split(
    " ",
  ),
];

const REGEXES = [
  "a.c",
  "^[ab]+$",
  "Z$",
  "x*",
  "Σ",
  "\\d",
  "^$",
  "a$b",
  "(?i)k",
  "(?i)[a-z]s",
  "^a",
  "b$",
  "a.*b",
  "\\bab",
  "[^a-z0-9]",
  "(a|b)+\\.",
  "\\\\x",
  "\\p{L}",
  "(?<n>a)",
  "\\x{1F600}",
  "^.$",
  "^..$",
  "\\s",
  "(?m)^b",
  "a|^b|c$",
  "%",
  "a_b",
  "'",
  "[[:punct:]]",
  "\\QA.\\E|x",
  "\\Qa",
  "e\u0301",
  "İ",
  "",
];

function valueFor(random: Random, suffix: string, fields: readonly string[]): unknown {
  const [first = ""] = suffix.split("|");
  if (first === "exists") return random.chance(0.5);
  if (["lt", "lte", "gt", "gte"].includes(first)) return random.pick([0, 1, 2, 42, "9.5", 1e21, -1]);
  if (first === "re")
    return random.chance(0.2) ? random.list(1, 3, () => random.pick(REGEXES)) : random.pick(REGEXES);
  if (first === "fieldref") return random.pick(fields.filter((field) => field !== ""));
  if (first === "cidr")
    return random.pick([
      "10.0.0.0/8",
      "10.1.2.3/32",
      "::/0",
      "0.0.0.0/0",
      "::1/128",
      "2001:db8::/33",
      "::ffff:10.0.0.0/104",
      "10.1.2.2/31",
      "1:2::/21",
    ]);
  if (first === "base64offset" || first === "wide") return random.pick(["abc", "Z", "é1"]);
  const parts: Record<string, number[]> = {
    minute: [0, 11, 30, 59],
    hour: [0, 4, 10, 14, 23],
    day: [1, 2, 29, 30, 31],
    week: [1, 9, 22, 52, 53],
    month: [1, 2, 3, 6, 12],
    year: [-1, 0, 1600, 1969, 2020, 2024, 10000],
  };
  if (Object.hasOwn(parts, first)) return random.pick(parts[first] as number[]);
  return random.chance(0.35) ? random.list(1, 5, () => nonNull(random)) : scalar(random);
}

function nonNull(random: Random): unknown {
  return scalar(random) ?? "a";
}

function map(random: Random, fields: readonly string[]): Record<string, unknown> {
  const entries = random.list(1, 3, (): [string, unknown] => {
    const suffix = random.pick(SUFFIXES);
    const field = random.chance(0.05) ? "" : random.pick(fields);
    return [suffix === "" ? field : `${field}|${suffix}`, valueFor(random, suffix, fields)];
  });
  return Object.fromEntries(entries);
}

function selection(random: Random, fields: readonly string[]): unknown {
  const kind = random.below(10);
  if (kind < 7) return map(random, fields);
  return kind === 7 ? random.list(1, 3, () => map(random, fields)) : random.list(1, 2, () => textOf(random));
}

const CONDITIONS = [
  "s1",
  "s1",
  "s1 and s2",
  "s1 or s2",
  "s1 and not s2",
  "not s1",
  "1 of s*",
  "all of them",
  "not (s1 or s2) and s3",
  "not (s1 and s2)",
  "s1 and (s2 or not s3)",
  "not not s1 or s2 and s3",
];

/** A rule as JSON, which is YAML. Some are refused by the parser. */
export function ruleOf(random: Random, name: string, fields: readonly string[] = FIELDS): string {
  const detection = {
    s1: selection(random, fields),
    s2: selection(random, fields),
    s3: selection(random, fields),
    condition: random.pick(CONDITIONS),
  };
  return JSON.stringify({ title: name, name, logsource: { product: "telltale" }, detection });
}
