// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  applyPipeline,
  compileRules,
  explainRule,
  parsePipeline,
  parseSigma,
  SigmaError,
  type CompiledRule,
  type Pipeline,
  type SigmaDocument,
} from "../src/index.js";
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
      "2026-03-01T12:30:09Z",
      "2027-01-01T01:03:00+02:00",
      "a\0b\0c\0",
      "\0a\0b\0c",
      "YWJj",
      "a\nc\nb",
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
      ...(
        "|contains |startswith |endswith |contains|all |cased |contains|cased |neq |contains|neq |all|neq |windash|contains |startswith|windash |exists |exists|neq " +
        "|lt |lte |gt |gte |gte|neq |re |re|i |re|m |re|s |re|startswith |re|i|endswith |re|contains |re|expand |expand |contains|expand |expand|all " +
        "|fieldref |fieldref|neq |fieldref|endswith |fieldref|startswith |fieldref|contains |fieldref|cased |cidr |cidr|neq " +
        "|base64 |base64offset|contains |wide|base64 |utf16le |utf16be|contains |utf16 |contains|wide " +
        "|minute |hour |hour|gte |day|lt |week |month|neq |year|gt"
      ).split(" "),
    ),
  },
);

const PARTS = /^\|(minute|hour|day|week|month|year)/;

function valueFor(suffix: string): fc.Arbitrary<unknown> {
  if (suffix.startsWith("|exists")) return fc.boolean();
  if (/^\|[lg]te?/.test(suffix)) return fc.constantFrom(0, 1, 2, "9.5");
  if (PARTS.test(suffix)) return fc.constantFrom(1, 3, 9, 12, 30);
  if (suffix.includes("expand")) return fc.oneof(fc.constantFrom("%P%", "x%P%*", "100\\%P%", "^%P%"), text);
  if (suffix.startsWith("|re"))
    return fc.constantFrom("a.c", "^[ab]+$", "Z$", "x*", "Σ", "\\d", "^$", "b|c", "^a$");
  if (suffix.startsWith("|fieldref")) return fc.constantFrom(...fields);
  if (suffix.startsWith("|cidr"))
    return fc.constantFrom("10.0.0.0/8", "10.1.2.3/32", "::/0", "0.0.0.0/0", "::1/128");
  if (/base64|utf16|wide/.test(suffix)) return fc.constantFrom("abc", "Z", "é1", "a*c");
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

const OPTIONS = { placeholders: { P: ["a*", "x", "10"] } };

/** What the parser refuses is not a case; everything else it must refuse only with its own error. */
function orNone<T>(work: () => T[]): T[] {
  try {
    return work();
  } catch (error) {
    if (error instanceof SigmaError) return [];
    throw error;
  }
}
const parseOrSkip = (source: unknown): SigmaDocument[] =>
  orNone(() => parseSigma(JSON.stringify(source), "generated.yml", OPTIONS));

/** A filter on all rules, or on some of them by name. */
const filter = fc
  .record({
    rules: fc.oneof(fc.constant("any"), fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1 })),
    s1: selection,
    s2: selection,
    condition: fc.constantFrom("s1", "s1 and s2", "1 of s*", "s1 and not s2", "s2 or s1"),
  })
  .map(({ rules, ...rest }) => ({
    title: "filter",
    logsource: { product: "telltale" },
    filter: { rules: rules === "any" ? rules : rules.map((i) => `rule ${i}`), ...rest },
  }));

const transformation = fc.constantFrom(
  { type: "field_name_mapping", mapping: { a: ["b", "a.c"], "list.x": "a" } },
  {
    type: "field_name_mapping",
    mapping: { b: "a" },
    field_name_conditions: [{ type: "include_fields", fields: ["b"] }],
  },
  { type: "field_name_prefix_mapping", mapping: { "a.": ["data.", "list."] } },
  { type: "drop_detection_item", detection_item_conditions: [{ type: "is_null" }] },
  { type: "add_condition", conditions: { "b|contains": "a" }, negated: true },
  { type: "replace_string", regex: "[aA]", replacement: "b" },
  { type: "replace_string", regex: "(.)$", replacement: "\\1*", skip_special: true, interpret_special: true },
  { type: "map_string", mapping: { abcdef: ["x", "ABCDEFGH"], true: "1" } },
  {
    type: "convert_type",
    target_type: "num",
    detection_item_conditions: [{ type: "match_string", cond: "all", pattern: "^1+$" }],
  },
);
const pipelines = fc
  .array(transformation, { maxLength: 3 })
  .map((transformations) =>
    transformations.length === 0 ? [] : [parsePipeline(JSON.stringify({ transformations }), "pipeline.yml")],
  );

