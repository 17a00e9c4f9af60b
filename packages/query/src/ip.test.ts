// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { toIpKey, toNetwork } from "./ip.js";

describe("toIpKey success", () => {
  const cases = [
    ["203.0.113.7", "00000000000000000000ffffcb007107"],
    ["::ffff:203.0.113.7", "00000000000000000000ffffcb007107"],
    ["::FFFF:cb00:7107", "00000000000000000000ffffcb007107"],
    ["::", "00000000000000000000000000000000"],
    ["::1", "00000000000000000000000000000001"],
    ["2001:DB8::1", "20010db8000000000000000000000001"],
    ["2001:db8::", "20010db8000000000000000000000000"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["1::8", "00010000000000000000000000000008"],
  ] as const;
  test.each(cases)("%s", (text, key) => {
    expect(toIpKey(text)).toBe(key);
  });
});

describe("toIpKey failure", () => {
  const cases = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.4",
    "1.2.3.4 ",
    "1::2::3",
    ":::",
    ":1",
    "1:",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "::1.2.3.4",
    "tok_8f",
    "1.2.3.4/8",
  ];
  test.each(cases)("%s", (text) => {
    expect(toIpKey(text)).toBeUndefined();
  });
});

describe("toNetwork", () => {
  test("an IPv4 network holds its addresses and no others", () => {
    expect(toNetwork("10.1.2.3/8")).toEqual({ first: toIpKey("10.0.0.0"), last: toIpKey("10.255.255.255") });
    expect(toNetwork("10.1.2.3/32")).toEqual({ first: toIpKey("10.1.2.3"), last: toIpKey("10.1.2.3") });
    expect(toNetwork("0.0.0.0/0")).toEqual({ first: toIpKey("0.0.0.0"), last: toIpKey("255.255.255.255") });
  });

  test("an IPv6 network holds its addresses and no others", () => {
    expect(toNetwork("2001:db8::/33")?.last).toBe(`20010db87fff${"f".repeat(20)}`);
    expect(toNetwork("::/0")).toEqual({ first: "0".repeat(32), last: "f".repeat(32) });
  });

  test.each(["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "::/129", "x/8", "10.0.0.0/-1"])(
    "%s is none",
    (text) => {
      expect(toNetwork(text)).toBeUndefined();
    },
  );
});
