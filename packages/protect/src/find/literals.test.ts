// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classesOf, LITERAL } from "./chars.js";
import { Literals } from "./literals.js";

function locate(lists: readonly (readonly string[])[], text: string): number[] {
  const literals = new Literals();
  lists.forEach((list, owner) => literals.add(list, owner));
  const found = new Uint8Array(lists.length);
  if ((classesOf(text, literals.wanted) & LITERAL) !== 0) literals.locate(text, found);
  return [...found];
}

describe("literals", () => {
  it("are found for their owners", () => {
    const lists = [["AKIA", "ASIA"], ["earer"], ["SG."]];
    expect(locate(lists, "x AKIA y")).toEqual([1, 0, 0]);
    expect(locate(lists, "a Bearer and SG.")).toEqual([0, 1, 1]);
    expect(locate(lists, "nothing at all")).toEqual([0, 0, 0]);
  });

  it("match any case when they have no capitals, and their own otherwise", () => {
    expect(locate([["earer"], ["AKIA"]], "BEARER akia")).toEqual([1, 0]);
  });

  it("are refused when they are too short", () => {
    expect(() => new Literals().add(["ab"], 0)).toThrow(RangeError);
  });

  it("are found exactly where they stand, whatever stands around them", () => {
    const piece = fc.string({ unit: "binary", maxLength: 20 });
    const literal = fc.string({
      unit: fc.constantFrom(...Array.from("abAB_-.:/= 19é密")),
      minLength: 3,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.array(literal, { minLength: 1, maxLength: 6 }),
        piece,
        piece,
        fc.nat(5),
        (list, before, after, at) => {
          const chosen = list[at % list.length]!;
          const text = before + chosen + after;
          const expected = list.map((one) =>
            (/[A-Z]/.test(one) ? text.includes(one) : text.toLowerCase().includes(one)) ? 1 : 0,
          );
          const found = locate(
            list.map((one) => [one]),
            text,
          );
          expect(found[at % list.length]).toBe(1);
          // Lower case of some scripts has another length; in ASCII the two agree.
          if (/^[\0-\x7f]*$/.test(text)) expect(found).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
