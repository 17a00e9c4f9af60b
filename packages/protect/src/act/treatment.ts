// SPDX-License-Identifier: Apache-2.0
import type { Finder } from "../find/find.js";
import type { ProtectedField } from "../path.js";
import type { FieldRule } from "../policy/compiled.js";
import type { FieldState } from "../policy/field-state.js";

/** A credential that stands in an event. Its owner should be told to replace it. */
export interface CredentialSeen {
  /** As in `protected.fields[].path`. */
  readonly path: string;
  readonly kind: string;
  /** Handed on in memory only, to make a fingerprint with a key. MUST NOT be written anywhere. */
  readonly value: string;
}

/** What comes into the place of a value, and how that is listed. */
export interface Replacement {
  readonly text: string;
  readonly how: ProtectedField["how"];
  readonly kind: string;
}

/** Writes an entry of the list of what was hidden. */
export type Note = (path: string, how: ProtectedField["how"], kind: string) => void;

/** What a policy does with one event. Without one, what is found is masked and what has a secret name is removed. */
export interface Treatment {
  readonly find: Finder;
  /** Where the walk begins in the rules for fields; undefined when there are none. */
  readonly fields: FieldState | undefined;
  /** True for kinds that are not hidden. */
  keeps(kind: string): boolean;
  /** True for kinds of which a list or an object is encrypted whole, and not removed. */
  encrypts(kind: string): boolean;
  /** True when a hit is no value but what was put into its place. `again`: it was found after something was replaced. */
  isDone(kind: string, again: boolean): boolean;
  /** For a value that was found; undefined: as without a policy. `shape` is its partial mask. Never throws. */
  byKind(kind: string, value: string, shape: string | undefined): Replacement | undefined;
  /** For the value of a field that a rule names; undefined: it was done before. Never throws. */
  byField(rule: FieldRule, value: string): Replacement | undefined;
  /** Puts aliases and encrypted values into the fields that say who it was. Before the walk. */
  hideIdentity(note: Note): void;
}
