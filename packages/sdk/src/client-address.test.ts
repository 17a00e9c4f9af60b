// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { createClientAddress, type TrustProxy } from "./client-address.js";

test.each<[TrustProxy, string | undefined, string | string[] | undefined, string | undefined]>([
  [false, "203.0.113.1", "198.51.100.1", "203.0.113.1"],
  [false, "::ffff:203.0.113.1", undefined, "203.0.113.1"],
  [false, undefined, "198.51.100.1", undefined],
  [1, "10.0.0.1", "198.51.100.1", "198.51.100.1"],
  [1, "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
  [2, "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"],
  [5, "10.0.0.1", "198.51.100.1", "198.51.100.1"],
  [1, "10.0.0.1", undefined, "10.0.0.1"],
  [1, "10.0.0.1", "unknown", "10.0.0.1"],
  [1, "10.0.0.1", ["1.1.1.1", "198.51.100.1"], "198.51.100.1"],
  [["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
  [["10.0.0.0/8"], "203.0.113.1", "198.51.100.1", "203.0.113.1"],
  [["10.0.0.0/8"], "::ffff:10.0.0.1", "[2001:db8::1]:443", "2001:db8::1"],
  [["::1", "fd00::/8"], "::1", "2001:db8::7, fd00::5", "2001:db8::7"],
  [["127.0.0.1"], "127.0.0.1", "evil\n, 198.51.100.1", "198.51.100.1"],
  [1, "10.0.0.1", `${"1.1.1.1,".repeat(100_000)}198.51.100.1`, "198.51.100.1"],
])("trusting %j, connected to by %s", (trust, remote, forwarded, expected) => {
  expect(createClientAddress(trust)(remote, forwarded)).toBe(expected);
});

test("a setting that would trust nobody by mistake is refused at start", () => {
  expect(() => createClientAddress(["loopback"])).toThrow(TypeError);
  expect(() => createClientAddress(["10.0.0.0/99"])).toThrow(/out of range/);
});
