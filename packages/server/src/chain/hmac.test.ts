// SPDX-License-Identifier: Apache-2.0
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Hmac } from "./hmac.js";

it("is HMAC-SHA-256 for every key of 32 bytes and every range, also after longer and shorter ones", () => {
  const hmac = new Hmac();
  const property = fc.property(
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.uint8Array({ maxLength: 10_000 }),
    fc.nat(),
    fc.nat(),
    (key, bytes, a, b) => {
      const [from, to] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y) as [
        number,
        number,
      ];
      const expected = createHmac("sha256", key).update(bytes.subarray(from, to)).digest("hex");
      expect(hmac.digest(key, bytes, from, to)).toBe(expected);
    },
  );
  fc.assert(property, { numRuns: 300 });
});
