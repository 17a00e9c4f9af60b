// SPDX-License-Identifier: Apache-2.0

export type OpenErrorCode =
  /** The text is no such marker. */
  | "not_a_marker"
  /** There is no key for it: erased, or another installation's. */
  | "unknown_key"
  /** The key is not the one it was encrypted under. */
  | "wrong_key"
  /** It was changed. */
  | "damaged";

/** Why a hidden value cannot be shown. Holds nothing of the value. */
export class OpenError extends Error {
  readonly code: OpenErrorCode;

  constructor(code: OpenErrorCode, message: string) {
    super(message);
    this.name = "OpenError";
    this.code = code;
  }
}

/** The bytes of a body, or an error: a text that is not the base64url of its bytes was changed. */
export function decodeBody(body: string, shortest: number): Buffer {
  const bytes = Buffer.from(body, "base64url");
  if (bytes.toString("base64url") !== body || bytes.length < shortest || bytes[0] !== 1)
    throw new OpenError("damaged", "the hidden value was changed");
  return bytes;
}
