// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { expect, it } from "vitest";
import { BufferedAccess } from "./buffered-access.js";

it("reads what is there, wherever and however much, and nothing beyond the end", async () => {
  const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 7) % 251);
  let reads = 0;
  const buffered = new BufferedAccess({
    size: bytes.length,
    read: async (offset, length) => {
      reads++;
      return bytes.subarray(offset, offset + length);
    },
  });
  for (let at = 0; at < 100_000; at += 100) await buffered.read(at, 100);
  expect(reads).toBe(1);
  const place = fc.tuple(fc.nat(800_000), fc.nat(600_000));
  await fc.assert(
    fc.asyncProperty(place, async ([offset, length]) => {
      const read = buffered.read(offset, length);
      if (offset + length > bytes.length) await expect(read).rejects.toBeInstanceOf(RangeError);
      else expect(Buffer.compare(await read, bytes.subarray(offset, offset + length))).toBe(0);
    }),
  );
});
