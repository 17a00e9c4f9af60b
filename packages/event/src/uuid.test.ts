// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, test } from "vitest";
import { isUuid, uuidV7, uuidV8 } from "./index.js";

test("uuidV7 is the example of RFC 9562, appendix A.6", () => {
  const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
  expect(uuidV7(0x017f22e279b0, random)).toBe("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("uuidV8 sets version and variant only", () => {
  expect(uuidV8(new Uint8Array(16).fill(0xff))).toBe("ffffffff-ffff-8fff-bfff-ffffffffffff");
  expect(uuidV8(new Uint8Array(16))).toBe("00000000-0000-8000-8000-000000000000");
});

test("every clock and every randomness makes a UUID, in the order of time", () => {
  const random = fc.uint8Array({ minLength: 10, maxLength: 16 });
  fc.assert(
    fc.property(fc.double(), random, (ms, bytes) => {
      expect(isUuid(uuidV7(ms, bytes))).toBe(true);
      expect(isUuid(uuidV8(bytes))).toBe(true);
    }),
  );
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 47 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      random,
      (ms, later, bytes) => {
        expect(uuidV7(ms, bytes) < uuidV7(ms + later, bytes)).toBe(true);
      },
    ),
  );
});

test.each([
  "",
  "x",
  "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
  "017f22e279b07cc398c4dc0c0c07398f",
  "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
])("%j is no UUID in its usual form", (text) => {
  expect(isUuid(text)).toBe(false);
});
