// SPDX-License-Identifier: Apache-2.0
import type { OpenError } from "../src/keyed/open-error.js";

/** Why a hidden value could not be opened, or "opened". */
export function codeOf(open: () => string): string {
  try {
    open();
  } catch (error) {
    return (error as OpenError).code;
  }
  return "opened";
}
