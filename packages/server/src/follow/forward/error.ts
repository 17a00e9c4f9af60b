// SPDX-License-Identifier: Apache-2.0

export type ForwardErrorCode =
  | "unknown_target"
  | "bad_index"
  | "bad_target"
  | "name_taken"
  | "not_editable"
  | "too_many";

/** Why a wish about a target cannot be met. */
export class ForwardError extends Error {
  readonly code: ForwardErrorCode;
  constructor(code: ForwardErrorCode, message: string) {
    super(message);
    this.name = "ForwardError";
    this.code = code;
  }
}
