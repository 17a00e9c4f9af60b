// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMarker } from "../act/marker.js";
import { createSealedReader, createSealer, generateSealKeys, openSealed } from "./sealed.js";
import { codeOf } from "../../test/code-of.js";

const keys = generateSealKeys();
const read = createSealedReader(keys.privateKey);

function segmentOf(marker: string): string {
  const parsed = parseMarker(marker);
  return parsed?.type === "sealed" ? parsed.segmentId : "none";
}

describe("sealed values", () => {
  it("open with the private key to what they were", () => {
    const seal = createSealer(keys.publicKey, () => 0);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        const marker = seal("health", value);
        expect(read(marker)).toBe(value);
        expect(seal("health", value)).not.toBe(marker);
      }),
    );
    expect(openSealed(seal("health", "x"), keys.privateKey)).toBe("x");
  });

  it("share a context for ten minutes and no longer, also when the clock goes back", () => {
    let now = 1_000_000;
    const seal = createSealer(keys.publicKey, () => now);
    const at = (time: number): string => {
      now = time;
      return segmentOf(seal("health", "x"));
    };
    const first = at(1_000_000);
    expect(at(1_599_999)).toBe(first);
    const second = at(1_600_000);
    expect(second).not.toBe(first);
    expect(at(500_000)).not.toBe(second);
  });

  it("refuse every flipped bit, another kind, another segment, another key", () => {
    const seal = createSealer(keys.publicKey, () => 0);
    const marker = seal("health", "secret");
    const at = marker.lastIndexOf(":") + 1;
    const body = Buffer.from(marker.slice(at, -1), "base64url");
    for (let bit = 0; bit < body.length * 8; bit++) {
      const changed = Buffer.from(body);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      // The highest bit of an X25519 key is masked (RFC 7748, section 5); it is bound by the KEM's context.
      expect(codeOf(() => read(`${marker.slice(0, at)}${changed.toString("base64url")}]`))).not.toBe(
        "opened",
      );
    }
    expect(codeOf(() => read(marker.replace("health", "wealth")))).toBe("wrong_key");
    expect(codeOf(() => read(marker.replace(segmentOf(marker), "s".repeat(22))))).toBe("wrong_key");
    expect(codeOf(() => openSealed(marker, generateSealKeys().privateKey))).toBe("wrong_key");
    expect(codeOf(() => read("[masked:health]"))).toBe("not_a_marker");
  });

  it("want X25519 keys", () => {
    expect(() => createSealer("x", () => 0)).toThrow(TypeError);
    expect(() => createSealedReader(keys.publicKey)).toThrow(TypeError);
  });
});
