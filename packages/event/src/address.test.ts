// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isIpAddress } from "./address.js";

test.each([
  "0.0.0.0",
  "255.255.255.255",
  "::",
  "::1",
  "2001:db8::7",
  "1:2:3:4:5:6:7:8",
  "::ffff:203.0.113.7",
])("%s is an address", (text) => expect(isIpAddress(text)).toBe(true));

test.each([
  "",
  "unknown",
  "203.0.113.7:443",
  "203.0.113.07",
  "256.1.1.1",
  "fe80::1%eth0",
  "10.0.0.0/8",
  "1::2::3",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7::8:9",
  "203.0.113.7::",
  "::".repeat(40),
])("%j is none", (text) => expect(isIpAddress(text)).toBe(false));

test("agrees with Node's own parser", () => {
  const bit = fc.oneof(
    fc.constantFrom(":", "::", ".", "0", "1.2.3.4", "255", "ffff", "%a"),
    fc.nat(99999).map(String),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.array(bit, { maxLength: 16 }).map((bits) => bits.join("")),
      ),
      (text) => {
        // A zone is no part of an address.
        fc.pre(!text.includes("%"));
        expect(isIpAddress(text)).toBe(isIP(text) !== 0);
      },
    ),
    { numRuns: 3000 },
  );
});
