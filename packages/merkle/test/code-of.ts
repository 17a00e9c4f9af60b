// SPDX-License-Identifier: Apache-2.0
import { MerkleError } from "../src/error.js";

/** The code of the MerkleError that a call throws; "accepted" when it throws nothing. What is no MerkleError passes through. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (error instanceof MerkleError) return error.code;
    throw error;
  }
}
