// SPDX-License-Identifier: Apache-2.0
import { hash } from "node:crypto";

const KEY_BYTES = 32;
const BLOCK = 64;
const DIGEST = 32;
const IPAD = 0x36;
const OPAD = 0x5c;

/**
 * HMAC-SHA-256 (RFC 2104) with keys of 32 bytes over ranges of bytes, in memory that is used again: two one-shot hashes cost
 * two thirds of an Hmac object. The key lies in that memory until the next call.
 */
export class Hmac {
  #inner = Buffer.allocUnsafeSlow(BLOCK + 4096).fill(IPAD, 0, BLOCK);
  readonly #outer = Buffer.allocUnsafeSlow(BLOCK + DIGEST).fill(OPAD, 0, BLOCK);

  /** 64 hex digits. */
  digest(key: Uint8Array, bytes: Uint8Array, from: number, to: number): string {
    const length = BLOCK + to - from;
    if (this.#inner.length < length) {
      this.#inner.fill(0);
      this.#inner = Buffer.allocUnsafeSlow(2 * length).fill(IPAD, 0, BLOCK);
    }
    const inner = this.#inner;
    const outer = this.#outer;
    for (let i = 0; i < KEY_BYTES; i++) {
      const byte = key[i]!;
      inner[i] = byte ^ IPAD;
      outer[i] = byte ^ OPAD;
    }
    inner.set(bytes.subarray(from, to), BLOCK);
    outer.write(hash("sha256", inner.subarray(0, length), "binary"), BLOCK, DIGEST, "latin1");
    return hash("sha256", outer, "hex");
  }
}
