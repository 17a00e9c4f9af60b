// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { CompiledPolicy } from "@telltale/protect";
import { compilePolicy, PolicyError } from "@telltale/protect/policy";
import { ConfigError } from "../config/config-error.js";
import type { ProtectSettings } from "./settings.js";

/** Name of the policy in the data directory. */
export const POLICY_FILE = "protect.yaml";
/** More than any policy; what is larger is something else. */
const MAX_BYTES = 1024 * 1024;

/** The policy in force, and where it stands. */
export interface LoadedPolicy {
  readonly policy: CompiledPolicy;
  readonly file: string;
}

/**
 * Reads the policy that the settings name, else `protect.yaml` of the data directory. Undefined: there is none, and the default
 * holds. Throws ConfigError with the line when it is no policy, or when write-only fields have no public key.
 */
export function readPolicy(dataDir: string, settings: ProtectSettings): LoadedPolicy | undefined {
  const file = settings.policyFile ?? path.join(dataDir, POLICY_FILE);
  let text: string;
  try {
    if (statSync(file).size > MAX_BYTES)
      throw new ConfigError("bad_value", `${file} is too large for a policy.`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    if (settings.policyFile === undefined && (error as { code?: unknown }).code === "ENOENT")
      return undefined;
    throw new ConfigError("unreadable_file", `TELLTALE_PROTECT: ${file} cannot be read.`, error);
  }
  try {
    return { policy: compilePolicy(text), file };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new ConfigError("bad_value", `${file}: ${error.message}`, error);
  }
}
