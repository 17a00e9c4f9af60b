// SPDX-License-Identifier: Apache-2.0
import { toEcs } from "@telltale/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeEvent } from "../../../../test/forward/sealed.js";
import { toEcsLine } from "./ecs-line.js";

const wide = { flat: false, ascii: true, maxBytes: 1_000_000 };

describe("toEcsLine", () => {
  it("is the ECS document, in seven bits where asked", () => {
    const event = makeEvent(1, { data: { Straße: ["Zoë", "😀", "\u2028", "\u007f"] } });
    const line = toEcsLine(event, "main:1", wide);
    expect(JSON.parse(line)).toEqual(toEcs(event, "main:1"));
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    const flat = JSON.parse(toEcsLine(event, "main:1", { ...wide, flat: true })) as Record<string, unknown>;
    expect(flat["telltale.data.Straße"]).toEqual(["Zoë", "😀", "\u2028", "\u007f"]);
  });

  it("leaves out the largest fields when there is no room, says so, and still names the event", () => {
    const event = makeEvent(1, { message: "m".repeat(5000), data: { big: "b".repeat(60_000), small: 1 } });
    for (const flat of [true, false]) {
      const line = toEcsLine(event, "main:1", { flat, ascii: true, maxBytes: 2048 });
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2048);
      const shown = JSON.stringify(JSON.parse(line));
      expect(shown).toContain("main:1");
      expect(shown).toContain("shortened");
      expect(shown).toContain("small");
      expect(shown).not.toContain("mmm");
    }
  });

  it("takes names as they are: no prototype, no second field of one name", () => {
    const data = JSON.parse('{"__proto__":{"x":1},"a.b":1,"a":{"b":2},"constructor":"c"}') as Record<
      string,
      unknown
    >;
    const flat = toEcsLine(makeEvent(1, { data }), "main:1", { ...wide, flat: true });
    expect(flat).toContain('"telltale.data.__proto__.x":1');
    expect(flat.match(/"telltale\.data\.a\.b"/g)).toHaveLength(1);
    expect(Object.prototype).not.toHaveProperty("x");
    const nested = toEcsLine(makeEvent(1, { data }), "main:1", wide);
    expect(nested).toContain('"__proto__":{"x":1}');
  });

  it("is one line of JSON within its limit, whatever the event holds", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom("__proto__", "a.b", ""),
    );
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.jsonValue({ maxDepth: 5 }), { maxKeys: 400 }),
        fc.string({ unit: "binary", maxLength: 3000 }),
        fc.string({ unit: "binary", maxLength: 3000 }),
        fc.integer({ min: 2600, max: 20_000 }),
        fc.boolean(),
        fc.boolean(),
        (data, action, id, maxBytes, flat, ascii) => {
          const line = toEcsLine(makeEvent(1, { data, action, id }), "main:1", { flat, ascii, maxBytes });
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(maxBytes);
          expect(line).not.toContain("\n");
          const parsed = JSON.parse(line) as Record<string, unknown>;
          expect(JSON.stringify(parsed)).toContain("main:1");
          if (flat) expect(Object.keys(parsed).length).toBeLessThanOrEqual(200);
        },
      ),
      { numRuns: 150 },
    );
  });
});
