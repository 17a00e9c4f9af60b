// SPDX-License-Identifier: Apache-2.0
import { formatQuery, parseQuery } from "@telltale/query";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoteValue, withTerm } from "./query-edit.js";

describe("a value as a filter", () => {
  it.each([
    ["alice", "alice"],
    ["203.0.113.7", "203.0.113.7"],
    ["2001:db8::1", '"2001:db8::1"'],
    ["AND", '"AND"'],
    ["a*b", '"a*b"'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    ["-1", '"-1"'],
    ["", '""'],
  ])("writes %s as %s", (value, text) => expect(quoteValue(value)).toBe(text));

  it("narrows, replaces the opposite, and repeats nothing", () => {
    expect(withTerm("", "action", "x", "include")).toBe("action:x");
    expect(withTerm("action:x", "actor.id", "bob", "exclude")).toBe("action:x AND NOT actor.id:bob");
    expect(withTerm("action:x", "action", "x", "include")).toBe("action:x");
    expect(withTerm("action:x AND level:warn", "action", "x", "exclude")).toBe("level:warn AND NOT action:x");
  });

  it("puts an OR in parentheses first", () => {
    expect(withTerm("a:1 OR a:2", "b", "3", "include")).toBe("(a:1 OR a:2) AND b:3");
    expect(withTerm("(a:1 OR a:2)", "b", "3", "include")).toBe("(a:1 OR a:2) AND b:3");
  });

  it("is not fooled by operators in quotes", () => {
    expect(withTerm('message:"this OR that"', "b", "3", "include")).toBe('message:"this OR that" AND b:3');
  });

  it("searches an address as one and anything else as text", () => {
    expect(withTerm("", "client.ip", "203.0.113.7", "include")).toBe("client.ip:203.0.113.7");
    expect(withTerm("", "client.ip", "999.1.1.1", "include")).toBe('client.ip:"999.1.1.1"');
  });

  it("always gives a query that can be read, whatever the value", () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
      fc.stringMatching(/^[0-9a-f.:]{1,20}$/),
    );
    fc.assert(
      fc.property(fc.constantFrom("actor.id", "client.ip"), value, (field, value) => {
        fc.pre(!/\p{Cc}|\p{Cs}/u.test(value));
        const query = withTerm("level:warn", field, value, "include");
        expect(() => formatQuery(parseQuery(query))).not.toThrow();
      }),
    );
  });
});
