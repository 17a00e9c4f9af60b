// SPDX-License-Identifier: Apache-2.0
import type { Place } from "../errors.js";
import type { Expression, SigmaCorrelation, SigmaRule } from "../types.js";

/** Whose turn it is: a rule, or a correlation with the rules that it refers to, directly or not. */
export interface Subject {
  readonly document: SigmaRule | SigmaCorrelation;
  /** The rule itself, or the rules of the correlation. */
  readonly rules: readonly SigmaRule[];
  /** Ids of the processing items that were applied before. */
  readonly applied: ReadonlySet<string>;
}

export type RuleCondition = (subject: Subject) => boolean;
/** Asked with all tests of one detection item (`field|modifiers: values`). */
export type ItemCondition = (tests: readonly TestNode[]) => boolean;
export type FieldCondition = (field: string | null) => boolean;
export type TestNode = Extract<Expression, { op: "test" }>;

/** What a transformation does; each does one of these. */
export type Transformation =
  /** Other names for a field: undefined leaves it, several mean any of them. */
  | { readonly kind: "field"; rename(field: string): readonly string[] | undefined }
  /** Another test in place of one of a detection item, or several linked by OR. */
  | { readonly kind: "value"; change(test: TestNode): readonly TestNode[] }
  /** The detection items that the conditions choose go away. */
  | { readonly kind: "drop" }
  /** A changed rule, or a SigmaError. */
  | { readonly kind: "rule"; change(rule: SigmaRule): SigmaRule }
  | { readonly kind: "document"; change<T extends SigmaRule | SigmaCorrelation>(document: T): T }
  /** The values of a placeholder; undefined leaves it to the next. Throws SigmaError when it should know it. */
  | { readonly kind: "placeholder"; resolve(name: string, place: Place): readonly string[] | undefined };

/** One entry of `transformations`. */
export interface ProcessingItem {
  readonly id?: string;
  readonly place: Place;
  readonly transformation: Transformation;
  readonly appliesToRule: RuleCondition;
  readonly appliesToItem: ItemCondition;
  readonly appliesToField: FieldCondition;
}

/** A processing pipeline, read and checked. */
export interface Pipeline {
  readonly name?: string;
  /** Lower goes first; equal priorities keep the order in which they are given. */
  readonly priority: number;
  readonly items: readonly ProcessingItem[];
  readonly place: Place;
}
