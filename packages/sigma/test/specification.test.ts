// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { compileRules, parseSigma, SigmaError, type SigmaDocument } from "../src/index.js";

/** The statements of the Sigma specification that have no better place, with its own examples; docs/design/sigma.md says which test proves which. */
const head = (rest = ""): string => `title: t\nlogsource: {product: windows}\n${rest}`;
const ruleOf = (detection: string): string => `${head()}detection:\n${detection.replaceAll(/^/gm, "    ")}\n`;
const one = (text: string): SigmaDocument => {
  const [document] = parseSigma(text, "s.yml");
  if (document === undefined) throw new Error("no document");
  return document;
};
const fires = (text: string, event: object): boolean =>
  compileRules(parseSigma(text, "s.yml")).match(event).length > 0;
const refusal = (text: string): SigmaError => {
  try {
    compileRules(parseSigma(text, "s.yml"));
  } catch (error) {
    if (error instanceof SigmaError) return error;
    throw error;
  }
  throw new Error("was accepted");
};
const MINIMAL = "detection: {s: {a: 1}, condition: s}\n";

describe("metadata", () => {
  const FULL = `title: Whoami Execution
id: 929A690E-bef0-4204-a928-ef5e620d6fcc
related:
    - id: 08fbc97d-0a2f-491c-ae21-8ffcfd3174e9
      type: derived
name: whoami
taxonomy: ecs
status: test
description: Detects a whoami.exe execution
license: MIT
author: Florian Roth, Jane Doe
references:
    - https://example.org/a
date: 2019-10-23
modified: 2026-01-02
logsource: {category: process_creation, product: windows, definition: 'Needs auditing', custom: x}
fields: [CommandLine]
falsepositives: [Admins]
level: high
tags: [attack.discovery, attack.t1033]
scope: [server]
custom_field: {nested: [1, a]}
${MINIMAL}`;
  it("is kept as written, the id in lower case", () => {
    expect(one(FULL)).toMatchObject({
      title: "Whoami Execution",
      id: "929a690e-bef0-4204-a928-ef5e620d6fcc",
      related: [{ id: "08fbc97d-0a2f-491c-ae21-8ffcfd3174e9", type: "derived" }],
      name: "whoami",
      taxonomy: "ecs",
      status: "test",
      description: "Detects a whoami.exe execution",
      license: "MIT",
      author: "Florian Roth, Jane Doe",
      references: ["https://example.org/a"],
      date: "2019-10-23",
      modified: "2026-01-02",
      logsource: {
        category: "process_creation",
        product: "windows",
        definition: "Needs auditing",
        custom: "x",
      },
      fields: ["CommandLine"],
      falsepositives: ["Admins"],
      level: "high",
      tags: ["attack.discovery", "attack.t1033"],
      custom: { scope: ["server"], custom_field: { nested: [1, "a"] } },
    });
  });
  it("that is left out has the specification's defaults", () => {
    expect(one(head(MINIMAL))).toMatchObject({
      taxonomy: "sigma",
      level: "medium",
      tags: [],
      references: [],
      related: [],
      custom: {},
    });
  });
  it.each([
    ["a title of 257 characters", `title: ${"x".repeat(257)}\nlogsource: {product: p}\n${MINIMAL}`, "title"],
    ["an id that is no UUID", head(`id: abc\n${MINIMAL}`), "id"],
    ["an unknown status", head(`status: new\n${MINIMAL}`), "status"],
    ["an unknown level", head(`level: hot\n${MINIMAL}`), "level"],
    [
      "a description of 65,536 characters",
      head(`description: ${"x".repeat(65_536)}\n${MINIMAL}`),
      "description",
    ],
  ])("refuses %s", (_name, text, key) => {
    expect(refusal(text)).toMatchObject({ code: "bad_value", key });
  });
  it("names are unique, and so are ids", () => {
    const twice = `${head(`name: n\n${MINIMAL}`)}---\n${head(`name: n\n${MINIMAL}`)}`;
    expect(refusal(twice).code).toBe("duplicate_rule");
  });
});

