// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import { createProtector, type Protector } from "@telltale/protect";
import { createThrowawayActs } from "@telltale/protect/acts";
import { compileUserPatterns } from "@telltale/protect/patterns";
import { compilePolicy, PolicyError } from "@telltale/protect/policy";
import { CliFailure } from "../failure.js";

/** More than any policy; what is larger is something else. */
const MAX_BYTES = 1024 * 1024;

/**
 * What a server with this policy would do. Its tokens and ciphertexts are of keys that are kept nowhere. CliFailure `usage` when the file is no policy, with line
 * and column, and `noInput` when it cannot be read.
 */
export function createPolicyProtector(file: string): Protector {
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES) throw new CliFailure("usage", `${file} is too large for a policy`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure("noInput", `${file} cannot be read`, undefined, { cause: error });
  }
  try {
    const policy = compilePolicy(text);
    const acts = createThrowawayActs();
    const patterns = policy.patterns.length === 0 ? {} : { patterns: compileUserPatterns(policy.patterns) };
    return createProtector({ policy, acts, subjects: acts, ...patterns });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new CliFailure("usage", `${file}: ${error.message}`, undefined, { cause: error });
  }
}
