// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { Context } from "./context.js";
import { SubstringSet } from "./substrings.js";

/** Few letters, so that texts overlap; some whose keys collide, because a key keeps eight bits of the older characters. */
const letters = fc.constantFrom("a", "b", "c", "é", "ā", "\u0161", "😀");
const text = (min: number, max: number) =>
  fc.array(letters, { minLength: min, maxLength: max }).map((list) => list.join(""));

it("answers as a search for each text by itself does, however many are asked", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(text(1, 6), { minLength: 30, maxLength: 120 }),
      fc.array(fc.oneof(text(0, 40), fc.array(text(0, 20), { maxLength: 3 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (texts, values) => {
        const context = new Context();
        const slot = context.slot("a");
        const set = new SubstringSet(slot);
        const ids = texts.map((one) => [one, set.add(one)] as const);
        const known = ids.flatMap(([one, id]) => (id === undefined ? [] : [[one, id] as const]));
        const lists = known.map((_, i) => known.slice(i, i + 4));
        const numbers = lists.map((list) => set.addList(list.map(([, id]) => id)));
        for (const value of values) {
          const isIn = (one: string): boolean => [value].flat().some((whole) => whole.includes(one));
          context.reset({ a: value });
          for (const [i, list] of lists.entries())
            expect(set.hasAny(context, numbers[i] ?? -1)).toBe(list.some(([one]) => isIn(one)));
          context.reset({ a: value });
          // Twice: before and after the field was searched for all.
          for (const [one, id] of [...ids, ...ids]) {
            if (id === undefined) expect(one.length).toBeLessThan(3);
            else expect(set.has(context, id)).toBe(isIn(one));
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

it("finds nothing in a field that is not there, and forgets the event before", () => {
  const context = new Context();
  const set = new SubstringSet(context.slot("a"));
  const ids = Array.from({ length: 50 }, (_, i) => set.add(`word${i}`) ?? -1);
  const found = (event: object): number[] => {
    context.reset(event);
    return ids.filter((id) => set.has(context, id));
  };
  expect(found({ a: "word7 word49" })).toEqual([4, 7, 49]);
  expect(found({})).toEqual([]);
  expect(found({ a: "word1" })).toEqual([1]);
});