describe("search identifiers", () => {
  it("a list of strings is searched in the whole event, any of them", () => {
    const text = ruleOf("keywords:\n    - 'EVILSERVICE'\n    - 'svchost.exe -n evil'\ncondition: keywords");
    expect(fires(text, { Message: "the EvilService began" })).toBe(true);
    expect(fires(text, { CommandLine: "C:\\svchost.exe -n evil -k" })).toBe(true);
    expect(fires(text, { Message: "svchost.exe" })).toBe(false);
  });
  it("with |all, every one of them", () => {
    const text = ruleOf(
      "k:\n    '|all':\n        - 'OabVirtualDirectory'\n        - ' -ExternalUrl '\ncondition: k",
    );
    expect(fires(text, { a: "Set-OabVirtualDirectory -ExternalUrl x" })).toBe(true);
    expect(fires(text, { a: "Set-OabVirtualDirectory", b: "x" })).toBe(false);
  });
  it("a list of maps is any of the maps", () => {
    const text = ruleOf(
      "s:\n    - Image|endswith: '\\\\example.exe'\n    - Description|contains: 'Test executable'\ncondition: s",
    );
    expect(fires(text, { Image: "C:\\example.exe" })).toBe(true);
    expect(fires(text, { Description: "a test EXECUTABLE" })).toBe(true);
    expect(fires(text, { Image: "example.exe" })).toBe(false);
  });
  it("a map is all of its fields, a list of values any of them", () => {
    const text = ruleOf(
      "s:\n    EventLog: Security\n    EventID:\n        - 517\n        - 1102\ncondition: s",
    );
    expect(fires(text, { EventLog: "security", EventID: 1102 })).toBe(true);
    expect(fires(text, { EventLog: "Security", EventID: "517" })).toBe(true);
    expect(fires(text, { EventLog: "Security", EventID: 51 })).toBe(false);
    expect(fires(text, { EventID: 517 })).toBe(false);
  });
  it("text that looks like a number stays text", () => {
    const text = ruleOf("s: {TicketOptions: '0x40810000', TicketEncryption: '0x17'}\ncondition: s");
    expect(fires(text, { TicketOptions: "0X40810000", TicketEncryption: "0x17" })).toBe(true);
    expect(fires(text, { TicketOptions: 0x40810000, TicketEncryption: 23 })).toBe(false);
  });
  it("spaces in field names are stripped", () => {
    expect(fires(ruleOf("s: {SAM User Account: x}\ncondition: s"), { SAMUserAccount: "x" })).toBe(true);
  });
  it("null is a selection of its own, never in a list", () => {
    const text = ruleOf(
      "m: {FieldA: something}\ne1: {FieldB: ''}\ne2: {FieldB: null}\ncondition: m and 1 of e*",
    );
    expect(
      [{}, { FieldB: null }, { FieldB: "" }, { FieldB: "x" }].map((event) =>
        fires(text, { FieldA: "Something", ...event }),
      ),
    ).toEqual([true, true, true, false]);
    expect(refusal(ruleOf("m: {FieldA: ['', null]}\ncondition: m"))).toMatchObject({
      code: "bad_value",
      key: "detection.m.FieldA",
    });
  });
  it("not null is a negated selection", () => {
    const text = ruleOf(
      "selection: {EventID: 4738}\nfilter: {PasswordLastSet: null}\ncondition: selection and not filter",
    );
    expect(fires(text, { EventID: 4738, PasswordLastSet: "1" })).toBe(true);
    expect(fires(text, { EventID: 4738 })).toBe(false);
  });
});

describe("placeholders", () => {
  it("count only under expand", () => {
    expect(fires(ruleOf("s: {a: '%name%'}\ncondition: s"), { a: "%name%" })).toBe(true);
    expect(refusal(ruleOf("s: {a|expand: '%name%'}\ncondition: s")).code).toBe("unknown_placeholder");
  });
  it("begin behind an escaped percent sign", () => {
    const text = ruleOf("s: {field|expand: '\\%plain%name%'}\ncondition: s");
    const documents = parseSigma(text, "s.yml", { placeholders: { name: ["X"] } });
    expect(compileRules(documents).match({ field: "%plainx" })).toEqual([0]);
  });
});

