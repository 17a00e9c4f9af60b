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

  /** `write` of a line that was sealed: the same event that comes again gets the same words, also when something in it is encrypted. */
  writeSealed(bytes: Buffer, from: number, to: number, words: Uint32Array, line: number): void {
    const stable = toStable(bytes, from, to);
    if (stable === undefined) this.write(bytes, from, to, words, line);
    else this.write(stable, 0, stable.length, words, line);
  }
}

const ENCRYPTED = Buffer.from('"how":"encrypted"');
/** What stands in markers behind the kind is new each time: id of the key, nonce, ciphertext. */
const BODIES = /\[(encrypted|sealed):([a-z][a-z0-9_]{0,31}):[\w-]{22}:[\w-]{76,}\]/g;

/**
 * The bytes of a sealed line as they are when the same event is protected again: encryption gives other bytes each time, so they
 * are left out. Undefined when there is nothing to leave out.
 */
export function toStable(bytes: Buffer, from: number, to: number): Buffer | undefined {
  const line = bytes.subarray(from, to);
  if (!line.includes(ENCRYPTED)) return undefined;
  return Buffer.from(line.toString("latin1").replace(BODIES, "[$1:$2]"), "latin1");
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
