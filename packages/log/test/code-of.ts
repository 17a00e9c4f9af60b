// SPDX-License-Identifier: Apache-2.0
import { LogError } from "../src/error.js";

/** The code of the LogError that work rejects with; "accepted" when it resolves. What is no LogError passes through. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "accepted";
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
}
