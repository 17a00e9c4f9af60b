// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { formatBundle, MAX_ENTRY_BYTES, parseBundle } from "./bundle.js";
import { codeOf } from "../test/code-of.js";

const entryOf = (length: number): Uint8Array => new Uint8Array(length).fill(length & 0xff);

describe("an entry bundle", () => {
  it("is each entry after its length in two bytes, the high one first", () => {
    const bundle = formatBundle([Uint8Array.of(7), new Uint8Array(0), entryOf(0x102)]);
    expect([...bundle.subarray(0, 9)]).toEqual([0, 1, 7, 0, 0, 1, 2, 2, 2]);
    expect(bundle.length).toBe(3 + 2 + 2 + 0x102);
  });

  it("goes there and back for every length there can be, as many as a tile has", () => {
    for (const lengths of [
      [],
      [0],
      [1, 255, 256, 257, 511, 512, 4095],
      [MAX_ENTRY_BYTES],
      [65_280, 65_534],
    ]) {
      const entries = lengths.map(entryOf);
      expect(parseBundle(formatBundle(entries), entries.length)).toEqual(entries);
    }
    const full = Array.from({ length: 256 }, (_, i) => entryOf(i));
    expect(parseBundle(formatBundle(full), 256)).toEqual(full);
  });

  it("is not made of more or longer entries than it can say", () => {
    expect(MAX_ENTRY_BYTES).toBe(0xffff);
    expect(codeOf(() => formatBundle([entryOf(0xffff)]))).toBe("accepted");
    expect(codeOf(() => formatBundle([entryOf(0x10000)]))).toBe("bad_bundle");
    expect(codeOf(() => formatBundle(Array.from({ length: 257 }, () => entryOf(0))))).toBe("bad_bundle");
  });

  it("is refused when it is cut anywhere, longer, or of another number of entries", () => {
    const bundle = formatBundle([entryOf(3), entryOf(300), entryOf(1)]);
    for (let end = 0; end < bundle.length; end++) {
      expect([end, codeOf(() => parseBundle(bundle.subarray(0, end), 3))]).toEqual([end, "bad_bundle"]);
    }
    for (const more of [Uint8Array.of(0), Uint8Array.of(0, 0), Uint8Array.of(0, 1, 1)]) {
      const longer = new Uint8Array([...bundle, ...more]);
      expect(codeOf(() => parseBundle(longer, 3))).toBe("bad_bundle");
    }
    for (const count of [0, 2, 4]) expect(codeOf(() => parseBundle(bundle, count))).toBe("bad_bundle");
  });

  it("of any bytes gives the entries that make these bytes again, or is refused", () => {
    for (let first = 0; first < 256; first++) {
      const bytes = Uint8Array.of(0, first & 3, first, 0, (first >> 2) & 3, first, first);
      for (const count of [1, 2, 3]) {
        let entries: Uint8Array[] = [];
        if (codeOf(() => (entries = parseBundle(bytes, count))) !== "accepted") continue;
        expect(entries.length).toBe(count);
        expect(formatBundle(entries)).toEqual(bytes);
      }
    }
  });

  it("gives views into what it was given", () => {
    const bundle = formatBundle([entryOf(2), entryOf(4)]);
    const [first, second] = parseBundle(bundle, 2);
    expect([first?.byteOffset, second?.byteOffset]).toEqual([2, 6]);
    expect(second?.buffer === bundle.buffer).toBe(true);
  });
});