describe("the grammar of conditions", () => {
  const SEARCHES = "a: {a: 1}\nb: {b: 1}\nc: {c: 1}\nsel-x.1: {x: 1}\nsélection: {e: 1}\n_u: {u: 1}\n";
  const holds = (condition: string, event: object): boolean =>
    fires(ruleOf(`${SEARCHES}condition: ${condition}`), event);
  it.each<[string, object, boolean]>([
    ["a or b and c", { a: 1 }, true],
    ["a or b and c", { b: 1 }, false],
    ["(a or b) and c", { a: 1 }, false],
    ["not a and b", { b: 1 }, true],
    ["not (a and b)", { b: 1 }, true],
    ["not a or b", { a: 1, b: 1 }, true],
    ["not 1 of a* and b", { b: 1 }, true],
    ["not all of them", { a: 1 }, true],
    ["1 of them", { u: 1 }, false],
    ["_u", { u: 1 }, true],
    ["sel-x.1", { x: 1 }, true],
    ["1 of sel-*", { x: 1 }, true],
    ["1 of *-x*", { x: 1 }, true],
    ["sélection", { e: 1 }, true],
    ["a  AND\n    b", { a: 1, b: 1 }, true],
    ["[a, b]", { b: 1 }, true],
  ])("%s of %j: %s", (condition, event, expected) => {
    expect(holds(condition, event)).toBe(expected);
  });
  it.each([
    ["A or b", "unknown_identifier"],
    ["1 of _*", "empty_selector"],
    ["1 of z*", "empty_selector"],
    ["a or z", "unknown_identifier"],
    ["2 of them", "unsupported"],
    ["a b", "bad_condition"],
    ["a and", "bad_condition"],
    ["a | count() by b > 5", "aggregation_obsolete"],
  ])("%s is %s", (condition, code) => {
    expect(refusal(ruleOf(`${SEARCHES}condition: ${condition}`))).toMatchObject({
      code,
      key: "detection.condition",
    });
  });
});

describe("filters", () => {
  it("the specification's example excludes what its condition says", () => {
    const text = `title: Data Compressed
id: 6f3e2987-db24-4c78-a860-b4f4095a7095
logsource: {category: process_creation, product: windows}
detection: {s: {Image|endswith: '\\rar.exe'}, condition: s}
---
title: Filter Administrator account
description: The valid administrator account start with adm_
logsource:
    category: process_creation
    product: windows
filter:
    rules:
        - 6f3e2987-db24-4c78-a860-b4f4095a7095 # Data Compressed - rar.exe
    selection:
        User|startswith: 'adm_'
    condition: selection
`;
    expect(fires(text, { Image: "C:\\rar.exe", User: "eve" })).toBe(true);
    expect(fires(text, { Image: "C:\\rar.exe", User: "ADM_1" })).toBe(false);
  });
});

describe("docs/design/sigma.md", () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const sheet = readFileSync(`${root}docs/design/sigma.md`, "utf8");
  /** The last column of each row: a file and a test's title, or its first cell in a table of tests; several with a line break. */
  const proofs = [
    ...sheet.matchAll(/`((?:packages|rules)\/[^`]+\.test\.ts)`: ((?:\\\||[^|<])+?)(?=\s*(?:\||<br>))/g),
  ].map(([, file = "", title = ""]) => [file, title.trim().replaceAll("\\|", "|")] as const);
  const files = new Map<string, string>();
  const textOf = (file: string): string => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const text = existsSync(root + file) ? readFileSync(root + file, "utf8") : "";
    files.set(file, text);
    return text;
  };
  it("names tests that are there, for every row", () => {
    expect(proofs.length).toBeGreaterThan(80);
    const missing = proofs.filter(
      ([file, title]) => ![`"${title}"`, `\`${title}\``].some((quoted) => textOf(file).includes(quoted)),
    );
    expect(missing).toEqual([]);
    const rows = sheet.split("\n").filter((line) => /^\| \d/.test(line));
    expect(rows.filter((row) => !row.includes(".test.ts`: "))).toEqual([]);
  });
});
