// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { formatNote, parseCosignatureTime, parseNote } from "./note.js";
import { codeOf } from "../test/code-of.js";

const line = { name: "example.com/k", keyId: 0x01020304, signature: Uint8Array.of(9) };

/** A note of exactly this many characters, which is what the bound counts in a string. */
function noteOf(bytes: number): string {
  const rest = formatNote("\n", [line]).length;
  return formatNote(`${"x".repeat(bytes - rest)}\n`, [line]);
}

describe("a note", () => {
  it("is not made of a text that no note has", () => {
    for (const text of ["", "no end", "a\tb\n", "a\0b\n", "\ud800\n"]) {
      expect([text, codeOf(() => formatNote(text, [line]))]).toEqual([text, "bad_note"]);
    }
    expect(formatNote("a\n\nb\n", [line])).toBe("a\n\nb\n\n\u2014 example.com/k AQIDBAk=\n");
  });

  it("has at most a million bytes", () => {
    const largest = noteOf(1_000_000);
    expect(parseNote(largest).signatures).toHaveLength(1);
    expect(codeOf(() => parseNote(`x${largest}`))).toBe("bad_note");
  });

  it("has a key ID and at least one byte in each signature", () => {
    const [signature] = parseNote("a\n\n\u2014 k AQIDBAk=\n").signatures;
    expect(signature).toEqual({ name: "k", keyId: 0x01020304, signature: Uint8Array.of(9) });
    expect(codeOf(() => parseNote("a\n\n\u2014 k AQIDBA==\n"))).toBe("bad_note");
  });
});

describe("the time of a cosignature", () => {
  it("stands in 72 bytes, and is no negative number for anybody", () => {
    const bytes = new Uint8Array(72);
    bytes[7] = 5;
    expect(parseCosignatureTime(bytes)).toBe(5n);
    expect(parseCosignatureTime(bytes.subarray(1))).toBeUndefined();
    bytes.fill(0xff, 0, 8);
    bytes[0] = 0x7f;
    expect(parseCosignatureTime(bytes)).toBe(0x7fff_ffff_ffff_ffffn);
    bytes[0] = 0x80;
    expect(parseCosignatureTime(bytes)).toBeUndefined();
  });
});
