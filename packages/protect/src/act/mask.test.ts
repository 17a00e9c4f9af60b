// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hit } from "../find/detector.js";
import { joinHits, maskHits } from "./mask.js";

describe("joining hits", () => {
  it("names the union after the detector that came first", () => {
    const hits: Hit[] = [
      { start: 4, end: 8, kind: "first", shape: "whole" },
      { start: 0, end: 6, kind: "second" },
      { start: 10, end: 12, kind: "third", shape: "kept" },
    ];
    expect(joinHits(hits)).toEqual([
      { start: 0, end: 8, kind: "first" },
      { start: 10, end: 12, kind: "third", shape: "kept" },
    ]);
  });

  it("hides every character of every hit, and no other", () => {
    const span = fc
      .tuple(fc.nat(40), fc.integer({ min: 1, max: 10 }))
      .map(([start, length]) => ({ start, end: start + length, kind: "k" }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
        const text = Array.from({ length: 60 }, (_, i) => String.fromCharCode(0x4e00 + i)).join("");
        const { text: masked } = maskHits(text, joinHits([...spans]));
        for (let i = 0; i < text.length; i++) {
          const hidden = spans.some(({ start, end }) => start <= i && i < end);
          expect(masked.includes(text.charAt(i))).toBe(!hidden);
        }
      }),
    );
  });
});
