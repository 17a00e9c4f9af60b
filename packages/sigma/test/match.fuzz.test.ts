// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { compileRules, parseSigma, SigmaError, type SigmaDocument, type SigmaRule } from "../src/index.js";
import { matchesPlainly } from "./plain.js";

/** Letters that break naive case folding, Sigma's own special characters, and characters outside the basic plane. */
const character = fc.constantFrom(
  ...Array.from("aAbBcdeXyZ01-/ .*?\\"),
  "ß",
  "İ",
  "ı",
  "K",
  "Σ",
  "σ",
  "ς",
  "é",
  "😀",
  "𐐀",
  "𐐨",
  "\n",
);
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(character, { maxLength: 8 }).map((list) => list.join("")) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "abcdef",
      "ABCDEFGH",
      "xabcdefx",
      "10.1.2.3",
      "::1",
      "true",
      "1",
      "10",
      "",
      "null",
      "aΣ",
    ),
  },
);
const scalar = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 10, -1.5) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);
const fields = ["a", "b", "a.b", "a.c", "list.x", "data.n.o", "__proto__", "constructor"];
const modifiers = fc.oneof(
  { weight: 4, arbitrary: fc.constant("") },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ..."|contains |startswith |endswith |contains|all |cased |contains|cased |neq |contains|neq |windash|contains |exists |lt |gte |re |re|i |fieldref |fieldref|neq |fieldref|endswith |cidr |base64offset|contains |wide|base64 |startswith|windash".split(
        " ",
      ),
    ),
  },
);

function valueFor(suffix: string): fc.Arbitrary<unknown> {
  if (suffix === "|exists") return fc.boolean();
  if (suffix === "|lt" || suffix === "|gte") return fc.constantFrom(0, 1, 2, "9.5");
  if (suffix.startsWith("|re")) return fc.constantFrom("a.c", "^[ab]+$", "Z$", "x*", "Σ", "\\d", "^$");
  if (suffix.startsWith("|fieldref")) return fc.constantFrom(...fields);
  if (suffix === "|cidr") return fc.constantFrom("10.0.0.0/8", "10.1.2.3/32", "::/0", "0.0.0.0/0", "::1/128");
  if (suffix === "|base64offset|contains" || suffix === "|wide|base64")
    return fc.constantFrom("abc", "Z", "é1");
  return fc.oneof(scalar, fc.array(scalar, { minLength: 1, maxLength: 5 }));
}

const item = fc
  .tuple(fc.constantFrom(...fields), modifiers)
  .chain(([field, suffix]) => valueFor(suffix).map((value): [string, unknown] => [field + suffix, value]));
const map = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => Object.fromEntries(items));
const selection = fc.oneof(
  { weight: 6, arbitrary: map },
  { weight: 1, arbitrary: fc.array(map, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(text, { minLength: 1, maxLength: 2 }) },
);
const condition = fc.constantFrom(
  "s1",
  "s1 and s2",
  "s1 or s2",
  "s1 and not s2",
  "not s1",
  "1 of s*",
  "all of them",
  "not (s1 or s2) and s3",
  "s1 and (s2 or not s3)",
  "not not s1 or s2 and s3",
);
const rule = fc.record({ s1: selection, s2: selection, s3: selection, condition }).map((detection) => ({
  title: "generated",
  logsource: { product: "telltale" },
  detection,
}));

const leaf = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
);
const event = fc
  .record(
    {
      a: fc.oneof(leaf, fc.record({ b: leaf, c: leaf }, { requiredKeys: [] })),
      b: leaf,
      "a.b": leaf,
      list: fc.array(fc.oneof(fc.record({ x: leaf }, { requiredKeys: [] }), scalar), { maxLength: 3 }),
      data: fc.record({ n: fc.record({ o: leaf }), "n.o": leaf }, { requiredKeys: [] }),
      proto: leaf,
    },
    { requiredKeys: [] },
  )
  // Through JSON, as in the product: `__proto__` becomes an own property there.
  .map((value) => JSON.parse(JSON.stringify(value).replace('"proto":', '"__proto__":')) as object);

/** What the parser refuses is not a case; everything else it must refuse only with its own error. */
function parseOrSkip(source: unknown): SigmaDocument[] {
  try {
    return parseSigma(JSON.stringify(source), "generated.yml");
  } catch (error) {
    if (error instanceof SigmaError) return [];
    throw error;
  }
}

it("the indexed matcher agrees with the plain evaluator", () => {
  let compared = 0;
  let matched = 0;
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 8 }),
      fc.array(event, { minLength: 1, maxLength: 6 }),
      (sources, events) => {
        const documents = sources.flatMap(parseOrSkip).map((one, i) => ({ ...one, name: `rule ${i}` }));
        const ruleSet = compileRules(documents);
        for (const one of events) {
          const plain = documents.flatMap((document, i) =>
            matchesPlainly((document as SigmaRule).detection, one) ? [i] : [],
          );
          expect(ruleSet.match(one)).toEqual(plain);
          expect(ruleSet.rules.flatMap((compiled, i) => (compiled.matches(one) ? [i] : []))).toEqual(plain);
          compared += documents.length;
          matched += plain.length;
        }
      },
    ),
    { numRuns: Number(process.env.TELLTALE_FUZZ_RUNS ?? 400) },
  );
  // The generator must not drift into rules that never or always match.
  expect(matched / compared).toBeGreaterThan(0.05);
  expect(matched / compared).toBeLessThan(0.8);
});
