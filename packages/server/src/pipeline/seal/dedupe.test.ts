// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DedupeWindow } from "./dedupe.js";

function id(n: number): Uint32Array {
  return Uint32Array.of(n, n * 7, 1, 2);
}

const p = (n: number): Uint32Array => Uint32Array.of(n, n ^ 5);

describe("DedupeWindow", () => {
  it("tells new, duplicate and conflict apart, and keeps senders apart", () => {
    const window = new DedupeWindow(8);
    expect(window.check(id(1), 0, 1, p(100))).toBe("new");
    expect(window.check(id(1), 0, 1, p(100))).toBe("duplicate");
    expect(window.check(id(1), 0, 1, p(101))).toBe("conflict");
    expect(window.check(id(1), 0, 1, p(101))).toBe("duplicate");
    expect(window.check(id(1), 0, 2, p(100))).toBe("new");
  });
  it("knows an event of an earlier run by its sealed bytes", () => {
    const window = new DedupeWindow(8);
    window.check(id(1), 0, 1, p(77));
    expect(window.check(id(1), 0, 1, p(100), p(77))).toBe("duplicate");
    expect(window.check(id(1), 0, 1, p(100), p(78))).toBe("conflict");
  });
  it("takes a forgotten event again, and keeps its neighbours", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 16 }),
        fc.nat(15),
        (ids, pick) => {
          const window = new DedupeWindow(16);
          for (const n of ids) window.check(id(n), 0, 1, p(n));
          const gone = ids[pick % ids.length]!;
          window.forget(id(gone), 0, 1, p(gone));
          window.forget(id(gone), 0, 1, p(gone));
          for (const n of ids) if (n !== gone) expect(window.check(id(n), 0, 1, p(n))).toBe("duplicate");
          expect(window.check(id(gone), 0, 1, p(gone))).toBe("new");
          for (let n = 200; n < 240; n++) expect(window.check(id(n), 0, 1, p(n))).toBe("new");
        },
      ),
    );
  });
  it("behaves as a bounded first-in first-out map", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 }),
        (capacity, ids) => {
          const window = new DedupeWindow(capacity);
          const model: number[] = [];
          for (const n of ids) {
            const known = model.includes(n);
            expect(window.check(id(n), 0, 1, p(n))).toBe(known ? "duplicate" : "new");
            if (known) continue;
            model.push(n);
            if (model.length > capacity) model.shift();
            expect(window.size).toBe(model.length);
          }
        },
      ),
    );
  });
});
