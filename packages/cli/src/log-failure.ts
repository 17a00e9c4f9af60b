// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { CliFailure, systemCode } from "./failure.js";

const NO_INPUT = new Set(["no_log", "key_missing", "head_missing"]);
const CANNOT_WRITE = new Set(["locked", "io", "disk_full", "newer_format", "bad_format"]);

/** The failure of a command that an error of the log stands for; what is none of the log's passes through. */
export function toLogFailure(error: unknown): unknown {
  if (error instanceof LogError) {
    const exit = NO_INPUT.has(error.code)
      ? "noInput"
      : CANNOT_WRITE.has(error.code)
        ? "cannotWrite"
        : "failed";
    return new CliFailure(exit, error.message, undefined, { cause: error });
  }
  if (!(error instanceof CliFailure) && systemCode(error) !== undefined) {
    return new CliFailure("cannotWrite", (error as Error).message, undefined, { cause: error });
  }
  return error;
}
