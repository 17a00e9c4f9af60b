// SPDX-License-Identifier: Apache-2.0
import { compileUserPatterns, PATTERN_LIMITS, PatternError, type UserPattern } from "../patterns.js";
import type { FieldAct, FieldRule, KindAct } from "./compiled.js";
import { ANY_DEPTH, kindOfPath, parseFieldPath, PathError } from "./field-path.js";
import { type Kinds, listKinds } from "./kinds.js";
import { readYaml, type YamlValue } from "./yaml-reader.js";

/** What a file says, checked. What it does not say is undefined. */
export interface RulesText {
  readonly profile: "plain" | "erasable" | undefined;
  readonly unknown: "keep" | "remove" | undefined;
  readonly kinds: ReadonlyMap<string, KindAct>;
  readonly fields: readonly FieldRule[];
}

/** A policy as its file says it. */
export interface Policy extends RulesText {
  readonly tenants: ReadonlyMap<string, RulesText>;
  readonly names: { readonly secret: readonly string[]; readonly plain: readonly string[] };
  readonly patterns: readonly UserPattern[];
}

export const POLICY_LIMITS = {
  kinds: 256,
  fields: 1000,
  /** Of `fields`, those with `**`: each may be half matched at any place, so they decide what a hostile event costs. */
  anyDepthFields: 64,
  tenants: 1000,
  names: 1000,
  nameChars: 128,
  tenantChars: 128,
} as const;

const KIND_ACTS = ["keep", "mask", "last4", "remove", "tokenize", "encrypt"] as const;
const FIELD_ACTS = [...KIND_ACTS, "write-only"] as const;
const RULE_KEYS = ["profile", "kinds", "fields", "unknown"] as const;
const KIND = /^[a-z][a-z0-9_]{0,31}$/;

/** Acts after which a part or all of a value can be read by somebody. */
const SHOWING: ReadonlySet<FieldAct> = new Set<FieldAct>(["keep", "last4", "encrypt"]);

/**
 * Reads a policy. Throws {@link PolicyError} with line and column for the first thing in it that is not as it must be: a key that means
 * nothing, a kind that is never found, a path that names no field.
 *
 * @example
 * parsePolicy("version: 1\nprofile: erasable\nfields: { client.ip: tokenize }");
 */
export function parsePolicy(text: string): Policy {
  const file = readYaml(text);
  const found = file.record("the policy", ["version", ...RULE_KEYS, "names", "patterns", "tenants"]);
  if (found.version === undefined) return file.fail("missing_key", "version is missing: write version: 1");
  found.version.mustBe("version", 1);
  const patterns = found.patterns === undefined ? [] : parsePatterns(found.patterns);
  const { known, secret } = listKinds();
  const kinds: Kinds = { known: new Set([...known, ...patterns.map(({ kind }) => kind)]), secret };
  const names = found.names?.record("names", ["secret", "plain"]);
  const tenants = new Map<string, RulesText>();
  for (const { key, keyAt, value } of found.tenants?.entries("tenants", POLICY_LIMITS.tenants) ?? []) {
    if (key.length > POLICY_LIMITS.tenantChars)
      keyAt.fail("bad_value", `a tenant may have at most ${POLICY_LIMITS.tenantChars} characters`);
    tenants.set(key, parseRules(value.record(`tenants.${key}`, RULE_KEYS), kinds));
  }
  return {
    ...parseRules(found, kinds),
    tenants,
    names: {
      secret: parseNames(names?.secret, "names.secret"),
      plain: parseNames(names?.plain, "names.plain"),
    },
    patterns,
  };
}

function parseRules(
  found: Partial<Record<(typeof RULE_KEYS)[number], YamlValue>>,
  { known, secret }: Kinds,
): RulesText {
  const kinds = new Map<string, KindAct>();
  for (const { key, keyAt, value } of found.kinds?.entries("kinds", POLICY_LIMITS.kinds) ?? []) {
    if (!known.has(key)) keyAt.fail("unknown_kind", `"${key.slice(0, 40)}" is a kind that nothing finds`);
    const act = value.oneOf(`kinds.${key}`, KIND_ACTS);
    if (secret.has(key) && SHOWING.has(act))
      value.fail("must_hide", `${key} opens something: ${act} is refused`);
    kinds.set(key, act);
  }
  const fields = (found.fields?.entries("fields", POLICY_LIMITS.fields) ?? []).map(({ key, keyAt, value }) =>
    parseField(key, keyAt, value),
  );
  const anyDepth = fields.filter(({ path }) => path.includes(ANY_DEPTH)).length;
  if (anyDepth > POLICY_LIMITS.anyDepthFields)
    found.fields?.fail("too_many", `fields has more than ${POLICY_LIMITS.anyDepthFields} paths with "**"`);
  return {
    profile: found.profile?.oneOf("profile", ["plain", "erasable"]),
    unknown: found.unknown?.oneOf("unknown", ["keep", "remove"]),
    kinds,
    fields,
  };
}

/** `client.ip: tokenize` or `data.diagnosis: { act: write-only, kind: health }`. */
function parseField(key: string, keyAt: YamlValue, value: YamlValue): FieldRule {
  let path: string[];
  try {
    path = parseFieldPath(key);
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    return keyAt.fail("bad_path", `"${key.slice(0, 80)}" ${error.message}`);
  }
  if (!value.isMap()) return { path, act: value.oneOf(key, FIELD_ACTS), kind: kindOfPath(path) };
  const { act, kind } = value.record(key, ["act", "kind"]);
  if (act === undefined) return value.fail("missing_key", `${key} says no act`);
  const name = kind?.text("kind") ?? kindOfPath(path);
  if (!KIND.test(name))
    kind?.fail("bad_value", 'a kind is of lower case letters, digits and "_", at most 32');
  return { path, act: act.oneOf("act", FIELD_ACTS), kind: name };
}

function parseNames(value: YamlValue | undefined, name: string): string[] {
  return (value?.list(name, POLICY_LIMITS.names) ?? []).map((each) => {
    const text = each.text(name);
    if (text.length > POLICY_LIMITS.nameChars)
      each.fail("bad_value", `a name may have at most ${POLICY_LIMITS.nameChars} characters`);
    return text;
  });
}

function parsePatterns(value: YamlValue): UserPattern[] {
  return value.list("patterns", PATTERN_LIMITS.patterns).map((each) => {
    const { kind, pattern, ignoreCase } = each.record("a pattern", ["kind", "pattern", "ignoreCase"]);
    if (kind === undefined || pattern === undefined)
      return each.fail("missing_key", "a pattern needs kind and pattern");
    const read: UserPattern = {
      kind: kind.text("kind"),
      pattern: pattern.text("pattern"),
      ...(ignoreCase === undefined ? {} : { ignoreCase: ignoreCase.flag("ignoreCase") }),
    };
    try {
      compileUserPatterns([read]);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return (error.code === "bad_kind" ? kind : pattern).fail("bad_pattern", error.message);
    }
    return read;
  });
}
