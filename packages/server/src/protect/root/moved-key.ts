// SPDX-License-Identifier: Apache-2.0
import type { KeyContext } from "./context.js";
import { type GeneratedKey, type RootKey, type RootKeyDescription, RootKeyError } from "./root-key.js";

/**
 * A root key that takes the place of another: what the one before wrapped still opens, and is wrapped by the new one at the next rotation. Then the
 * one before can be removed.
 */
export class MovedKey implements RootKey {
  readonly #current: RootKey;
  readonly #before: RootKey;

  constructor(current: RootKey, before: RootKey) {
    this.#current = current;
    this.#before = before;
  }

  generate(context: KeyContext): Promise<GeneratedKey> {
    return this.#current.generate(context);
  }

  wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    return this.#current.wrap(key, context);
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    try {
      return await this.#current.unwrap(wrapped, context);
    } catch (error) {
      if (!(error instanceof RootKeyError) || error.code !== "refused") throw error;
      try {
        return await this.#before.unwrap(wrapped, context);
      } catch {
        // What the key in use says is what a person has to mend.
        throw error;
      }
    }
  }

  /** The move itself is the new generation. */
  rotate(): Promise<RootKeyDescription> {
    return this.#current.describe();
  }

  describe(): Promise<RootKeyDescription> {
    return this.#current.describe();
  }
}
