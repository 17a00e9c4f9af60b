// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, MAX_MESSAGE_BYTES } from "./frames.js";

function read(bytes: Buffer, cuts: readonly number[] = []): string[] {
  const reader = new FrameReader();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const messages = places.slice(1).flatMap((to, i) => reader.push(bytes.subarray(places[i], to)));
  return [...messages, ...reader.end()].map((each) => each.toString());
}

describe("FrameReader", () => {
  it("reads counted messages and lines on one connection, however the bytes are cut", () => {
    const message = fc.stringMatching(/^<\d{1,3}>[ -~]{1,60}$/).map((text) => text.trimEnd());
    const framed = fc.tuple(message, fc.boolean());
    fc.assert(
      fc.property(
        fc.array(framed, { maxLength: 10 }),
        fc.array(fc.nat(2000), { maxLength: 10 }),
        (frames, cuts) => {
          const bytes = frames
            .map(([text, counted]) => (counted ? `${text.length} ${text}` : `${text}\n`))
            .join("");
          expect(read(Buffer.from(bytes), cuts)).toEqual(frames.map(([text]) => text));
        },
      ),
    );
  });
  it("counts in bytes, keeps line breaks in counted messages, and takes a rest without an end", () => {
    expect(read(Buffer.from("8 <13>ü\nx\n<13>last"))).toEqual(["<13>ü\nx", "<13>last"]);
  });
  it("cuts what is too long and goes on behind it", () => {
    const long = "x".repeat(MAX_MESSAGE_BYTES + 5000);
    for (const [bytes, next] of [
      [`${long.length} ${long}`, "9 <13>after"],
      [`<13>${long}\n`, "<13>after\n"],
    ] as const) {
      const messages = read(Buffer.from(bytes + next), [7, 3000, MAX_MESSAGE_BYTES + 2500]);
      expect(messages[0]).toHaveLength(MAX_MESSAGE_BYTES);
      expect(messages.slice(1)).toEqual(["<13>after"]);
    }
  });
  it("holds no more than a message of anything", () => {
    const reader = new FrameReader();
    for (let i = 0; i < 100; i++)
      for (const each of reader.push(Buffer.alloc(64 * 1024, 0x41)))
        expect(each.length).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(reader.end()[0]?.length ?? 0).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
    expect(read(Buffer.from("99999999999999 x\n"))).toEqual(["99999999999999 x"]);
  });
});
