// SPDX-License-Identifier: Apache-2.0

export type ConfigErrorCode =
  | "bad_value"
  | "bad_secret"
  | "bad_tls"
  | "tls_incomplete"
  | "unreadable_file"
  | "insecure_listen";

/** Why the server does not start. The message is for the operator: it names the setting and what to do. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  constructor(code: ConfigErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ConfigError";
    this.code = code;
  }
}
