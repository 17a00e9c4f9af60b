// SPDX-License-Identifier: Apache-2.0

/** Every way in which a rule file, a rule set or a snapshot can be refused. The list is closed. */
export type SigmaErrorCode =
  | "too_large"
  | "yaml_invalid"
  | "duplicate_key"
  | "missing_key"
  | "wrong_type"
  | "bad_value"
  | "unknown_key"
  | "unsupported"
  | "unknown_modifier"
  | "modifier_conflict"
  | "bad_regex"
  | "bad_cidr"
  | "unknown_placeholder"
  | "too_many_variants"
  | "bad_condition"
  | "unknown_identifier"
  | "empty_selector"
  | "aggregation_obsolete"
  | "bad_timespan"
  | "unknown_rule"
  | "unknown_reference"
  | "duplicate_rule"
  | "cycle"
  | "too_deep"
  | "unknown_transformation"
  | "unknown_condition"
  | "rule_failure"
  | "bad_snapshot";

/** Where in a rule file something stands. Lines count from 1; `key` is a path such as `detection.selection.user|re`. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly key: string;
}

/** The only error this package throws: what is wrong, and in which file, line and key. */
export class SigmaError extends Error {
  readonly code: SigmaErrorCode;
  readonly file: string;
  readonly line: number;
  readonly key: string;

  constructor(code: SigmaErrorCode, place: Place, message: string, options?: { cause?: unknown }) {
    super(`${place.file}:${place.line}: ${place.key === "" ? "" : `${place.key}: `}${message}`, options);
    this.name = "SigmaError";
    this.code = code;
    this.file = place.file;
    this.line = place.line;
    this.key = place.key;
  }
}
