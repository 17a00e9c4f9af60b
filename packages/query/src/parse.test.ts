// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QueryError } from "./error.js";
import { formatQuery } from "./format.js";
import { parseQuery } from "./parse.js";
import { queryText } from "../test/query.arbitrary.js";
import type { Query } from "./query.js";

const text = (word: string): Query => ({ kind: "text", glob: [{ text: word }] });
const user = (value: string): Query => ({ kind: "match", field: "actor.id", value });

describe("parseQuery success", () => {
  const cases: [string, Query][] = [
    ["", { kind: "all" }],
    ["  *  ", { kind: "all" }],
    ["login", text("login")],
    ['"bad password"', text("bad password")],
    ["a b", { kind: "and", items: [text("a"), text("b")] }],
    ["a AND b && c", { kind: "and", items: [text("a"), text("b"), text("c")] }],
    ["a OR b c", { kind: "or", items: [text("a"), { kind: "and", items: [text("b"), text("c")] }] }],
    ["(a OR b) c", { kind: "and", items: [{ kind: "or", items: [text("a"), text("b")] }, text("c")] }],
    ["NOT a", { kind: "not", item: text("a") }],
    [
      "-a !b",
      {
        kind: "and",
        items: [
          { kind: "not", item: text("a") },
          { kind: "not", item: text("b") },
        ],
      },
    ],
    ["a-b", text("a-b")],
    ["- a", { kind: "and", items: [text("-"), text("a")] }],
    ["and or not", { kind: "and", items: [text("and"), text("or"), text("not")] }],
    ["user:alice", user("alice")],
    ["USER:alice", user("alice")],
    ['actor.id:"Alice Smith"', user("Alice Smith")],
    ["user:CORP\\alice", user("CORP\\alice")],
    ['user:"C:\\temp"', user("C:\\temp")],
    ["user:a\\ b", user("a b")],
    ["user:(alice OR bob)", { kind: "or", items: [user("alice"), user("bob")] }],
    ["user:(-alice)", { kind: "not", item: user("alice") }],
    [
      "ip:(::1 OR 10.0.0.1)",
      {
        kind: "or",
        items: [
          { kind: "match", field: "client.ip", value: "::1" },
          { kind: "match", field: "client.ip", value: "10.0.0.1" },
        ],
      },
    ],
    ["ip:10.0.0.0/8", { kind: "cidr", field: "client.ip", network: "10.0.0.0/8" }],
    ["ip:2001:db8::/32", { kind: "cidr", field: "client.ip", network: "2001:db8::/32" }],
    ["action:authn_*", { kind: "wildcard", field: "action", glob: [{ text: "authn_" }, "*"] }],
    [
      "user:a?**b\\*",
      { kind: "wildcard", field: "actor.id", glob: [{ text: "a" }, "?", "*", { text: "b*" }] },
    ],
    ["user:*", { kind: "exists", field: "actor.id" }],
    ["_exists_:data.order.id", { kind: "exists", field: "data.order.id" }],
    [
      "actor:* _exists_:money",
      {
        kind: "and",
        items: [
          { kind: "exists", field: "actor" },
          { kind: "exists", field: "money" },
        ],
      },
    ],
    ["request.status:>=400", { kind: "compare", field: "request.status", op: ">=", bound: "400" }],
    ["time:>now-24h", { kind: "compare", field: "time", op: ">", bound: "now-24h" }],
    [
      "status:[400 TO 499}",
      {
        kind: "range",
        field: "request.status",
        from: "400",
        to: "499",
        fromInside: true,
        toInside: false,
      },
    ],
    [
      "received:{now-7d TO *}",
      {
        kind: "range",
        field: "received",
        from: "now-7d",
        to: null,
        fromInside: false,
        toInside: true,
      },
    ],
    ["data.a\\.b:1", { kind: "match", field: 'data."a.b"', value: "1" }],
    ['data."order id".x:1', { kind: "match", field: 'data."order id".x', value: "1" }],
    ["data.__proto__:1", { kind: "match", field: "data.__proto__", value: "1" }],
  ];
  test.each(cases)("%s", (query, tree) => {
    expect(parseQuery(query)).toEqual(tree);
  });
});

describe("values of a closed list and addresses", () => {
  test.each([
    "level:CRITICAL",
    "level:crit*",
    "outcome:(success OR denied)",
    "level:*",
    "ip:10.0.0.01",
    "ip:1.2.3.*",
    "ip:gateway",
    "ip:fe80::1%eth0",
    "ip:1.2.3.4:80",
    'ip:"256.1.1.1"',
    'ip:"10.0.0.0/33"',
    'ip:"a/b"',
    'ip:"1::2::3"',
  ])("%s is understood and written back", (text) => {
    const query = parseQuery(text);
    expect(parseQuery(formatQuery(query))).toEqual(query);
  });
});

