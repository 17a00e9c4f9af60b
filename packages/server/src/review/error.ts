// SPDX-License-Identifier: Apache-2.0

/**
 * `not_found`: no such review. `signed`: somebody has signed it. `changed`: what was read is not what would be signed.
 * `full`: it has as many comments as it may. `bad_period`: the period is empty, too long or not over. `behind`: the
 * search does not know all events of the period yet. `busy`: others are being made.
 */
export type ReviewErrorCode = "not_found" | "signed" | "changed" | "full" | "bad_period" | "behind" | "busy";

export class ReviewError extends Error {
  readonly code: ReviewErrorCode;

  constructor(code: ReviewErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ReviewError";
    this.code = code;
  }
}
