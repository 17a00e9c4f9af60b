// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { hashSecret, isSameHash, isSameText, randomSecret, randomText } from "./secret.js";

describe("secrets", () => {
  it("are random, long and of the alphabet", () => {
    const many = new Set(Array.from({ length: 1_000 }, () => randomSecret()));
    expect(many.size).toBe(1_000);
    for (const secret of many) expect(secret).toMatch(/^[a-z2-7]{52}$/);
    const letters = randomText(32_000).split("");
    for (const letter of "abcdefghijklmnopqrstuvwxyz234567") {
      // 1,000 expected of each; six standard deviations.
      expect(Math.abs(letters.filter((one) => one === letter).length - 1_000)).toBeLessThan(190);
    }
  });

  it("have different hashes for different uses", () => {
    expect(hashSecret("session", "x")).not.toBe(hashSecret("csrf", "x"));
    expect(hashSecret("session", "x")).toBe(hashSecret("session", "x"));
  });

  it.each([isSameText, isSameHash])("compare whole (%o)", (isSame) => {
    const hash = hashSecret("a", "b");
    expect(isSame(hash, hash)).toBe(true);
    for (const other of [
      "",
      hash.slice(1),
      `${hash}0`,
      `0${hash.slice(1)}x`,
      hash.toUpperCase(),
      "é".repeat(64),
    ]) {
      expect(isSame(hash, other)).toBe(false);
      expect(isSame(other, hash)).toBe(false);
    }
  });
});
