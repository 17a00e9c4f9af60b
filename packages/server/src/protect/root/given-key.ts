// SPDX-License-Identifier: Apache-2.0
import { KEY_BYTES } from "./cipher.js";
import type { KeyContext } from "./context.js";
import { type Generation, generateLocally, toGeneration, unwrapLocally, wrapLocally } from "./generations.js";
import { type GeneratedKey, type RootKey, type RootKeyDescription, RootKeyError } from "./root-key.js";

/** Keys as an operator writes them: each 32 bytes in base64, the newest first, with commas or spaces between. */
export function parseGivenKeys(text: string): Buffer[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  const keys = parts.map((part) => (/^[A-Za-z0-9+/]{43}=$/.test(part) ? Buffer.from(part, "base64") : null));
  const whole = keys.filter((key) => key !== null && key.length === KEY_BYTES && new Set(key).size > 8);
  return whole.length === parts.length && whole.length > 0 && whole.length <= 100
    ? (whole as Buffer[])
    : undefined;
}

/** The root key as the environment gives it. It is rotated by whoever sets the variable: the new key in front of the old ones. */
export class GivenKey implements RootKey {
  readonly #keys: readonly Generation[];
  readonly #name: string;

  constructor(keys: readonly Buffer[], name: string) {
    this.#keys = keys.map(toGeneration);
    this.#name = name;
  }

  async generate(context: KeyContext): Promise<GeneratedKey> {
    return generateLocally(this.#keys, context);
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    return wrapLocally(this.#keys, key, context);
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    return unwrapLocally(this.#keys, wrapped, context);
  }

  /** Takes the first key of the variable; refuses when that one has wrapped everything already: only its owner can set another. */
  async rotate(): Promise<RootKeyDescription> {
    if (this.#keys.length < 2) {
      throw new RootKeyError(
        "refused",
        `${this.#name} holds one key: put a new one in front of it, with a comma between, start again, and rotate then`,
      );
    }
    return this.describe();
  }

  async describe(): Promise<RootKeyDescription> {
    return {
      provider: "environment",
      name: this.#name,
      generation: this.#keys[0]?.id,
      generations: this.#keys.length,
    };
  }
}
