// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldRule } from "./compiled.js";
import { compareExactness } from "./field-path.js";
import { compileFields, type FieldState } from "./field-state.js";

const rule = (path: readonly string[]): FieldRule => ({ path, act: "remove", kind: path.join("_") });

function walk(state: FieldState | undefined, names: readonly string[]): FieldState | undefined {
  return names.reduce<FieldState | undefined>((at, name) => at?.next(name), state);
}

/** The definition, without any state: does the pattern match this path? */
function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const [step, ...rest] = pattern;
  if (step === undefined) return path.length === 0;
  if (step === "**") return matches(rest, path) || (path.length > 0 && matches(pattern, path.slice(1)));
  return path.length > 0 && (step === "*" || step === path[0]) && matches(rest, path.slice(1));
}

/** Of the rules for the path or for anything above it, the most exact. */
function expected(rules: readonly FieldRule[], path: readonly string[]): FieldRule | undefined {
  const above = path.map((_, i) => path.slice(0, i + 1));
  return rules
    .filter(({ path: pattern }) => above.some((each) => matches(pattern, each)))
    .sort((a, b) => compareExactness(a.path, b.path))
    .at(-1);
}

const name = fc.constantFrom("a", "b", "c", "constructor", "__proto__");
const step = fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: fc.constant("*") });
const pattern = fc
  .tuple(fc.array(step, { maxLength: 3 }), fc.boolean(), fc.array(step, { maxLength: 2 }))
  .map(([head, any, tail]) => [...head, ...(any ? ["**"] : []), ...tail])
  .filter((path) => path.length > 0);
const rules = fc
  .uniqueArray(pattern, { maxLength: 6, selector: (path) => path.join(".") })
  .map((paths) => paths.map(rule));

describe("rules for fields", () => {
  it("are found as they are defined, and the most exact wins", () => {
    fc.assert(
      fc.property(
        rules,
        fc.array(fc.array(name, { minLength: 1, maxLength: 5 }), { maxLength: 8 }),
        (all, paths) => {
          const start = compileFields(all);
          for (const path of paths) expect(walk(start, path)?.rule?.kind).toBe(expected(all, path)?.kind);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("know where nothing inside is more exact", () => {
    const start = compileFields([
      rule(["data", "a"]),
      rule(["data", "a", "b"]),
      rule(["data", "c"]),
      rule(["**", "d"]),
    ]);
    expect(walk(start, ["data", "a"])?.isWhole).toBe(false);
    expect(walk(start, ["data", "a", "b"])?.isWhole).toBe(true);
    expect(walk(start, ["data", "c"])?.isWhole).toBe(true);
  });

  it("are nothing where there are none", () => {
    expect(compileFields([])).toBeUndefined();
    const start = compileFields([rule(["data", "a"])]);
    expect(start?.next("message")).toBeUndefined();
    expect(start?.next("data")?.next("b")).toBeUndefined();
    expect(start?.next("data")).toBe(start?.next("data"));
  });

  it("come last when they are fallbacks", () => {
    const start = compileFields([rule(["**", "a"])], [rule(["data", "*"])]);
    expect(walk(start, ["data", "a"])?.rule?.kind).toBe("**_a");
    expect(walk(start, ["data", "b"])?.rule?.kind).toBe("data_*");
  });

  it("stay small whatever is asked", () => {
    // Each of these remembers which of the last names were "a": 2^14 states if all were kept.
    const start = compileFields([rule(["**", "a", ...Array<string>(14).fill("*")])]);
    const before = performance.now();
    let bits = 1;
    for (let i = 0; i < 20_000; i++) {
      let state = start;
      for (let depth = 0; depth < 16; depth++) {
        bits = (Math.imul(bits, 1103515245) + 12345) >>> 0;
        state = state?.next((bits >> 16) & 1 ? "a" : "b");
      }
    }
    expect(performance.now() - before).toBeLessThan(4_000);
  });
});
