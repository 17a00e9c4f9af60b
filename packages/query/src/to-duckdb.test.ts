// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADVERSARIAL, queryText } from "../test/query.arbitrary.js";
import { parseQuery } from "./parse.js";
import { toDuckDb } from "./to-duckdb.js";

const CONTEXT = { now: Date.UTC(2026, 10, 22) };

describe("toDuckDb", () => {
  test("writes values as parameters", () => {
    expect(toDuckDb(parseQuery("user:alice OR status:>=400"), CONTEXT)).toEqual({
      where: '((lower("actor_id") = $1) OR ("request_status" >= CAST($2 AS DOUBLE)))',
      params: ["alice", "400"],
    });
  });

  test("an absent field does not hide an event from NOT", () => {
    expect(toDuckDb(parseQuery("-user:alice"), CONTEXT).where).toBe(
      '(NOT coalesce((lower("actor_id") = $1), false))',
    );
  });

  const places = [
    "user:V",
    "message:V",
    "V",
    "data.x:V",
    "changes.to:V",
    "ip:V",
    "amount:V",
    "role:V",
    "NOT V",
    "data.V:1",
  ];
  test.each(places)("text typed at %s never becomes part of the SQL", (place) => {
    const written = new Set<string>();
    for (const [i, value] of ADVERSARIAL.entries()) {
      const marked = `zq${i}'"${value}--/*$9`;
      const query = place.replace("V", () => `"${marked.replace(/["\\]/g, "\\$&")}"`);
      if (place.startsWith("ip") && value.includes("/")) continue;
      const { where } = toDuckDb(
        parseQuery(query.startsWith("ip") ? query.replace("/*", "") : query),
        CONTEXT,
      );
      expect(where).not.toContain("zq");
      written.add(where);
    }
    // Whatever the value, the text is the same: only the parameters differ.
    expect(written.size).toBe(1);
  });

  test("the SQL of any query is made of known text, with a value for each placeholder", () => {
    fc.assert(
      fc.property(queryText, (query) => {
        const { where, params } = toDuckDb(parseQuery(query), CONTEXT);
        const used = new Set([...where.matchAll(/\$([0-9]+)\b/g)].map((match) => Number(match[1])));
        expect([...used].sort((a, b) => a - b)).toEqual(params.map((_, i) => i + 1));
        expect(
          where.replace(/'(?:\$|\$\[\*\]|[A-Z]+|s|\{\}|-\?\[0-9\]\{1,15\}\(\\\.\[0-9\]\{1,15\}\)\?)'/g, ""),
        ).toMatch(/^[A-Za-z0-9_$"(),.:<>=\s-]*$/);
      }),
      { numRuns: 2000 },
    );
  });
});
