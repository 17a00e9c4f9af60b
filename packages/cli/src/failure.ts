// SPDX-License-Identifier: Apache-2.0
import type { ExitName } from "./exit-codes.js";

export interface CliFailureOptions extends ErrorOptions {
  /** Lines that are shown under the message, one each. */
  detail?: readonly string[];
  /** Where in the query it is, in UTF-16 units. */
  position?: number;
}

/** A command could not do its work. `message` says what is wrong, `hint` what to do; neither holds a secret. */
export class CliFailure extends Error {
  readonly code: ExitName;
  readonly hint: string | undefined;
  readonly detail: readonly string[];
  readonly position: number | undefined;
  constructor(code: ExitName, message: string, hint?: string, options: CliFailureOptions = {}) {
    super(message, options);
    this.name = "CliFailure";
    this.code = code;
    this.hint = hint;
    this.detail = options.detail ?? [];
    this.position = options.position;
  }
}

/** The code of a system error, for example ENOENT; undefined for others. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
