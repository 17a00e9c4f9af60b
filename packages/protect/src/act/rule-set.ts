// SPDX-License-Identifier: Apache-2.0
import type { Detector } from "../find/detector.js";
import { createFinder, type Finder } from "../find/find.js";
import type { FieldRule, KindAct, PolicyRules } from "../policy/compiled.js";
import { compileFields, type FieldState } from "../policy/field-state.js";

/** What one tenant's rules come to. */
export interface RuleSet {
  readonly find: Finder;
  readonly kinds: ReadonlyMap<string, KindAct>;
  readonly kept: ReadonlySet<string>;
  readonly fields: FieldState | undefined;
  readonly erasable: boolean;
  /** Fields of identity that a rule names: they are left to it. */
  readonly ruled: ReadonlySet<string>;
}

/** Fields that say who it was, without the indices of lists. */
const IDENTITY_FIELDS = [
  "actor.session",
  "actor.id",
  "actor.name",
  "actor.email",
  "actor.onBehalfOf.id",
  "actor.onBehalfOf.name",
  "targets.id",
  "targets.name",
] as const;
export type IdentityField = (typeof IDENTITY_FIELDS)[number];

/** What `unknown: remove` adds, less exact than any rule. */
const UNKNOWN: readonly FieldRule[] = [
  ["data", "*"],
  ["changes", "from"],
  ["changes", "to"],
].map((path) => ({
  path,
  act: "remove",
  kind: "unknown",
}));

/** Kinds whose values the erasable profile encrypts in free text. */
const ENCRYPTED_KINDS = ["email", "phone"] as const;

/** What rules are compiled with. */
export interface RuleTools {
  /** Tokens can be made. */
  readonly hasActs: boolean;
  readonly detectors: readonly Detector[];
  /** Finds without a policy. */
  readonly find: Finder;
  /** Kinds that are found because some tenant asked for them, and kept for the others. */
  readonly asked: ReadonlySet<string>;
}

export function compileRules(rules: PolicyRules, { hasActs, detectors, find, asked }: RuleTools): RuleSet {
  const erasable = rules.profile === "erasable";
  const kinds = new Map<string, KindAct>();
  for (const kind of asked) kinds.set(kind, "keep");
  if (hasActs) kinds.set("session", "tokenize");
  if (erasable) for (const kind of ENCRYPTED_KINDS) kinds.set(kind, "encrypt");
  for (const [kind, act] of rules.kinds) kinds.set(kind, act);
  const kept = new Set([...kinds].filter(([, act]) => act === "keep").map(([kind]) => kind));
  const own = compileFields(rules.fields);
  return {
    find: kept.size === 0 ? find : createFinder(detectors, kept),
    kinds,
    kept,
    fields: rules.unknown === "remove" ? compileFields(rules.fields, UNKNOWN) : own,
    erasable,
    ruled: new Set(IDENTITY_FIELDS.filter((field) => isRuled(own, field))),
  };
}

function isRuled(start: FieldState | undefined, field: IdentityField): boolean {
  let state = start;
  for (const step of field.split(".")) state = state?.next(step);
  return state?.rule !== undefined;
}
