// SPDX-License-Identifier: Apache-2.0
// As much of Vitest as the tests of packages/merkle use, so that a mutant costs milliseconds and not a new process. Whatever else a test
// would want throws here, and the run without a mutant has to pass the same number of tests as Vitest counts.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** Every test in its order: { name, run }. */
export const tests = [];
const names = [];

export function describe(name, body) {
  names.push(name);
  body();
  names.pop();
}

export function it(name, ...rest) {
  const run = rest.find((each) => typeof each === "function");
  tests.push({ name: [...names, name].join(" > "), run });
}

function each(cases) {
  return (name, run) => {
    for (const one of cases) it(name, () => run(...(Array.isArray(one) ? one : [one])));
  };
}
it.each = each;
describe.each = (cases) => (name, body) => {
  for (const one of cases) describe(name, () => body(...(Array.isArray(one) ? one : [one])));
};

const bytes = (value) =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("hex") } : value;

/** As Vitest compares: what is undefined may as well be missing. */
function plain(value) {
  const flat = bytes(value);
  if (flat !== value || typeof flat !== "object" || flat === null) return flat;
  if (Array.isArray(flat)) return flat.map(plain);
  if (flat instanceof Map || flat instanceof Set) return flat;
  return Object.fromEntries(
    Object.entries(flat)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, plain(each)]),
  );
}

function matches(found, wanted) {
  if (typeof wanted !== "object" || wanted === null || wanted instanceof Uint8Array)
    return isDeepStrictEqual(plain(found), plain(wanted));
  if (typeof found !== "object" || found === null) return false;
  if (Array.isArray(wanted) && (!Array.isArray(found) || found.length !== wanted.length)) return false;
  return Object.keys(wanted).every((key) => matches(found[key], wanted[key]));
}

function throwsLike(work, wanted) {
  if (typeof work !== "function") return isThrown(work, wanted);
  try {
    work();
  } catch (error) {
    return isThrown(error, wanted);
  }
  return false;
}

function isThrown(error, wanted) {
  if (wanted === undefined) return true;
  if (typeof wanted === "function") return error instanceof wanted;
  const message = String(error?.message);
  return wanted instanceof RegExp ? wanted.test(message) : message.includes(wanted);
}

const MATCHERS = {
  toBe: (found, wanted) => Object.is(found, wanted),
  toEqual: (found, wanted) => isDeepStrictEqual(plain(found), plain(wanted)),
  toBeUndefined: (found) => found === undefined,
  toContain: (found, wanted) => found.includes(wanted),
  toHaveLength: (found, wanted) => found.length === wanted,
  toMatch: (found, wanted) => (wanted instanceof RegExp ? wanted.test(found) : found.includes(wanted)),
  toMatchObject: (found, wanted) => matches(found, wanted),
  toThrow: throwsLike,
  toBeGreaterThan: (found, wanted) => found > wanted,
  toBeGreaterThanOrEqual: (found, wanted) => found >= wanted,
  toBeLessThanOrEqual: (found, wanted) => found <= wanted,
};

function judge(found, isNegated) {
  return Object.fromEntries(
    Object.entries(MATCHERS).map(([name, matcher]) => [
      name,
      (...wanted) => assert(matcher(found, ...wanted) !== isNegated, name),
    ]),
  );
}

export function expect(found) {
  const rejects = Object.fromEntries(
    Object.keys(MATCHERS).map((name) => [
      name,
      async (...wanted) => {
        const error = await Promise.resolve(found).then(
          () => assert.fail("it was not rejected"),
          (reason) => reason,
        );
        assert(MATCHERS[name](error, ...wanted), name);
      },
    ]),
  );
  return { ...judge(found, false), not: judge(found, true), rejects };
}
