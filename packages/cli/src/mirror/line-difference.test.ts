// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findDifference } from "./line-difference.js";

const between = (mirror: unknown, log: unknown) =>
  findDifference(Buffer.from(JSON.stringify(mirror)), Buffer.from(JSON.stringify(log)));

const deep = (n: number, end: string): unknown => JSON.parse(`${"[".repeat(n)}${end}${"]".repeat(n)}`);

describe("findDifference", () => {
  it("names the first field that differs, with both values, however far behind in the line", () => {
    const event = { id: "1", message: "m".repeat(500), actor: { id: "bob" }, targets: [{ id: "7" }] };
    expect(between(event, { ...event, targets: [{ id: "8" }] })).toEqual({
      place: "targets[0].id",
      mirror: '"7"',
      log: '"8"',
    });
    expect(between(event, { ...event, actor: { id: "bob", roles: ["admin"] } })).toEqual({
      place: "actor.roles",
      mirror: "absent",
      log: '["admin"]',
    });
    expect(between(event, { ...event, message: `${"m".repeat(500)}!` })).toEqual({
      place: "message",
      mirror: `…"${"m".repeat(40)}"`,
      log: `…"${"m".repeat(40)}!"`,
    });
  });
  it("names the byte where the values are the same or there are none", () => {
    expect(findDifference(Buffer.from('{"a":1}'), Buffer.from('{"a":1.0}'))).toMatchObject({
      place: "byte 6",
    });
    expect(findDifference(Buffer.from("ab"), Buffer.from("ac"))).toEqual({
      place: "byte 1",
      mirror: '"ab"',
      log: '"ac"',
    });
    expect(findDifference(Buffer.from("ab"), Buffer.from("ab"))).toBeUndefined();
  });
  it("stays short and finds something in whatever differs", () => {
    expect(between(deep(3000, "1"), deep(3000, "2"))?.mirror.length).toBeLessThan(200);
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const found = between(one, other);
        expect(found === undefined).toBe(JSON.stringify(one) === JSON.stringify(other));
        expect((found?.mirror ?? "").length + (found?.log ?? "").length).toBeLessThan(700);
      }),
    );
  });
});
