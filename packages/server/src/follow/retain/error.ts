// SPDX-License-Identifier: Apache-2.0

/** What a `RetainError` can mean. Closed: a caller may switch over it. */
export type RetainErrorCode =
  | "retain_archive_failed" // a copy is missing, cannot be written or is not what was copied; nothing was removed
  | "retain_bad_hold" // a hold without a usable name, reason or range
  | "retain_bad_policy" // days that are no policy
  | "retain_no_hold" // there is no such hold, or it was released before
  | "retain_not_proven" // the lines of a segment do not hash to the signed leaves: it is evidence and stays
  | "retain_too_short"; // less than the law and the standards expect, and no override was named

/** The one error of this stage. Messages say what was expected, what was found and what to do. */
export class RetainError extends Error {
  readonly code: RetainErrorCode;

  constructor(code: RetainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RetainError";
    this.code = code;
  }
}
