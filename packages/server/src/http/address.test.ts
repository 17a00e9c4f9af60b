// SPDX-License-Identifier: Apache-2.0
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { addressOf } from "./address.js";

it("believes a proxy only an address", () => {
  const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: "192.0.2.7" });
  for (const ip of ["203.0.113.9", "2001:db8::1"]) expect(addressOf({ ip, socket })).toBe(ip);
  for (const ip of ["<script>alert(1)</script>", "", "x".repeat(3000), "203.0.113.9:4711", "unknown"])
    expect(addressOf({ ip, socket })).toBe("192.0.2.7");
});
