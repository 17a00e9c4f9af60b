// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAddress, parseNetwork } from "./cidr.js";

describe("networks", () => {
  it.each([
    ["10.0.0.0/8", "10.255.0.1"],
    ["10.1.2.3", "10.1.2.3"],
    ["0.0.0.0/0", "203.0.113.9"],
    ["192.168.1.128/25", "192.168.1.200"],
    ["10.0.0.0/8", "::ffff:10.1.2.3"],
    ["::ffff:10.0.0.0/104", "10.1.2.3"],
    ["2001:db8::/32", "2001:DB8:1::1"],
    ["fe80::/10", "febf::1"],
    ["::1/128", "0:0:0:0:0:0:0:1"],
  ])("%s holds %s", (network, address) => {
    expect(parseNetwork(network)?.(address)).toBe(true);
  });

  it.each([
    ["10.0.0.0/8", "11.0.0.1"],
    ["192.168.1.128/25", "192.168.1.127"],
    ["10.0.0.0/8", "10.0.0"],
    ["10.0.0.0/8", "010.0.0.1"],
    ["10.0.0.0/8", "10.0.0.1 "],
    ["10.0.0.0/8", ""],
    ["::/0", "10.0.0.1"],
    ["2001:db8::/32", "2001:db9::1"],
    ["fe80::/10", "fe80::1%eth0"],
  ])("%s does not hold %s", (network, address) => {
    expect(parseNetwork(network)?.(address)).toBe(false);
  });

  it.each([
    "10.0.0.0/33",
    "10.0.0/8",
    "::/129",
    "1::2::3/8",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "host/8",
    "::ffff:1.2.3.4/64",
  ])("%s is no network", (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});

it("agrees with Node on what an address is", () => {
  const texts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/));
  fc.assert(
    fc.property(texts, (text) => {
      expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
    }),
  );
});

it("agrees with Node on what is inside", () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 }), (network, address, bits) => {
      const list = new BlockList();
      list.addSubnet(network, bits, "ipv6");
      fc.pre([network, address].every((text) => parseAddress(text)?.version === 6));
      expect(parseNetwork(`${network}/${bits}`)?.(address)).toBe(list.check(address, "ipv6"));
    }),
  );
});