/** Rules through the pipeline one by one, so that one that it refuses does not take the others along. */
function transformEach(documents: SigmaDocument[], through: Pipeline[]): SigmaDocument[] {
  return documents.flatMap((document) =>
    document.kind === "filter" ? [document] : orNone(() => applyPipeline([document], through)),
  );
}

/** What the documents say about an event: the rule and none of the filters that apply to it. */
function reportsPlainly(rule: CompiledRule, documents: readonly SigmaDocument[], one: object): boolean {
  const excluding = documents.filter(
    (document) =>
      document.kind === "filter" &&
      (document.rules === "any" || document.rules.includes(rule.document.name ?? "")),
  );
  return (
    matchesPlainly(rule.document.detection, one) &&
    !excluding.some((document) => document.kind === "filter" && matchesPlainly(document.detection, one))
  );
}

const RUNS = Number(process.env.TELLTALE_FUZZ_RUNS ?? 150);

it("the indexed matcher, each rule, its explanation and its filters agree with the plain evaluator", () => {
  const counts = { compared: 0, matched: 0, excepted: 0 };
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 8 }),
      fc.array(filter, { maxLength: 2 }),
      pipelines,
      fc.array(event, { minLength: 1, maxLength: 6 }),
      (sources, filters, through, events) => {
        const rules = sources.flatMap(parseOrSkip).map((one, i) => ({ ...one, name: `rule ${i}` }));
        const known = filters.flatMap(parseOrSkip).map((one, i) => ({ ...one, title: `filter ${i}` }));
        const documents = transformEach([...rules, ...known], through);
        const ruleSet = compileRules(documents, { lenient: known.map(({ title }) => title) });
        for (const one of events) {
          const plain = ruleSet.rules.flatMap((compiled, i) =>
            reportsPlainly(compiled, documents, one) ? [i] : [],
          );
          expect(ruleSet.match(one)).toEqual(plain);
          for (const [i, compiled] of ruleSet.rules.entries()) {
            const fires = plain.includes(i);
            expect(compiled.matches(one)).toBe(fires);
            expect(explainRule(compiled, one).fires).toBe(fires);
            const isExcepted = !fires && matchesPlainly(compiled.document.detection, one);
            expect(compiled.excepted(one) !== undefined).toBe(isExcepted);
            if (isExcepted) counts.excepted++;
          }
          counts.compared += ruleSet.rules.length;
          counts.matched += plain.length;
        }
      },
    ),
    { numRuns: RUNS },
  );
  // The generator must not drift into rules that never or always match.
  expect(counts.matched / counts.compared).toBeGreaterThan(0.05);
  expect(counts.matched / counts.compared).toBeLessThan(0.8);
  expect(counts.excepted).toBeGreaterThan(0);
});

it("a rule whose fields a pipeline moves finds in the moved event what it found before", () => {
  const moved = [
    parsePipeline(
      JSON.stringify({ transformations: [{ type: "field_name_prefix", prefix: "data." }] }),
      "p.yml",
    ),
  ];
  fc.assert(
    fc.property(rule, fc.array(event, { minLength: 1, maxLength: 6 }), (source, events) => {
      const documents = parseOrSkip(source);
      const before = compileRules(documents);
      const after = compileRules(applyPipeline(documents, moved));
      for (const one of events) expect(after.match({ data: one })).toEqual(before.match(one));
    }),
    { numRuns: RUNS / 2 },
  );
});

it("rules with long lists of texts agree with the plain evaluator", () => {
  const short = fc.array(fc.constantFrom("a", "B", "c", "é", "Σ", "."), { minLength: 1, maxLength: 5 });
  const word = short.map((list) => list.join(""));
  const list = fc.array(word, { minLength: 10, maxLength: 40 });
  const source = fc
    .record({ x: list, y: list, z: list, condition: fc.constantFrom("x", "y and not x", "z and (x or y)") })
    .map(({ x, y, z, condition }) => ({
      title: "generated",
      logsource: { product: "telltale" },
      detection: {
        x: { "a|contains": x },
        y: [{ "a|contains|all": y.slice(0, 3) }, { "b|contains": y }],
        z,
        condition,
      },
    }));
  const value = fc.array(word, { maxLength: 6 }).map((words) => words.join(""));
  fc.assert(
    fc.property(
      fc.array(source, { minLength: 1, maxLength: 4 }),
      fc.array(fc.record({ a: fc.oneof(value, fc.array(value, { maxLength: 2 })), b: value }), {
        minLength: 1,
        maxLength: 5,
      }),
      (sources, events) => {
        const documents = sources.flatMap(parseOrSkip).map((one, i) => ({ ...one, name: `rule ${i}` }));
        const ruleSet = compileRules(documents);
        for (const one of events)
          expect(ruleSet.match(one)).toEqual(
            ruleSet.rules.flatMap(({ document }, i) => (matchesPlainly(document.detection, one) ? [i] : [])),
          );
      },
    ),
    { numRuns: RUNS },
  );
});