describe("parseQuery failure", () => {
  const cases: [query: string, code: string, position: number][] = [
    ['user:"x', "unclosed_quote", 5],
    ["(a", "unclosed_group", 0],
    ["a)", "unexpected_character", 1],
    ["()", "missing_term", 1],
    ["a AND", "missing_term", 5],
    ["OR a", "missing_term", 0],
    ["a OR OR b", "missing_term", 5],
    ["NOT", "missing_term", 3],
    ['""', "missing_term", 0],
    ["user:", "missing_value", 5],
    ["user: alice", "missing_value", 5],
    ["_exists_:", "missing_value", 9],
    ["status:>", "missing_value", 8],
    ["usr:bob", "unknown_field", 0],
    ["a http://x", "unknown_field", 2],
    ["actor:bob", "bad_field", 0],
    ["data.:1", "bad_field", 5],
    ["data.a..b:1", "bad_field", 7],
    ["status:abc", "bad_number", 7],
    ["status:>x", "bad_number", 7],
    ["data.x:>abc", "bad_number", 7],
    ["time:yesterday", "bad_time", 5],
    ["time:2026-02-30", "bad_time", 5],
    ["time:2026*", "bad_time", 5],
    ["ip:10.0.0.0/33", "bad_address", 3],
    ["ip:>banana", "bad_address", 3],
    ["ip:256.1.1.1", "bad_address", 3],
    ["a ip:1.2.3", "bad_address", 5],
    ["ip:1.2.3.4.5", "bad_address", 3],
    ["ip:1::2::3", "bad_address", 3],
    ["level:critcal", "unknown_value", 6],
    ['outcome:"failed"', "unknown_value", 8],
    ["level:(warn OR high)", "unknown_value", 15],
    ["actor.type:robot", "unknown_value", 11],
    ["protected.how:hidden", "unknown_value", 14],
    ["user:>bob", "not_comparable", 5],
    ["status:[1 2]", "bad_range", 7],
    ["status:[* TO *]", "bad_range", 7],
    ["status:[1 TO 2", "unclosed_range", 7],
    ["status:>4*", "bad_range", 8],
    ['a"b"', "unexpected_character", 1],
    ["user:a(b)", "unexpected_character", 6],
    [`user:${"x".repeat(1025)}`, "value_too_long", 5],
    [`user:${"?".repeat(33)}`, "too_many_wildcards", 5],
    ["(".repeat(25), "query_too_deep", 25],
    ["-".repeat(26) + "a", "query_too_deep", 25],
    ["a ".repeat(129), "too_many_terms", 256],
    [" ".repeat(4097), "query_too_long", 4096],
  ];
  test.each(cases)("%#: %.30s", (query, code, position) => {
    let thrown: unknown;
    try {
      parseQuery(query);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(QueryError);
    expect(thrown).toMatchObject({ code, position });
  });

  test("an unknown value names those that exist", () => {
    expect(() => parseQuery("level:critcal")).toThrow("info, warn, critical");
    expect(() => parseQuery("protected.how:hidden")).toThrow("removed, masked, tokenized");
  });

  test("an impossible address says how to search for it as text", () => {
    expect(() => parseQuery("ip:999.1.1.1")).toThrow('ip:"999.1.1.1"');
  });

  test("an unknown field names the one that was meant", () => {
    expect(() => parseQuery("usr:bob")).toThrow('Did you mean "user"?');
    expect(() => parseQuery("userAgent:curl")).toThrow('Did you mean "client.userAgent"?');
  });
});

describe("parseQuery on any text", () => {
  test("throws nothing but QueryError, with a position inside the text", () => {
    const pieces = fc.constantFrom(
      ..."()[]{}\"':*?\\-!&|<>= \t".split(""),
      "AND",
      "OR",
      "NOT",
      "TO",
      "user:",
      "data.",
      'data."',
      "time:",
      "ip:",
      "status:",
      "_exists_:",
      "now-1d",
      "10.0.0.0/8",
      "5",
      "\u0000",
      "\uD800",
      "é",
      "\u2028",
      "__proto__",
    );
    const anything = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.array(pieces, { maxLength: 25 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(anything, (query) => {
        try {
          const tree = parseQuery(query);
          expect(parseQuery(formatQuery(tree))).toEqual(tree);
        } catch (error) {
          if (!(error instanceof QueryError)) throw error;
          if (error.position < 0 || error.position > query.length)
            throw new Error(`position ${error.position}`, { cause: error });
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("formatQuery gives text that parses to the same tree", () => {
    fc.assert(
      fc.property(queryText, (query) => {
        const tree = parseQuery(query);
        expect(parseQuery(formatQuery(tree))).toEqual(tree);
        expect(formatQuery(parseQuery(formatQuery(tree)))).toBe(formatQuery(tree));
      }),
      { numRuns: 3000 },
    );
  });
});
