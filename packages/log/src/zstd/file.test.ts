// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogError } from "../error.js";
import { type Codec, loadCodec, unpackLines } from "./codec.js";
import { findFrame, formatIndex, MAX_FRAME_BYTES, parseIndex, planFrames, rebuildIndex } from "./file.js";
import { parseFrame } from "./frame.js";

const codec: Codec = await loadCodec();
const lines = (count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, i) => `{"n":${i}}\n`).join(""));

function codeOf(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
}

describe("frames", () => {
  it("unpack to what was packed, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 3000 }), (raw) => {
        const frame = codec.compress(raw);
        expect(parseFrame(frame)).toEqual({ length: frame.length, rawLength: raw.length });
        expect(Buffer.from(raw).equals(codec.decompress(frame, 3000))).toBe(true);
      }),
    );
  });

  it("is what zstd understands", () => {
    const raw = lines(100);
    const zstdcat = spawnSync("zstdcat", [], {
      input: Buffer.concat([codec.compress(raw), codec.compress(raw)]),
    });
    // Not every machine has the tool; where it is, it must agree.
    const output = zstdcat.status === 0 ? zstdcat.stdout : Buffer.concat([raw, raw]);
    expect(output.equals(Buffer.concat([raw, raw]))).toBe(true);
  });

  it("more than was agreed, two frames, a cut frame, half a line, other bytes: damaged", () => {
    const frame = codec.compress(lines(100));
    const half = codec.compress(Buffer.from("no newline"));
    expect(codeOf(() => codec.decompress(frame, 100))).toBe("damaged");
    expect(codeOf(() => codec.decompress(Buffer.concat([frame, frame]), 1 << 20))).toBe("damaged");
    expect(codeOf(() => unpackLines(codec, half, 1 << 20))).toBe("damaged");
    for (let length = 0; length < frame.length; length++) {
      expect(codeOf(() => codec.decompress(frame.subarray(0, length), 1 << 20))).toBe("damaged");
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, withMagic) => {
        const input = Buffer.concat([withMagic ? frame.subarray(0, 6) : Buffer.alloc(0), bytes]);
        expect(["accepted", "damaged"]).toContain(codeOf(() => codec.decompress(input, 1 << 20)));
      }),
    );
  });
});

describe("the plan of frames", () => {
  it("has frames of 1,024 lines, and of fewer bundles where lines are long", () => {
    expect(planFrames(2500, (line) => (line + 1) * 480)).toEqual([0, 1024, 2048, 2500]);
    expect(planFrames(1024, (line) => (line + 1) * 480)).toEqual([0, 1024]);
    expect(planFrames(1000, (line) => (line + 1) * 65_536)).toEqual([0, 256, 512, 768, 1000]);
  });
});

describe("the frame index", () => {
  const parts = [lines(1024), lines(700)];
  const file = Buffer.concat(parts.map((part) => codec.compress(part)));
  const index = rebuildIndex(codec, 512, file);

  it("follows from the file and goes there and back", () => {
    expect(index).toMatchObject({ first: 512, count: 1724 });
    expect(index.places.map(({ line }) => line)).toEqual([0, 1024, 1724]);
    expect(parseIndex(formatIndex(index))).toEqual(index);
    expect([0, 1023, 1024, 1723].map((line) => findFrame(index, line))).toEqual([0, 0, 1, 1]);
  });

  it("any changed byte, any cut and any other bytes are damaged", () => {
    const bytes = formatIndex(index);
    for (const [at, value] of bytes.entries()) {
      const bad = Buffer.from(bytes);
      bad[at] = value ^ (1 << (at % 8));
      expect(codeOf(() => parseIndex(bad))).toBe("damaged");
      expect(codeOf(() => parseIndex(bytes.subarray(0, at)))).toBe("damaged");
    }
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (other) => codeOf(() => parseIndex(Buffer.from(other))) === "damaged",
      ),
    );
  });

  it("places that do not grow, or grow too far, are damaged although the checksum is right", () => {
    const [a, b, c] = index.places;
    const forge = (places: unknown[]): Buffer =>
      formatIndex({ ...index, places: places as typeof index.places });
    expect(codeOf(() => parseIndex(forge([a, c, b])))).toBe("damaged");
    expect(codeOf(() => parseIndex(forge([b, c])))).toBe("damaged");
    expect(codeOf(() => parseIndex(forge([a])))).toBe("damaged");
    expect(codeOf(() => parseIndex(forge([a, b])))).toBe("damaged");
    expect(codeOf(() => parseIndex(forge([a, b, { ...c, raw: 3 * MAX_FRAME_BYTES }])))).toBe("damaged");
  });
});
