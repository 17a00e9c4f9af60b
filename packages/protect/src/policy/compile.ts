// SPDX-License-Identifier: Apache-2.0
import { compileUserPatterns } from "../patterns.js";
import type { ProtectorOptions } from "../protector.js";
import type { CompiledPolicy, FieldRule, PolicyRules } from "./compiled.js";
import { hashPolicy } from "./hash.js";
import { type Policy, parsePolicy, type RulesText } from "./parse.js";

/** What holds where a file says nothing. */
const DEFAULTS: PolicyRules = { profile: "plain", unknown: "keep", kinds: [], fields: [] };

/**
 * A policy, or the text of one, ready for `createProtector`: plain data that may be sent to a worker thread. A tenant has the rules of
 * all, and its own before them. Throws `PolicyError` when a text is no policy.
 */
export function compilePolicy(policy: Policy | string): CompiledPolicy {
  const { tenants, names, patterns, ...common } = typeof policy === "string" ? parsePolicy(policy) : policy;
  const rules = merge(DEFAULTS, common);
  const compiled = {
    ...rules,
    tenants: [...tenants]
      .map(([tenant, own]) => [tenant, merge(rules, own)] as const)
      .sort(([a], [b]) => compare(a, b)),
    names: { secret: [...names.secret].sort(compare), plain: [...names.plain].sort(compare) },
    patterns: patterns.map((pattern) => ({ ...pattern })),
  };
  return { version: hashPolicy(JSON.stringify(compiled)), ...compiled };
}

/** In one order, so that the order in the file does not make another version. */
function merge(base: PolicyRules, own: RulesText): PolicyRules {
  const kinds = new Map([...base.kinds, ...own.kinds]);
  const fields = new Map<string, FieldRule>();
  for (const rule of [...base.fields, ...own.fields]) fields.set(JSON.stringify(rule.path), rule);
  return {
    profile: own.profile ?? base.profile,
    unknown: own.unknown ?? base.unknown,
    kinds: [...kinds].sort(([a], [b]) => compare(a, b)),
    fields: [...fields].sort(([a], [b]) => compare(a, b)).map(([, rule]) => rule),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What `createProtector` needs for a policy: the policy, and its patterns compiled. */
export function toProtectorOptions(policy: CompiledPolicy): Pick<ProtectorOptions, "policy" | "patterns"> {
  return policy.patterns.length === 0
    ? { policy }
    : { policy, patterns: compileUserPatterns(policy.patterns) };
}

/** Kinds that may be encrypted under the key of kind and day: a server makes these keys before it needs them. */
export function classKindsOf(policy: CompiledPolicy | undefined): string[] {
  const kinds = new Set<string>();
  for (const rules of policy === undefined ? [] : [policy, ...policy.tenants.map(([, own]) => own)]) {
    if (rules.profile === "erasable") for (const kind of ["name", "email", "phone"]) kinds.add(kind);
    for (const [kind, act] of rules.kinds) if (act === "encrypt") kinds.add(kind);
    for (const { act, kind } of rules.fields) if (act === "encrypt") kinds.add(kind);
  }
  return [...kinds].sort(compare);
}
