// SPDX-License-Identifier: Apache-2.0
import { SecretRef } from "../../src/follow/forward/secret-ref.js";

/** A reference to a secret in an environment that holds nothing else. */
export function secretOf(value: string): SecretRef {
  const found = SecretRef.parse("env:T", { env: { T: value }, readFile: () => "" });
  if (found === undefined) throw new Error("no reference");
  return found;
}
