// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { capture, captureFields } from "./capture.js";

describe("capture", () => {
  test.each<[unknown, unknown]>([
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), null],
    [10n ** 20n, "100000000000000000000"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [undefined, undefined],
    [() => 1, undefined],
    [Symbol("s"), undefined],
    [
      [1, undefined, () => 1],
      [1, null, null],
    ],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [
      new Map<unknown, unknown>([
        ["a", 1],
        [2, new Set([3])],
      ]),
      { a: 1, 2: [3] },
    ],
    [Buffer.from("secret"), "[6 bytes]"],
    [new TypeError("no"), { name: "TypeError", message: "no" }],
    [Object.assign(new Error("no"), { name: 5, code: "E" }), { name: "number", message: "no", code: "E" }],
    [{ toJSON: () => ({ id: 1n }) }, { id: "1" }],
    [{ toJSON: "text" }, { toJSON: "text" }],
    [Object.create(null), {}],
    [
      new (class Own {
        x = 1;
        #y = 2;
        get z(): number {
          return this.#y;
        }
      })(),
      { x: 1 },
    ],
  ])("%o", (value, expected) => {
    expect(capture(value)).toEqual(expected);
  });

  test("ends for values that grow as they are read", () => {
    const endless = {
      get next(): unknown {
        return {
          ...endless,
          get next() {
            return endless;
          },
        };
      },
    };
    expect(JSON.stringify(capture(endless)).length).toBeLessThan(5000);
    const list = {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    };
    expect(capture(list)).toEqual({});
    const toJSON = {
      toJSON(): unknown {
        return { ...toJSON };
      },
    };
    expect(JSON.stringify(capture(toJSON)).length).toBeLessThan(5000);
  });

  test("bounds depth, values and text", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    expect(JSON.stringify(capture(deep))).toContain("[too deep]");
    expect((capture(Array.from({ length: 1e6 }, () => 1)) as unknown[]).length).toBeLessThan(5000);
    expect((capture("x".repeat(1e6)) as string).length).toBeLessThan(40_000);
  });

  test("keeps __proto__ as data", () => {
    const captured = captureFields(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(captured)).toEqual(["__proto__"]);
    expect((captured as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("what is plain JSON already stays as it is; anything becomes JSON; nothing throws", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(JSON.stringify(capture(value))).toBe(JSON.stringify(value));
      }),
    );
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
        (value) => {
          const captured = capture(value) ?? null;
          expect(JSON.parse(JSON.stringify(captured))).toEqual(
            JSON.parse(JSON.stringify(capture(captured) ?? null)),
          );
        },
      ),
    );
  });
});
