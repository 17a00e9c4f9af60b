// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isIdentifier, isOpaque, normalizedEntropy } from "./entropy.js";

const random = (seed: number, encoding: "hex" | "base64" | "base64url"): string =>
  createHash("sha512").update(`seed ${seed}`).digest(encoding);

describe("normalized entropy", () => {
  it("is about one for random texts of any length and alphabet", () => {
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      for (const length of [16, 20, 32, 40, 64]) {
        let sum = 0;
        for (let seed = 0; seed < 200; seed++)
          sum += normalizedEntropy(random(seed, encoding).slice(0, length));
        expect(sum / 200).toBeGreaterThan(0.97);
        expect(sum / 200).toBeLessThan(1.03);
      }
    }
  });

  it("is low for repetitions", () => {
    expect(normalizedEntropy("aaaaaaaaaaaaaaaa")).toBe(0);
    expect(normalizedEntropy("abababababababab")).toBeLessThan(0.5);
  });
});

describe("opaque texts", () => {
  it("are nearly all random ones", () => {
    for (const [encoding, length, least] of [
      ["base64url", 20, 0.9],
      ["base64", 32, 0.95],
      ["hex", 32, 0.95],
      ["base64url", 64, 0.95],
    ] as const) {
      let found = 0;
      for (let seed = 0; seed < 500; seed++) if (isOpaque(random(seed, encoding).slice(0, length))) found++;
      expect(found / 500).toBeGreaterThan(least);
    }
  });

  it.each([
    "userAccountManagerFactory",
    "the-quick-brown-fox-jumps",
    "application/vnd.api+json",
    "2026-11-22T10:00:00.000Z",
    "com.example.shop.OrderService",
    "us-east-1-prod-cluster",
    "node_modules/express/lib",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "short1A",
    "with blank 1A2b3C4d5E6f",
    "1234567890123456",
  ])("%s is none", (text) => {
    expect(isOpaque(text)).toBe(false);
  });
});

describe("identifiers", () => {
  it.each([
    "550e8400-e29b-41d4-a716-446655440000",
    random(1, "hex").slice(0, 32),
    random(1, "hex").slice(0, 64),
  ])("%s is one", (text) => {
    expect(isIdentifier(text)).toBe(true);
  });

  it("tokens are not", () => {
    expect(isIdentifier(random(1, "base64url"))).toBe(false);
    expect(isIdentifier(random(1, "hex").slice(0, 33))).toBe(false);
  });
});
