// SPDX-License-Identifier: Apache-2.0
import type { ExitName } from "./exit-codes.js";

/** A command could not do its work. `message` says what is wrong, `hint` what to do; neither holds a secret. */
export class CliFailure extends Error {
  readonly code: ExitName;
  readonly hint: string | undefined;
  constructor(code: ExitName, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliFailure";
    this.code = code;
    this.hint = hint;
  }
}

/** The code of a system error, for example ENOENT; undefined for others. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
