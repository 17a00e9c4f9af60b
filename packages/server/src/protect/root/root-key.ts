// SPDX-License-Identifier: Apache-2.0
import type { KeyContext } from "./context.js";

/** `unavailable`: ask again later. `refused`: a person has to change something. `damaged`: it does not open. */
export type RootKeyErrorCode = "unavailable" | "refused" | "damaged";

/** Why the root key could not be used. The message is for the operator and holds no key. */
export class RootKeyError extends Error {
  readonly code: RootKeyErrorCode;
  constructor(code: RootKeyErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RootKeyError";
    this.code = code;
  }
}

export interface RootKeyDescription {
  readonly provider: "file" | "environment" | "aws-kms" | "vault-transit";
  /** Which key: a path, a variable, an ARN, an address. Never the key. */
  readonly name: string;
  /** Names the generation that wraps from now on, where the provider tells. */
  readonly generation: string | undefined;
  /** How many generations can still unwrap, where the provider tells. */
  readonly generations: number | undefined;
}

/** A new key and its wrapped form. */
export interface GeneratedKey {
  readonly key: Buffer;
  readonly wrapped: string;
}

/**
 * The key above all others. It wraps a handful of wrapping keys and nothing else, so a KMS is asked at the start and at a rotation, not for
 * each event. All methods reject with RootKeyError.
 *
 * - `wrap` and `unwrap` authenticate the context: what was wrapped for one does not open for another.
 * - What an older generation wrapped opens until that generation is dropped by whoever owns the key.
 */
export interface RootKey {
  /** A new random key of 32 bytes, wrapped; where there is a KMS it makes the key. */
  generate(context: KeyContext): Promise<GeneratedKey>;
  wrap(key: Uint8Array, context: KeyContext): Promise<string>;
  unwrap(wrapped: string, context: KeyContext): Promise<Buffer>;
  /** Begins a new generation for what is wrapped from now on. */
  rotate(): Promise<RootKeyDescription>;
  describe(): Promise<RootKeyDescription>;
}
