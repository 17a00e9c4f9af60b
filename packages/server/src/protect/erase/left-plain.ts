// SPDX-License-Identifier: Apache-2.0
import type { CompiledPolicy, PolicyRules } from "@telltale/protect";

/** Where an event may point to a person, and whether the erasable profile hides it under the person's key. */
const PATHS: readonly (readonly [path: string, erasable: boolean])[] = [
  ["actor.id", true],
  ["actor.name", true],
  ["actor.email", true],
  ["actor.onBehalfOf", true],
  ["targets.id", true],
  ["targets.name", true],
  ["client.ip", false],
  ["client.userAgent", false],
  ["client.device", false],
  ["request.path", false],
  ["message", false],
  ["reason", false],
  ["changes", false],
  ["data", false],
];

/**
 * The paths at which the policy in force leaves values that may be of a person, readable or comparable, and not under the person's key: what an erasure
 * does not reach. It names places, not what is there; e-mail addresses, phone numbers and secrets in them are hidden all the same.
 */
export function leftPlain(policy: CompiledPolicy | undefined, tenant: string | undefined): string[] {
  const rules = rulesOf(policy, tenant);
  return PATHS.filter(([path, erasable]) => {
    if (erasable && rules?.profile === "erasable") return false;
    if (rules?.unknown === "remove" && (path === "data" || path === "changes")) return false;
    return !isRemoved(path, rules);
  }).map(([path]) => path);
}

function rulesOf(policy: CompiledPolicy | undefined, tenant: string | undefined): PolicyRules | undefined {
  return policy?.tenants.find(([name]) => name === tenant)?.[1] ?? policy;
}

/** Only what is gone from the log is out of reach: a token stays comparable, and what is encrypted by day keeps its key. */
function isRemoved(path: string, rules: PolicyRules | undefined): boolean {
  return rules?.fields.some(({ path: rule, act }) => rule.join(".") === path && act === "remove") ?? false;
}
