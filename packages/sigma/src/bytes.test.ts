// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { toBase64, toBase64Offsets, toUtf16, toUtf8 } from "./bytes.js";

it("encodes as Node does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(toUtf8(text)).toEqual([...Buffer.from(text, "utf8")]);
      expect(toUtf16(text, "le")).toEqual([...Buffer.from(text, "utf16le")]);
      expect(toUtf16(text, "be")).toEqual([...Buffer.from(text, "utf16le").swap16()]);
      expect(toBase64(toUtf8(text))).toBe(Buffer.from(text, "utf8").toString("base64"));
    }),
  );
});

it("one of the three offsets is inside the base64 of any longer text", () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 3 }), fc.string(), (before, text, behind) => {
      const whole = Buffer.from(before + text + behind).toString("base64");
      const offset = Buffer.byteLength(before) % 3;
      expect(whole).toContain(toBase64Offsets(toUtf8(text))[offset]);
    }),
  );
});
