// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSomewhere, parseAddress, prefixOf } from "./network.js";
import { bundledDatabase, openPlaces, prefixPlaces, toPlace } from "./places.js";

describe("network", () => {
  test.each([
    ["8.8.8.8", "8.8.8.0/24"],
    ["2001:4860:4860::8888", "2001:4860:4860::/48"],
    ["2a02::1", "2a02:0:0::/48"],
    ["2A02:0DB8:0001:2::1", "2a02:db8:1::/48"],
    ["::1", "0:0:0::/48"],
    ["1::", "1:0:0::/48"],
    ["64:ff9b::8.8.8.8", "64:ff9b:0::/48"],
  ])("%s lies in %s", (ip, network) => {
    expect(prefixOf(parseAddress(ip)!)).toBe(network);
  });
  test("a mapped address is the address; what is no address is none", () => {
    expect(parseAddress("::ffff:8.8.8.8")).toBe("8.8.8.8");
    for (const bad of [
      "",
      "8.8.8",
      "1.2.3.4:80",
      "fe80::1%eth0",
      "x".repeat(1000),
      "::ffff:8.8.8.256",
      "8.8.8.8\n",
    ])
      expect(parseAddress(bad)).toBeUndefined();
  });
  test("private, reserved and documentation addresses are nowhere", () => {
    for (const ip of [
      "10.1.2.3",
      "127.0.0.1",
      "192.168.1.1",
      "100.64.0.1",
      "203.0.113.66",
      "198.51.100.1",
      "192.0.2.1",
      "::1",
      "fd00::1",
      "fe80::1",
      "2001:db8::1",
      "240.0.0.1",
      "255.255.255.255",
    ])
      expect(isSomewhere(ip), ip).toBe(false);
    for (const ip of ["8.8.8.8", "200.147.3.157", "2a02:8070::1"]) expect(isSomewhere(ip), ip).toBe(true);
  });
  test("every address has a prefix, and addresses of one /48 share it", () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const address = parseAddress(ip);
        if (address !== undefined && address.includes(":"))
          expect(prefixOf(address)).toMatch(/^([0-9a-f]{1,4}:){3}:\/48$/);
      }),
    );
    expect(prefixOf("2a02:1:2:3::9")).toBe(prefixOf("2a02:1:2:ffff:1:2:3:4"));
  });
});

describe("records", () => {
  test.each([
    [{ country_code: "DE" }, { country: "DE" }],
    [{ country: { iso_code: "AT" } }, { country: "AT" }],
    [
      { country: "CH", asn: "AS3303", as_name: "Swisscom" },
      { country: "CH", network: "AS3303", org: "Swisscom" },
    ],
    [
      { autonomous_system_number: 3320, autonomous_system_organization: "Deutsche\u202eTelekom" },
      { network: "AS3320", org: "Deutsche<U+202E>Telekom" },
    ],
    [{ country_code: "ZZZ", asn: -1 }, {}],
    [{ country_code: "None", asn: "ASx" }, {}],
    [null, {}],
    ["DE", {}],
    [{ country: { iso_code: 5 } }, {}],
  ])("%j", (record, place) => {
    expect(toPlace(record)).toEqual(place);
  });
});

describe("databases", () => {
  const file = bundledDatabase();
  test.runIf(file !== undefined)(
    "the one that comes with Telltale knows countries, and none for private addresses",
    async () => {
      const places = await openPlaces(file!);
      expect(places.find("200.147.3.157")).toEqual({ country: "BR", network: "200.147.3.0/24" });
      expect(places.find("2001:4860:4860::8888")).toEqual({ country: "US", network: "2001:4860:4860::/48" });
      expect(places.find("::ffff:8.8.8.8").country).toBe("US");
      expect(places.find("203.0.113.66")).toEqual({ network: "203.0.113.0/24" });
      expect(places.find("not an address")).toEqual({});
      expect(places.find("x".repeat(100_000))).toEqual({});
      expect(places.describe()).toMatch(/^country .*, 20\d\d-\d\d-\d\d$/);
      expect(places.failed).toBe(0);
    },
  );
  test("a missing file and one that is no database are refused by code", async () => {
    const directory = tempDir("places");
    const bad = path.join(directory.path, "bad.mmdb");
    writeFileSync(bad, Buffer.alloc(10_000, 7));
    await expect(openPlaces(bad)).rejects.toMatchObject({ code: "bad_database" });
    await expect(openPlaces(`${bad}.not`)).rejects.toMatchObject({ code: "unreadable" });
    await expect(openPlaces(directory.path)).rejects.toMatchObject({ code: "unreadable" });
    directory.dispose();
  });
  test("without one, networks are prefixes", () => {
    expect(prefixPlaces.find("8.8.8.8")).toEqual({ network: "8.8.8.0/24" });
    expect(prefixPlaces.find("x")).toEqual({});
  });
});
