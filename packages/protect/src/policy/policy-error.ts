// SPDX-License-Identifier: Apache-2.0

export type PolicyErrorCode =
  /** The file is larger than is read. */
  | "too_large"
  /** It is no YAML, or uses what a policy needs not: aliases, tags, several documents. */
  | "bad_yaml"
  /** A key that means nothing here: a misspelt setting is not a default. */
  | "unknown_key"
  /** A key that must be there. */
  | "missing_key"
  /** A value of another type or outside its bounds. */
  | "bad_value"
  /** A path that names no field of an event which may be hidden. */
  | "bad_path"
  /** A kind that no detector finds and no name has. */
  | "unknown_kind"
  /** A kind that opens something and may not be shown, not even in part. */
  | "must_hide"
  /** A pattern that RE2 does not take, or that matches nothing. */
  | "bad_pattern"
  /** More entries than are allowed. */
  | "too_many";

/** Why a policy was refused, and where: lines and columns count from 1. */
export class PolicyError extends Error {
  readonly code: PolicyErrorCode;
  readonly line: number;
  readonly column: number;

  constructor(code: PolicyErrorCode, place: { line: number; column: number }, message: string) {
    super(`line ${place.line}, column ${place.column}: ${message}`);
    this.name = "PolicyError";
    this.code = code;
    this.line = place.line;
    this.column = place.column;
  }
}
