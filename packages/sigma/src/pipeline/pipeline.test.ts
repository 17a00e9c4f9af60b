// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPipeline, compileRules, parsePipeline, parseSigma, SigmaError } from "../index.js";
import { joinLiterals } from "../pattern.js";
import { TRANSFORMATION_NAMES } from "./transformations.js";
import { readPlain, writePlain } from "./values.js";

const ruleOf = (selection: string, rest = ""): string =>
  `title: t\nid: 6f3e2987-db24-4c78-a860-b4f4095a7095\n${rest}logsource: {product: windows, service: security}\ndetection:\n  s:\n    ${selection}\n  condition: s\n`;
const pipelineOf = (item: string, vars = ""): string => `${vars}transformations:\n  - ${item}\n`;

function through(pipeline: string, ...rules: string[]) {
  const pipelines = [parsePipeline(pipeline, "p.yml")];
  return applyPipeline(
    rules.flatMap((rule, i) => parseSigma(rule, `r${i}.yml`, { pipelines })),
    pipelines,
  );
}
const fires = (pipeline: string, rule: string, event: object): boolean =>
  compileRules(through(pipeline, rule)).match(event).length === 1;

function refusal(work: () => unknown): SigmaError {
  try {
    work();
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

/** Each transformation: a rule, an event that it finds only through the pipeline, one that it does not. */
const ROWS: [type: string, parameters: string, selection: string, fits: object, fails: object][] = [
  [
    "field_name_mapping",
    "mapping: {User: [actor.id, actor.name]}",
    "User: bob",
    { actor: { name: "bob" } },
    { User: "bob" },
  ],
  [
    "field_name_mapping",
    "mapping: {User: [a, b]}",
    "User|contains|all: [x, y]",
    { b: "xy" },
    { a: "x", b: "y" },
  ],
  ["field_name_mapping", "mapping: {User: [a, b]}", "User|neq: x", { a: "y" }, { a: "y", b: "x" }],
  [
    "field_name_mapping",
    "mapping: {User: a, Other: c}",
    "User|fieldref: Other",
    { a: 1, c: 1 },
    { a: 1, Other: 1 },
  ],
  [
    "field_name_mapping",
    "mapping: {Other: [b, c]}",
    "a|fieldref: Other",
    { a: 1, b: 2, c: 1 },
    { a: 1, Other: 1 },
  ],
  [
    "field_name_prefix_mapping",
    "mapping: {win.: data.}",
    "win.a.b: x",
    { data: { a: { b: "x" } } },
    { win: { a: { b: "x" } } },
  ],
  ["field_name_prefix", "prefix: data.", "a: x", { data: { a: "x" } }, { a: "x" }],
  ["field_name_suffix", "suffix: .keyword", "a: x", { a: { keyword: "x" } }, { a: "x" }],
  [
    "drop_detection_item",
    "field_name_conditions: [{type: include_fields, fields: [b]}]",
    "{a: x, b: y}",
    { a: "x" },
    { b: "y" },
  ],
  [
    "add_condition",
    "conditions: {Channel: [Security, System]}",
    "a: x",
    { a: "x", Channel: "system" },
    { a: "x" },
  ],
  [
    "add_condition",
    "conditions: {Channel: Security}, negated: true",
    "a: x",
    { a: "x" },
    { a: "x", Channel: "security" },
  ],
  [
    "add_condition",
    "conditions: {'c|startswith': '$product-${service}'}, template: true",
    "a: x",
    { a: "x", c: "windows-security-1" },
    { a: "x", c: "w" },
  ],
  ["change_logsource", "category: access", "a: x", { a: "x" }, {}],
  [
    "replace_string",
    String.raw`regex: '^C:\\(.*)$', replacement: '\g<1>'`,
    String.raw`a|startswith: 'C:\Windows'`,
    { a: "windows\\x" },
    { a: "c:\\windows" },
  ],
  [
    "replace_string",
    "regex: '^\\*(.)', replacement: '\\1', skip_special: false",
    "a|endswith: xy",
    { a: "xy" },
    { a: "zxy" },
  ],
  [
    "replace_string",
    "regex: o, replacement: '*', skip_special: true",
    "a: f*oo",
    { a: "fx**" },
    { a: "fxoo" },
  ],
  [
    "replace_string",
    "regex: o, replacement: '*', skip_special: true, interpret_special: true",
    "a: f*oo",
    { a: "f1234" },
    { a: "g*oo" },
  ],
  [
    "replace_string",
    "regex: evil, replacement: bad",
    "'|all': [evil, one]",
    { m: "a bad one" },
    { m: "an evil one" },
  ],
  ["map_string", "mapping: {A: [b, c*]}", "a: A", { a: "cx" }, { a: "A" }],
  ["map_string", "mapping: {'*A*': b}", "a|contains: A", { a: "b" }, { a: "xAx" }],
  ["convert_type", "target_type: num", "a: '042'", { a: 42 }, { a: "042" }],
  ["convert_type", "target_type: str", "a: 42", { a: "42" }, { a: 43 }],
  ["wildcard_placeholders", "include: [Any]", "a|expand: 'x-%Any%'", { a: "x-yz" }, { a: "y" }],
  ["set_custom_attribute", "attribute: index, value: {of: [1]}", "a: x", { a: "x" }, {}],
];

describe("every transformation", () => {
  it("has a test here", () => {
    const tested = new Set([...ROWS.map(([type]) => type), "value_placeholders", "rule_failure"]);
    expect([...tested].sort()).toEqual([...TRANSFORMATION_NAMES].sort());
  });
  it.each(ROWS)("%s {%s}: %s", (type, parameters, selection, fits, fails) => {
    const pipeline = pipelineOf(`{type: ${type}, ${parameters}}`);
    expect(fires(pipeline, ruleOf(selection), fits)).toBe(true);
    expect(fires(pipeline, ruleOf(selection), fails)).toBe(false);
  });

  it("value_placeholders takes the pipeline's variables", () => {
    const pipeline = pipelineOf(
      "{type: value_placeholders, include: [Admins]}",
      "vars: {Admins: [root, adm*, 7]}\n",
    );
    expect(
      [{ a: "admin" }, { a: 7 }, { a: "x" }].map((event) =>
        fires(pipeline, ruleOf("a|expand: '%Admins%'"), event),
      ),
    ).toEqual([true, true, false]);
    const missing = refusal(() =>
      fires(pipeline.replace("include: [Admins]", "exclude: [Admins]"), ruleOf("a|expand: '%Servers%'"), {}),
    );
    expect(missing).toMatchObject({
      code: "unknown_placeholder",
      file: "r0.yml",
      line: 6,
      key: "detection.s.a|expand",
    });
    expect(missing.message).toContain('the pipeline has no variable "Servers"');
  });

  it("rule_failure names the rule", () => {
    const pipeline = pipelineOf(
      "{type: rule_failure, message: no registry here, rule_conditions: [{type: contains_field, field: Key}]}",
    );
    expect(refusal(() => through(pipeline, ruleOf("Key: x")))).toMatchObject({
      code: "rule_failure",
      file: "r0.yml",
      message: "r0.yml:1: no registry here",
    });
    expect(through(pipeline, ruleOf("a: x"))).toHaveLength(1);
  });

  it("change the document's metadata where they say so", () => {
    const text = `transformations:
  - {type: change_logsource, category: access}
  - {type: set_custom_attribute, attribute: index, value: {of: [1]}}
  - {type: field_name_mapping, mapping: {a: [b, c], k: l}}
`;
    expect(through(text, ruleOf("a: x", "fields: [a, z]\ntelltale: {key: [k]}\n"))[0]).toMatchObject({
      logsource: { category: "access" },
      custom: { index: { of: [1] } },
      fields: ["b", "c", "z"],
      key: ["l"],
    });
    expect(refusal(() => through(text, ruleOf("a: x", "telltale: {key: [a]}\n"))).code).toBe("rule_failure");
  });
});

const map = (conditions: string): string =>
  pipelineOf(`{type: field_name_mapping, mapping: {a: b, z: y}, ${conditions}}`);

describe("conditions", () => {
  it.each<[string, string, boolean]>([
    ["rule_conditions: [{type: logsource, product: windows}]", "a: x", true],
    ["rule_conditions: [{type: logsource, product: windows, service: security}]", "a: x", true],
    ["rule_conditions: [{type: logsource, category: web}]", "a: x", false],
    ["rule_conditions: [{type: logsource, category: web}], rule_cond_not: true", "a: x", true],
    ["rule_conditions: [{type: logsource, category: web}, {type: contains_field, field: a}]", "a: x", false],
    [
      "rule_conditions: [{type: logsource, category: web}, {type: contains_field, field: a}], rule_cond_op: or",
      "a: x",
      true,
    ],
    [
      "rule_conditions: {w: {type: logsource, category: web}, f: {type: contains_field, field: a}}, rule_cond_expr: f and not w",
      "a: x",
      true,
    ],
    ["rule_conditions: [{type: contains_detection_item, field: a, value: x}]", "a: [w, x]", true],
    ["rule_conditions: [{type: contains_detection_item, field: a, value: y}]", "a: x", false],
    ["rule_conditions: [{type: tag, tag: attack.t1}]", "a: x", true],
    ["rule_conditions: [{type: tag, tag: attack.t2}]", "a: x", false],
    ["rule_conditions: [{type: is_sigma_rule}]", "a: x", true],
    ["rule_conditions: [{type: is_sigma_correlation_rule}]", "a: x", false],
    ["rule_conditions: [{type: rule_attribute, attribute: level, op: gte, value: high}]", "a: x", true],
    ["rule_conditions: [{type: rule_attribute, attribute: level, op: gt, value: high}]", "a: x", false],
    ["rule_conditions: [{type: rule_attribute, attribute: date, op: lt, value: '2026-01-01'}]", "a: x", true],
    ["rule_conditions: [{type: rule_attribute, attribute: tags, op: in, value: attack.t1}]", "a: x", true],
    ["rule_conditions: [{type: rule_attribute, attribute: score, op: lte, value: 70}]", "a: x", true],
    ["rule_conditions: [{type: rule_attribute, attribute: nothing, value: 1}]", "a: x", false],
    ["rule_conditions: [{type: processing_item_applied, processing_item_id: before}]", "a: x", false],
    ["detection_item_conditions: [{type: match_string, pattern: 'X|x'}]", "a: [y, x]", true],
    ["detection_item_conditions: [{type: match_string, cond: all, pattern: x}]", "a: [y, x]", false],
    ["detection_item_conditions: [{type: match_string, pattern: x, negate: true}]", "a: x", false],
    ["detection_item_conditions: [{type: match_value, value: 5}]", "a: [x, 5]", true],
    ["detection_item_conditions: [{type: contains_wildcard}]", "a: x", false],
    ["detection_item_conditions: [{type: contains_wildcard}]", "a|re: x", false],
    ["detection_item_conditions: [{type: contains_wildcard}], detection_item_cond_not: true", "a: x", true],
    ["detection_item_conditions: [{type: is_null}]", "a: x", false],
    ["field_name_conditions: [{type: include_fields, fields: [a]}]", "a: x", true],
    ["field_name_conditions: [{type: include_fields, fields: ['.'], mode: re}]", "a: x", true],
    ["field_name_conditions: [{type: exclude_fields, fields: [a]}]", "a: x", false],
  ])("%s on %s: %s", (conditions, selection, isMapped) => {
    const rule = ruleOf(selection, "level: high\ntags: [attack.t1]\ndate: '2025-12-31'\nscore: 70\n");
    const field = isMapped ? "b" : "a";
    expect(fires(map(conditions), rule, { [field]: "x", other: 1 })).toBe(true);
  });

  it("of what was applied before hold for the rule", () => {
    const text = `transformations:
  - {id: web, type: set_custom_attribute, attribute: k, value: 1, rule_conditions: [{type: logsource, product: windows}]}
  - {type: field_name_mapping, mapping: {a: b}, rule_conditions: [{type: processing_item_applied, processing_item_id: web}]}
`;
    expect(fires(text, ruleOf("a: x"), { b: "x" })).toBe(true);
    expect(fires(text, ruleOf("a: x").replace("windows", "linux"), { a: "x" })).toBe(true);
  });
});

describe("what belongs together", () => {
  const CORRELATION = `title: c
correlation: {type: value_count, rules: [6f3e2987-db24-4c78-a860-b4f4095a7095], group-by: [User], timespan: 5m, condition: {gte: 3, field: Host}}
`;
  const mapping = pipelineOf(
    "{type: field_name_mapping, mapping: {User: actor.id, Host: [h], x: [y, z]}, rule_conditions: [{type: logsource, product: windows}]}",
  );

  it("a correlation's fields follow its rules", () => {
    expect(through(mapping, ruleOf("a: x"), CORRELATION)[1]).toMatchObject({
      groupBy: ["actor.id"],
      valueFields: ["h"],
    });
    expect(through(mapping, ruleOf("a: x").replace("windows", "linux"), CORRELATION)[1]).toMatchObject({
      groupBy: ["User"],
    });
    expect(refusal(() => through(mapping, ruleOf("a: x"), CORRELATION.replace("User", "x"))).code).toBe(
      "rule_failure",
    );
  });

  it("a filter follows each of its rules, whatever its own log source says", () => {
    const filter =
      "title: f\nlogsource: {product: windows}\nfilter: {rules: any, s: {User: bob}, condition: s}\n";
    const text = `transformations:
  - {type: field_name_mapping, mapping: {User: actor.id}, rule_conditions: [{type: logsource, service: security}]}
  - {type: change_logsource, product: telltale, rule_conditions: [{type: logsource, service: security}]}
`;
    const other = ruleOf("a: x").replace("6f3e", "7f3e").replace("security", "system");
    const ruleSet = compileRules(through(text, ruleOf("a: x"), filter, other));
    expect(ruleSet.match({ a: "x", actor: { id: "bob" } })).toEqual([1]);
    expect(ruleSet.match({ a: "x", User: "bob" })).toEqual([0]);
    expect(ruleSet.rules[0]?.excepted({ a: "x", actor: { id: "bob" } })?.title).toBe("f");
    const named = filter.replace("any", "[6f3e2987-db24-4c78-a860-b4f4095a7095]");
    expect(
      compileRules(through(text, ruleOf("a: x"), named)).match({ a: "x", actor: { id: "bob" } }),
    ).toEqual([]);
  });

  it("pipelines go by priority", () => {
    const early = parsePipeline(
      `priority: 10\n${pipelineOf("{type: field_name_mapping, mapping: {a: b}}")}`,
      "e.yml",
    );
    const late = parsePipeline(
      `priority: 20\n${pipelineOf("{type: field_name_mapping, mapping: {b: c}}")}`,
      "l.yml",
    );
    const ruleSet = compileRules(applyPipeline(parseSigma(ruleOf("a: x"), "r.yml"), [late, early]));
    expect(ruleSet.match({ c: "x" })).toEqual([0]);
  });
});

describe("a pipeline is refused", () => {
  it.each([
    [
      "with an unknown transformation",
      pipelineOf("{type: field_name_maping, mapping: {}}"),
      "unknown_transformation",
      2,
      "transformations.type",
    ],
    [
      "with one that is not done here",
      pipelineOf("{type: command_placeholders, command: id}"),
      "unsupported",
      2,
      "transformations.type",
    ],
    [
      "with an unknown condition",
      map("rule_conditions: [{type: moon}]"),
      "unknown_condition",
      2,
      "transformations.rule_conditions.type",
    ],
    [
      "with an unknown key",
      pipelineOf("{type: field_name_prefix, prefix: a, sufix: b}"),
      "unknown_key",
      2,
      "transformations.sufix",
    ],
    [
      "with a parameter of another transformation",
      pipelineOf("{type: field_name_prefix, prefix: a, suffix: b}"),
      "unknown_key",
      2,
      "transformations.suffix",
    ],
    ["with an unknown top-level key", "transformation: []\n", "unknown_key", 1, "transformation"],
    ["without transformations", "name: x\n", "missing_key", 1, ""],
    ["without a parameter", pipelineOf("type: field_name_mapping"), "missing_key", 2, "transformations"],
    [
      "with an empty mapping target",
      pipelineOf("{type: field_name_mapping, mapping: {a: []}}"),
      "bad_value",
      2,
      "transformations.mapping.a",
    ],
    [
      "with a bad regex",
      pipelineOf("{type: replace_string, regex: '(', replacement: x}"),
      "bad_regex",
      2,
      "transformations.regex",
    ],
    [
      "with a group that is not there",
      pipelineOf(String.raw`{type: replace_string, regex: 'a', replacement: '\1'}`),
      "bad_value",
      2,
      "transformations.replacement",
    ],
    [
      "with look-around",
      map("field_name_conditions: [{type: include_fields, mode: re, fields: ['(?=a)']}]"),
      "bad_regex",
      2,
      "transformations.field_name_conditions.fields",
    ],
    [
      "with an expression over unknown names",
      map("rule_conditions: {w: {type: is_sigma_rule}}, rule_cond_expr: x"),
      "unknown_identifier",
      2,
      "transformations.rule_cond_expr",
    ],
    [
      "with a condition that the expression leaves out",
      map("rule_conditions: {w: {type: is_sigma_rule}, v: {type: is_sigma_rule}}, rule_cond_expr: w"),
      "bad_condition",
      2,
      "transformations.rule_cond_expr",
    ],
    [
      "with an operator without conditions",
      map("rule_cond_op: or"),
      "missing_key",
      2,
      "transformations.rule_cond_op",
    ],
    [
      "with an unknown operator",
      map("rule_conditions: [{type: is_sigma_rule}], rule_cond_op: xor"),
      "bad_value",
      2,
      "transformations.rule_cond_op",
    ],
    [
      "with field conditions on a whole rule",
      pipelineOf(
        "{type: rule_failure, message: x, field_name_conditions: [{type: include_fields, fields: [a]}]}",
      ),
      "unsupported",
      2,
      "transformations.field_name_conditions",
    ],
    [
      "with placeholders that look at the detection",
      pipelineOf("{type: wildcard_placeholders, rule_conditions: [{type: contains_field, field: a}]}"),
      "unsupported",
      2,
      "transformations.rule_conditions.type",
    ],
    [
      "with a level that is none",
      map("rule_conditions: [{type: rule_attribute, attribute: level, value: hot}]"),
      "bad_value",
      2,
      "transformations.rule_conditions.value",
    ],
    [
      "with a mistake in an added condition",
      pipelineOf("{type: add_condition, conditions: {'a|lenght': 1}}"),
      "unknown_modifier",
      2,
      "transformations.conditions.a|lenght",
    ],
    [
      "with finalizers",
      `${pipelineOf("{type: field_name_prefix, prefix: a}")}finalizers: [{type: concat}]\n`,
      "unsupported",
      3,
      "finalizers",
    ],
    [
      "for another backend",
      `allowed_backends: [splunk]\n${pipelineOf("{type: field_name_prefix, prefix: a}")}`,
      "unsupported",
      1,
      "allowed_backends",
    ],
    [
      "with one id twice",
      "transformations:\n  - {id: a, type: field_name_prefix, prefix: a}\n  - {id: a, type: field_name_prefix, prefix: a}\n",
      "duplicate_key",
      3,
      "transformations[1]",
    ],
    ["with two documents", "transformations: []\n---\ntransformations: []\n", "unsupported", 3, ""],
    ["without content", "", "missing_key", 1, ""],
  ])("%s", (_name, text, code, line, key) => {
    expect(refusal(() => parsePipeline(text, "p.yml"))).toMatchObject({ code, file: "p.yml", line, key });
  });

  it.each([
    ["where nothing is left of a rule", "{type: drop_detection_item}", "a: x", "rule_failure"],
    ["where a value is no number", "{type: convert_type, target_type: num}", "a: x", "bad_value"],
    [
      "where the log source has no such part",
      "{type: add_condition, conditions: {c: $category}, template: true}",
      "a: x",
      "bad_value",
    ],
  ])("%s", (_name, item, selection, code) => {
    expect(refusal(() => through(pipelineOf(item), ruleOf(selection))).code).toBe(code);
  });
});

describe("hostile pipelines end", () => {
  it("doubling fields stops at the bound", () => {
    const items = Array.from(
      { length: 40 },
      () => "  - {type: field_name_prefix_mapping, mapping: {a: [ab, ac]}}",
    ).join("\n");
    expect(refusal(() => through(`transformations:\n${items}\n`, ruleOf("a: x")))).toMatchObject({
      code: "too_large",
      message: expect.stringContaining("makes") as string,
    });
    expect(refusal(() => through(`transformations:\n${items}\n`, ruleOf("z: x", "fields: [a]\n"))).code).toBe(
      "too_large",
    );
  });
  it("many values times many values stop at the bound", () => {
    const fifty = Array.from({ length: 50 }, (_, i) => `v${i}`).join(",");
    const text = pipelineOf(
      `{type: map_string, mapping: {${Array.from({ length: 1_000 }, (_, i) => `v${i}: [${fifty}]`).join(",")}}}`,
    );
    const rule = ruleOf(`a: [${Array.from({ length: 10_000 }, (_, i) => `v${i % 1_000}`).join(",")}]`);
    expect(refusal(() => through(text, rule))).toMatchObject({
      code: "too_large",
      message: expect.stringContaining("makes") as string,
    });
  });
  it("a replacement that grows a value stops at the bound", () => {
    const text = pipelineOf(`{type: replace_string, regex: 'x', replacement: '${"y".repeat(1_000)}'}`);
    expect(refusal(() => through(text, ruleOf(`a: ${"x".repeat(1_000)}`)))).toMatchObject({
      code: "too_large",
      message: expect.stringContaining("makes") as string,
    });
  });
  it("any text gives a pipeline or a SigmaError", () => {
    const pieces = fc.constantFrom(
      ..."transformations:|\n|  - |{|}|type: |mapping: |, |[|]|a|a: |rule_conditions: |rule_cond_expr: |vars: |priority: |regex: |replacement: |'|\\1|(|*".split(
        "|",
      ),
      ...TRANSFORMATION_NAMES,
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (list) => {
        try {
          parsePipeline(`transformations:\n  - ${list.join("")}`, "p.yml");
        } catch (error) {
          expect(error).toBeInstanceOf(SigmaError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it("plain text of a pattern reads back as the pattern", () => {
  const part = fc.oneof(
    fc.constantFrom(1 as const, 2 as const),
    fc
      .array(fc.constantFrom("\\", "*", "?", "a", "😀"), { minLength: 1, maxLength: 5 })
      .map((list) => list.join("")),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }).map(joinLiterals), (pattern) => {
      expect(readPlain(writePlain(pattern))).toEqual(pattern);
    }),
  );
  expect(writePlain(["C:\\Windows\\", 1])).toBe("C:\\Windows\\\\*");
  expect(readPlain("C:\\Windows\\\\*")).toEqual(["C:\\Windows\\", 1]);
  expect(readPlain("a\\*b?")).toEqual(["a*b", 2]);
});
