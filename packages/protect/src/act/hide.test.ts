// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Finder } from "../find/find.js";
import { createFinder } from "../find/find.js";
import { createDetectors } from "../find/registry.js";
import { createNameJudges } from "../names/verdict.js";
import { hide } from "./hide.js";

const find = createFinder(createDetectors(createNameJudges().secretOf));
const FILLER = "the order was shipped to the customer on time and nothing else happened. ";

/** Counts the characters that a finder looks at. */
function counting(): { find: Finder; characters: () => number } {
  let characters = 0;
  return {
    find(text, scope) {
      characters += text.length;
      return find(text, scope);
    },
    characters: () => characters,
  };
}

/** The second stands alone only when a marker is in the place of the first. */
const secondAfterFirst: Finder = (text) => {
  const at = text.indexOf("[masked:first]SECOND");
  if (at !== -1) return [{ start: at + 14, end: at + 20, kind: "second" }];
  const first = text.indexOf("FIRST");
  return first === -1 ? undefined : [{ start: first, end: first + 5, kind: "first" }];
};

const manySure: Finder = (text) =>
  text.startsWith("[")
    ? undefined
    : Array.from({ length: 500 }, (_, i) => ({ start: i, end: i + 1, kind: "x", sure: true as const }));

describe("hide in long texts", () => {
  it("searches again only around what it hid", () => {
    const text = `${FILLER.repeat(300)} password=Hunter2x9 ${FILLER.repeat(300)}`;
    const counter = counting();
    const hidden = hide(counter.find, text, "text");
    expect(hidden?.text).toBe(text.replace("Hunter2x9", "[masked:password]"));
    expect(counter.characters()).toBeLessThan(text.length * 1.25);
  });

  it("finds what a marker brought to light", () => {
    const text = `${FILLER.repeat(200)}FIRSTSECOND${FILLER.repeat(200)}`;
    expect(hide(secondAfterFirst, text, "text")?.text).toContain(" [masked:first][masked:second]the");
  });

  it("hides a text whole that is a list of secrets, in one search", () => {
    const text = "bob@shop.example,".repeat(600);
    const counter = counting();
    expect(hide(counter.find, text, "text")).toEqual({
      text: "[masked:email]",
      found: [{ how: "masked", kind: "email" }],
    });
    expect(counter.characters()).toBe(text.length);
  });

  it("tells the owners of a bounded number of credentials of one text", () => {
    let told = 0;
    hide(manySure, "a".repeat(500), "text", { treatment: undefined, onSure: () => told++ });
    expect(told).toBe(64);
  });

  it("hides twice as once", () => {
    const piece = fc.constantFrom(
      ..."password|token|key|=|:| |\"|'|{|}|,|&|%3D|://|4111 1111 1111 1111|x@y.example|Bearer |eyJabcdefgh.|[masked:jwt]|cookie".split(
        "|",
      ),
    );
    const filler = fc.nat({ max: 60 }).map((times) => FILLER.repeat(times));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(filler, fc.array(piece, { maxLength: 8 })), { maxLength: 8 }),
        (parts) => {
          const text = parts.map(([blank, pieces]) => blank + pieces.join("")).join("") + FILLER.repeat(120);
          const once = hide(find, text, "text")?.text ?? text;
          expect(hide(find, once, "text")).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});
