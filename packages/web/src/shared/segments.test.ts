// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toSegments } from "./segments.js";

// eslint-disable-next-line no-control-regex -- these are exactly the characters that must not be left
const ACTING = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069]/;

describe("segments of untrusted text", () => {
  it("leaves plain text alone", () => {
    expect(toSegments("alice signed in")).toEqual([{ kind: "text", text: "alice signed in" }]);
  });

  it("finds hidden values with their kind", () => {
    expect(toSegments("token=[masked:jwt] rejected")).toEqual([
      { kind: "text", text: "token=" },
      { kind: "masked", how: "masked", what: "jwt" },
      { kind: "text", text: " rejected" },
    ]);
  });

  it.each([
    ["ANSI colour", "a\u001b[31mb", "\u001b"],
    ["bidi override", "a\u202eb", "\u202e"],
    ["newline", "a\nb", "\n"],
    ["zero width space", "a\u200bb", "\u200b"],
    ["NUL", "a\u0000b", "\u0000"],
  ])("marks %s", (_, text, acting) => {
    const segments = toSegments(text);
    expect(segments.map((each) => each.kind)).toEqual(["text", "mark", "text"]);
    expect(segments.some((each) => each.kind !== "masked" && each.text.includes(acting))).toBe(false);
  });

  it("shows nothing that acts, whatever comes", () => {
    const text = fc.array(fc.integer({ max: 0x30ff })).map((codes) => String.fromCharCode(...codes));
    fc.assert(
      fc.property(text, (hostile) => {
        const shown = toSegments(hostile).map((each) => (each.kind === "masked" ? "" : each.text));
        expect(ACTING.test(shown.join(""))).toBe(false);
      }),
    );
  });
});
