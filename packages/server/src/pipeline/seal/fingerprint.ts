// SPDX-License-Identifier: Apache-2.0
import { hash, randomBytes } from "node:crypto";

const SEED_BYTES = 16;

/** A secret of this process, shared by its threads; see `Fingerprint`. */
export function makeFingerprintSeed(): Uint8Array {
  return new Uint8Array(randomBytes(SEED_BYTES));
}

/**
 * Tells the bytes of one event from those of another with the same id: the first 64 bits of SHA-256 over a secret seed
 * and the bytes. Without the seed nobody can make another event with the same fingerprint, which would then pass for a
 * duplicate and never be sealed; a checksum such as CRC-32 would allow just that. The seed lives as long as the process,
 * fingerprints of older events are made again from the log.
 */
export class Fingerprint {
  readonly #seed: Uint8Array;
  #room = Buffer.allocUnsafeSlow(4096);

  constructor(seed: Uint8Array) {
    this.#seed = seed;
  }

  /** Writes two words at `words[2 * line]`. */
  write(bytes: Buffer, from: number, to: number, words: Uint32Array, line: number): void {
    const length = SEED_BYTES + to - from;
    if (this.#room.length < length) this.#room = Buffer.allocUnsafeSlow(2 * length);
    this.#room.set(this.#seed);
    bytes.copy(this.#room, SEED_BYTES, from, to);
    const digest = hash("sha256", this.#room.subarray(0, length), "binary");
    words[2 * line] = wordAt(digest, 0);
    words[2 * line + 1] = wordAt(digest, 4);
  }
}

function wordAt(binary: string, at: number): number {
  return (
    (binary.charCodeAt(at) |
      (binary.charCodeAt(at + 1) << 8) |
      (binary.charCodeAt(at + 2) << 16) |
      (binary.charCodeAt(at + 3) << 24)) >>>
    0
  );
}
