// SPDX-License-Identifier: Apache-2.0

/**
 * `no_subject`: nobody of that name is known. `not_open`: there is no such erasure, or it is done or cancelled. `pending`: one of this subject
 * is under way. `same_person`: somebody else has to approve. `not_a_person`: a key or the server itself asked. `names_subject`: the reason holds
 * the name that is to be erased.
 */
export type EraseErrorCode =
  | "no_subject"
  | "not_open"
  | "pending"
  | "same_person"
  | "not_a_person"
  | "names_subject";

export class EraseError extends Error {
  readonly code: EraseErrorCode;

  constructor(code: EraseErrorCode, message: string) {
    super(message);
    this.name = "EraseError";
    this.code = code;
  }
}
