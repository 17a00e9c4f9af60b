// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { withFile } from "./disk.js";
import type { FileSystem } from "./fs.js";
import { splitLines } from "./lines.js";
import type { LineBatch } from "./types.js";
import type { Codec } from "./zstd/codec.js";
import { unpackLines } from "./zstd/codec.js";
import { parseFrame } from "./zstd/frame.js";
import { MAX_FRAME_BYTES } from "./zstd/file.js";

const CHUNK = 1024 * 1024;

/** Complete lines in the order of the file; each batch's bytes belong to the receiver until it returns. */
export type OnLines = (lines: LineBatch) => Promise<void> | void;

/** Read a plain segment in pieces of about 1 MB. Returns the number of bytes after the last newline. */
export function scanPlain(fs: FileSystem, file: string, onLines: OnLines): Promise<number> {
  return withFile(fs, file, constants.O_RDONLY, async (fd) => {
    let rest = Buffer.alloc(0);
    for (let position = 0; ; ) {
      const chunk = Buffer.allocUnsafe(rest.length + CHUNK);
      rest.copy(chunk);
      const got = await fs.read(fd, chunk.subarray(rest.length), position);
      if (got === 0) return rest.length;
      position += got;
      const bytes = chunk.subarray(0, rest.length + got);
      const lines = splitLines(bytes);
      rest = bytes.subarray(lines.bytes.length);
      if (lines.count > 0) await onLines(lines);
    }
  });
}

/**
 * Read a compressed segment frame by frame, by the frames' own headers: no index is believed.
 * `onFrame` gets where each frame lies. Throws `damaged` at the first byte that is not part of a good frame.
 */
export function scanZst(
  fs: FileSystem,
  codec: Codec,
  file: string,
  onLines: OnLines,
  onFrame?: (offset: number, length: number, raw: number) => void,
): Promise<void> {
  return withFile(fs, file, constants.O_RDONLY, async (fd) => {
    const { size } = await fs.stat(fd);
    let window = Buffer.allocUnsafe(Math.min(size, CHUNK));
    for (let position = 0; position < size; ) {
      const fill = async (): Promise<Buffer> => window.subarray(0, await fs.read(fd, window, position));
      let have = await fill();
      let frame = measure(have);
      if (frame === undefined && have.length < size - position) {
        window = Buffer.allocUnsafe(Math.min(size - position, 2 * MAX_FRAME_BYTES));
        have = await fill();
        frame = measure(have);
      }
      const { length, rawLength } = frame ?? parseFrame(have);
      const lines = unpackLines(codec, have.subarray(0, length), MAX_FRAME_BYTES);
      onFrame?.(position, length, rawLength);
      await onLines(lines);
      position += length;
    }
  });
}

/** The frame at the start of the window, or undefined when it may only have been cut. */
function measure(window: Buffer): ReturnType<typeof parseFrame> | undefined {
  try {
    return parseFrame(window);
  } catch {
    return undefined; // the caller measures again with more bytes, and then it throws
  }
}
