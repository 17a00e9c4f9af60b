// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fingerprint, makeFingerprintSeed } from "./fingerprint.js";

function print(fingerprint: Fingerprint, bytes: Uint8Array, before = 0, after = 0): string {
  const words = new Uint32Array(6);
  const around = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(after, 2)]);
  fingerprint.write(around, before, before + bytes.length, words, 1);
  expect([words[0], words[1], words[4], words[5]]).toEqual([0, 0, 0, 0]);
  return `${words[2]} ${words[3]}`;
}

describe("Fingerprint", () => {
  it("depends on all bytes between its bounds and on nothing else", () => {
    const fingerprint = new Fingerprint(makeFingerprintSeed());
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 9000 }),
        fc.nat(),
        fc.nat(20),
        fc.nat(20),
        (bytes, at, before, after) => {
          const one = print(fingerprint, bytes);
          expect(print(fingerprint, bytes, before, after)).toBe(one);
          const other = Uint8Array.from(bytes);
          other[at % other.length]! ^= 1;
          expect(print(fingerprint, other)).not.toBe(one);
        },
      ),
    );
  });
  it("cannot be foretold without the seed, and is the same in every thread that has it", () => {
    const bytes = Buffer.from('"action":"x"}');
    const seed = makeFingerprintSeed();
    expect(print(new Fingerprint(seed), bytes)).toBe(print(new Fingerprint(Uint8Array.from(seed)), bytes));
    expect(print(new Fingerprint(seed), bytes)).not.toBe(
      print(new Fingerprint(makeFingerprintSeed()), bytes),
    );
  });
});
