// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMarker } from "../act/marker.js";
import { encryptValue, openEncrypted } from "./encrypt.js";
import { codeOf } from "../../test/code-of.js";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const dataKey = fc
  .tuple(bytes(16), bytes(32))
  .map(([id, key]) => ({ id: Buffer.from(id).toString("base64url"), key }));
const text = fc.string({ unit: "grapheme" });
const KEY = { id: "k".repeat(22), key: new Uint8Array(32).fill(7) };

describe("encrypted values", () => {
  it("open to what they were, and never look the same twice", () => {
    fc.assert(
      fc.property(dataKey, text, (key, value) => {
        const marker = encryptValue("email", value, key);
        expect(isMarker(marker)).toBe(true);
        expect(openEncrypted(marker, (id) => (id === key.id ? key.key : undefined))).toBe(value);
        expect(encryptValue("email", value, key)).not.toBe(marker);
      }),
    );
  });

  it("refuse every flipped bit", () => {
    const marker = encryptValue("email", "alice@example.com", KEY);
    const at = marker.lastIndexOf(":") + 1;
    const body = Buffer.from(marker.slice(at, -1), "base64url");
    for (let bit = 0; bit < body.length * 8; bit++) {
      const changed = Buffer.from(body);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const text = `${marker.slice(0, at)}${changed.toString("base64url")}]`;
      expect(codeOf(() => openEncrypted(text, () => KEY.key))).toMatch(
        /^(?:damaged|wrong_key|not_a_marker)$/,
      );
    }
  });

  it("refuse every other character", () => {
    const marker = encryptValue("email", "alice@example.com!", KEY);
    for (let i = 0; i < marker.length; i++) {
      for (const character of "aB0_") {
        if (marker[i] === character) continue;
        const changed = marker.slice(0, i) + character + marker.slice(i + 1);
        expect(codeOf(() => openEncrypted(changed, () => KEY.key))).not.toBe("opened");
      }
    }
  });

  it("say that a key is another, before anything is decrypted", () => {
    fc.assert(
      fc.property(dataKey, bytes(32), (key, other) => {
        fc.pre(Buffer.compare(key.key, other) !== 0);
        const marker = encryptValue("email", "x", key);
        expect(codeOf(() => openEncrypted(marker, () => other))).toBe("wrong_key");
      }),
    );
  });

  it("say that a key is gone, and what is no such marker", () => {
    expect(codeOf(() => openEncrypted(encryptValue("email", "x", KEY), () => undefined))).toBe("unknown_key");
    for (const marker of ["", "x", "[masked:email]", `[token:email:1:${"a".repeat(22)}]`])
      expect(codeOf(() => openEncrypted(marker, () => KEY.key))).toBe("not_a_marker");
  });

  it("take no short key and no other id", () => {
    expect(() => encryptValue("email", "x", { ...KEY, id: "a/b" })).toThrow(RangeError);
    expect(() => encryptValue("email", "x", { ...KEY, key: new Uint8Array(16) })).toThrow(RangeError);
  });
});
