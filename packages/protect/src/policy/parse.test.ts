// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classKindsOf, compilePolicy, toProtectorOptions } from "./compile.js";
import { parsePolicy } from "./parse.js";
import { PolicyError } from "./policy-error.js";

const WHOLE = `version: 1
profile: erasable
kinds: { email: mask, session: tokenize, card: last4, badge_number: remove }
fields:
  client.ip: tokenize
  "data.customer.*": remove
  data.diagnosis: { act: write-only, kind: health }
unknown: remove
names: { secret: [badge], plain: [public_token] }
patterns: [{ kind: badge_number, pattern: "BDG-[0-9]{6}", ignoreCase: true }]
tenants:
  acme: { profile: plain, unknown: keep, kinds: { email: keep }, fields: { client.ip: keep } }
`;

function refuse(text: string): { code: string; line: number; column: number } {
  try {
    parsePolicy(text);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const { code, line, column } = error;
    return { code, line, column };
  }
  throw new Error("the policy was taken");
}

function version(text: string): string {
  return compilePolicy(text).version;
}

describe("a policy", () => {
  it("is read whole", () => {
    const policy = compilePolicy(WHOLE);
    expect(policy).toMatchObject({
      profile: "erasable",
      unknown: "remove",
      names: { secret: ["badge"], plain: ["public_token"] },
      patterns: [{ kind: "badge_number", pattern: "BDG-[0-9]{6}", ignoreCase: true }],
    });
    expect(policy.fields).toContainEqual({ path: ["data", "diagnosis"], act: "write-only", kind: "health" });
    expect(structuredClone(policy)).toEqual(policy);
  });

  it("gives a tenant the rules of all, and its own before them", () => {
    const [[tenant, rules] = []] = compilePolicy(WHOLE).tenants;
    expect(tenant).toBe("acme");
    expect(rules).toMatchObject({ profile: "plain", unknown: "keep" });
    expect(Object.fromEntries(rules?.kinds ?? [])).toMatchObject({ email: "keep", session: "tokenize" });
    expect(rules?.fields.map(({ path, act }) => `${path.join(".")} ${act}`)).toEqual([
      "client.ip keep",
      "data.customer.* remove",
      "data.diagnosis write-only",
    ]);
  });

  it("has a version that names what it does, and not how it is written", () => {
    const base = version("version: 1\nkinds: { email: mask, card: mask }");
    expect(base).toMatch(/^[0-9a-f]{16}$/);
    expect(version("# ours\nversion: 1\nkinds:\n  card: mask\n  email: mask\nprofile: plain\n")).toBe(base);
    for (const other of [
      "version: 1\nkinds: { email: remove, card: mask }",
      "version: 1\nkinds: { email: mask, card: mask }\nunknown: remove",
      "version: 1\nkinds: { email: mask, card: mask }\nnames: { secret: [badge] }",
      "version: 1\nkinds: { email: mask, card: mask }\ntenants: { a: {} }",
    ])
      expect(version(other)).not.toBe(base);
  });

  it("says which keys it needs", () => {
    expect(classKindsOf(compilePolicy(WHOLE))).toEqual(["email", "name", "phone"]);
    expect(classKindsOf(compilePolicy("version: 1\nfields: { data.note: encrypt }"))).toEqual(["note"]);
    expect(classKindsOf(undefined)).toEqual([]);
    expect(toProtectorOptions(compilePolicy("version: 1")).patterns).toBeUndefined();
    expect(toProtectorOptions(compilePolicy(WHOLE)).patterns).toBeDefined();
  });
});

describe("what is no policy is refused where it is wrong", () => {
  it.each([
    ["", "bad_yaml", 1, 1],
    ["profile: plain", "missing_key", 1, 1],
    ["version: 2", "bad_value", 1, 10],
    ["- 1", "bad_value", 1, 1],
    ["version: 1\nprofle: erasable", "unknown_key", 2, 1],
    ["version: 1\nprofile: strict", "bad_value", 2, 10],
    ["version: 1\nkinds:\n  emial: mask", "unknown_kind", 3, 3],
    ["version: 1\nkinds:\n  email: hide", "bad_value", 3, 10],
    ["version: 1\nkinds: { constructor: mask }", "unknown_kind", 2, 10],
    ["version: 1\nkinds: { password: keep }", "must_hide", 2, 20],
    ["version: 1\nkinds: { jwt: last4 }", "must_hide", 2, 15],
    ["version: 1\nkinds: { private_key: encrypt }", "must_hide", 2, 23],
    ["version: 1\nkinds: { email: write-only }", "bad_value", 2, 17],
    ["version: 1\nfields:\n  source.app: remove", "bad_path", 3, 3],
    ["version: 1\nfields:\n  data.a: delete", "bad_value", 3, 11],
    ["version: 1\nfields:\n  data.a: { kind: x }", "missing_key", 3, 11],
    ["version: 1\nfields:\n  data.a: { act: remove, kind: X }", "bad_value", 3, 32],
    ["version: 1\nfields:\n  data.a: { act: remove, to: x }", "unknown_key", 3, 26],
    ["version: 1\nnames: { secret: badge }", "bad_value", 2, 18],
    ["version: 1\nnames: { secret: [1] }", "bad_value", 2, 19],
    ["version: 1\npatterns:\n  - { kind: a, pattern: '(' }", "bad_pattern", 3, 25],
    ["version: 1\npatterns:\n  - { kind: A, pattern: 'x' }", "bad_pattern", 3, 13],
    ["version: 1\npatterns:\n  - { kind: a, pattern: 'x*' }", "bad_pattern", 3, 25],
    ["version: 1\npatterns:\n  - { kind: a }", "missing_key", 3, 5],
    ["version: 1\ntenants: { a: { names: {} } }", "unknown_key", 2, 17],
    ["version: 1\ntenants: { a: 1 }", "bad_value", 2, 15],
    ["version: 1\nversion: 1", "bad_yaml", 2, 1],
    ["version: 1\n---\nversion: 1", "bad_yaml", 2, 1],
    ["version: &a 1\nprofile: *a", "bad_yaml", 2, 10],
    ["version: !!js/function 1", "bad_yaml", 1, 10],
    ["version: [", "bad_yaml", 1, 11],
    [`# ${"x".repeat(300_000)}`, "too_large", 1, 1],
    [`version: 1\nkinds: {${Array.from({ length: 300 }, (_, i) => `k${i}: mask`).join()}}`, "too_many", 2, 8],
    [
      `version: 1\nfields: {${Array.from({ length: 65 }, (_, i) => `"**.k${i}": mask`).join()}}`,
      "too_many",
      2,
      9,
    ],
  ])("%j", (text, code, line, column) => {
    expect(refuse(text)).toEqual({ code, line, column });
  });

  it("and whatever comes, only with a PolicyError", () => {
    const piece = fc.constantFrom(
      ..."version: 1|\n|  |kinds:|fields:|tenants:|patterns:|names:|email|: |mask|{|}|[|]|,|- |*a|&a |!!x |'|\"|data.a|**|#|---|\t|null|~|? |<<: ".split(
        "|",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        try {
          compilePolicy(pieces.join(""));
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
