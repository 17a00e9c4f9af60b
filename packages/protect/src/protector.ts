// SPDX-License-Identifier: Apache-2.0
import type { Acts, Subjects } from "./act/acts.js";
import { createTreatments } from "./act/policy-treatment.js";
import { buildProtector, type CoreOptions, type ProtectedText, type Protector } from "./core.js";
import { KEPT_KINDS } from "./find/personal.js";
import type { CompiledPolicy } from "./policy/compiled.js";

export interface ProtectorOptions extends CoreOptions {
  /** From `compilePolicy` of `@telltale/protect/policy`; the default policy when absent. */
  readonly policy?: CompiledPolicy;
  /** What a server with keys can do. Without them, what would need one is removed. */
  readonly acts?: Acts;
  /** For policies with aliases. */
  readonly subjects?: Subjects;
}

/**
 * Builds a protector. Costs about a millisecond: make one and keep it.
 *
 * Throws TypeError when the policy has patterns and `patterns` is missing: compile them with `compileUserPatterns(policy.patterns)`.
 */
export function createProtector(options: ProtectorOptions = {}): Protector {
  const { policy, acts, subjects, ...core } = options;
  if (policy === undefined && acts === undefined) return buildProtector(core);
  // A policy that hides less than it says is worse than none.
  if (policy !== undefined && policy.patterns.length > 0 && core.patterns === undefined)
    throw new TypeError("the policy has patterns: pass them as compileUserPatterns(policy.patterns)");
  const asked = askedKinds(policy);
  const names = {
    secretNames: [...(policy?.names.secret ?? []), ...(core.secretNames ?? [])],
    plainNames: [...(policy?.names.plain ?? []), ...(core.plainNames ?? [])],
    personalKinds: asked,
  };
  return buildProtector({ ...core, ...names }, (detectors, find) =>
    createTreatments({ policy, acts, subjects, detectors, find, asked }),
  );
}

/** What is kept by default and this policy does something with, for any tenant. */
function askedKinds(policy: CompiledPolicy | undefined): ReadonlySet<string> {
  const asked = new Set<string>();
  if (policy === undefined) return asked;
  for (const rules of [policy, ...policy.tenants.map(([, own]) => own)]) {
    for (const [kind, act] of rules.kinds) if (act !== "keep" && KEPT_KINDS.has(kind)) asked.add(kind);
  }
  return asked;
}

let shared: Protector | undefined;

/** {@link Protector.protectText} under the default policy. */
export function protectText(text: string): ProtectedText {
  shared ??= buildProtector({});
  return shared.protectText(text);
}
