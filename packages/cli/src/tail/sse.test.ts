// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseParser } from "./sse.js";

describe("SseParser", () => {
  it("reads messages, comments, several data lines and all line ends", () => {
    const parser = new SseParser();
    const text =
      ': hi\n\nevent: a\ndata: {"x":1}\n\ndata:1\r\ndata: 2\r\n\r\nid: 5\nretry: 1\n\nevent: b\rdata\r\r';
    expect(parser.push(`${text}\n`)).toEqual([
      { event: "a", data: '{"x":1}' },
      { event: "message", data: "1\n2" },
      { event: "b", data: "" },
    ]);
  });
  it("gives the same messages however the text is cut", () => {
    const text = "event: a\r\ndata: one\r\n\r\ndata: two\n\n: c\nevent: x\ndata: three\n\n";
    const whole = new SseParser().push(text);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const parser = new SseParser();
        const parts = places.slice(1).flatMap((to, i) => parser.push(text.slice(places[i], to)));
        expect(parts).toEqual(whole);
      }),
    );
  });
  it("refuses a message without end", () => {
    const parser = new SseParser();
    expect(() => {
      for (let i = 0; i < 100; i++) parser.push("x".repeat(100_000));
    }).toThrow(RangeError);
    const lines = new SseParser();
    expect(() => {
      for (let i = 0; i < 100; i++) lines.push(`data: ${"x".repeat(100_000)}\n`);
    }).toThrow(RangeError);
  });
});
