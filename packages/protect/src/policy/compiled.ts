// SPDX-License-Identifier: Apache-2.0
import type { UserPattern } from "../patterns.js";

/** What is done with a value that was found. */
export type KindAct = "keep" | "mask" | "last4" | "remove" | "tokenize" | "encrypt";

/** What is done with a field. `write-only`: sealed to a public key whose private half is not here. */
export type FieldAct = KindAct | "write-only";

export interface FieldRule {
  /** Names of fields from the top; `*` is any one, `**` any number of them. Elements of a list go by the rule of the list. */
  readonly path: readonly string[];
  readonly act: FieldAct;
  /** Stands in the marker; tokens of one kind are comparable. */
  readonly kind: string;
}

/** What holds for one tenant. */
export interface PolicyRules {
  /** `erasable`: what points to a person becomes an alias or is encrypted under a key of that person. */
  readonly profile: "plain" | "erasable";
  /** What becomes of fields under `data` and `changes` that no rule names. */
  readonly unknown: "keep" | "remove";
  readonly kinds: readonly (readonly [kind: string, act: KindAct])[];
  readonly fields: readonly FieldRule[];
}

/** A policy ready for `createProtector`. Plain data: it may be sent to a worker thread. */
export interface CompiledPolicy extends PolicyRules {
  /** 16 hex digits: names everything in it. */
  readonly version: string;
  readonly tenants: readonly (readonly [tenant: string, rules: PolicyRules])[];
  readonly names: { readonly secret: readonly string[]; readonly plain: readonly string[] };
  /** Compiled by `compileUserPatterns` where they run. */
  readonly patterns: readonly UserPattern[];
}
