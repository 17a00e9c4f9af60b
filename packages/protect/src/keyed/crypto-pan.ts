// SPDX-License-Identifier: Apache-2.0
import { createCipheriv } from "node:crypto";

const BLOCK = 16;
const KEY_BYTES = 32;

/**
 * Crypto-PAn (Fan, Xu, Ammar, Moon: "Prefix-preserving IP address anonymization", 2004): two addresses that share exactly their
 * first k bits become two that share exactly their first k bits. Bit i is flipped by the first bit of AES-128 over the i bits before it,
 * filled up with the pad.
 *
 * What it gives away is what it is for: which addresses are of one network. Who knows the real address behind one knows the
 * network of its neighbours.
 */
export class CryptoPan {
  readonly #cipher: ReturnType<typeof createCipheriv>;
  readonly #pad: Buffer;
  readonly #blocks = Buffer.alloc(128 * BLOCK);

  /** `key` is 32 bytes: the AES key, and what makes the pad. */
  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES)
      throw new RangeError(`expected a key of ${KEY_BYTES} bytes, got ${key.length}`);
    this.#cipher = createCipheriv("aes-128-ecb", key.subarray(0, BLOCK), null).setAutoPadding(false);
    this.#pad = this.#cipher.update(key.subarray(BLOCK));
  }

  /** The stand-in of an address of 4 or 16 bytes. */
  anonymize(address: Uint8Array): Uint8Array {
    const bits = address.length * 8;
    const blocks = this.#blocks.subarray(0, bits * BLOCK);
    // No block depends on the result of another, so one call encrypts all.
    for (let bit = 0; bit < bits; bit++) {
      const at = bit * BLOCK;
      this.#pad.copy(blocks, at);
      const whole = bit >> 3;
      for (let i = 0; i < whole; i++) blocks[at + i] = address[i]!;
      const mask = 0xff00 >> (bit & 7);
      blocks[at + whole] = (address[whole]! & mask) | (this.#pad[whole]! & ~mask & 0xff);
    }
    const encrypted = this.#cipher.update(blocks);
    const result = Uint8Array.from(address);
    for (let bit = 0; bit < bits; bit++)
      result[bit >> 3]! ^= (encrypted[bit * BLOCK]! >> 7) << (7 - (bit & 7));
    return result;
  }
}
