// SPDX-License-Identifier: Apache-2.0
import { inspect } from "node:util";

const BYTES = 32;

/**
 * The SHA-256 of a key's secret, from which every chain of that key begins. Whoever has it can forge chains, so it shows
 * itself to nobody but the one who asks, like the secrets of the configuration.
 */
export class ChainKey {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    if (bytes.length !== BYTES) throw new Error("the hash of a key has 32 bytes");
    this.#bytes = bytes;
  }

  /** From the form in which the state keeps it. */
  static fromHex(hash: string): ChainKey {
    // Memory of its own: it goes to other threads, and a Buffer of the pool would take its neighbours along.
    return new ChainKey(Uint8Array.from(Buffer.from(hash, "hex")));
  }

  static fromBytes(bytes: Uint8Array): ChainKey {
    return new ChainKey(bytes);
  }

  /** 32 bytes; not to be changed. */
  reveal(): Uint8Array {
    return this.#bytes;
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [inspect.custom](): string {
    return "[secret]";
  }
}
