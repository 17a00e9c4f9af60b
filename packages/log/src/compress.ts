// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import path from "node:path";
import { fdatasync, syncDirectory, withFile, writeAll } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import type { PlainSegment, ZstSegment } from "./segments.js";
import type { TileStore } from "./tiles.js";
import type { Compressor } from "./zstd/compressor.js";
import { formatIndex, type FrameIndex, type FramePlace, MAX_FRAME_BYTES, planFrames } from "./zstd/file.js";

const { O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } = constants;

/** Everything that compressing a segment needs. */
export interface CompressContext {
  fs: FileSystem;
  compressor: Compressor;
  tiles: TileStore;
}

async function writeFrames(context: CompressContext, plain: PlainSegment, file: string): Promise<FrameIndex> {
  const { fs, compressor } = context;
  const count = plain.ends.length;
  const starts = planFrames(count, (line) => plain.ends.at(line));
  const places: FramePlace[] = [{ line: 0, offset: 0, raw: 0 }];
  await withFile(fs, plain.path, O_RDONLY, (source) =>
    withFile(fs, file, O_RDWR | O_CREAT | O_TRUNC, async (target) => {
      let offset = 0;
      for (let i = 0; i + 1 < starts.length; i++) {
        const from = plain.ends.at((starts[i] as number) - 1);
        const line = starts[i + 1] as number;
        const raw = Buffer.allocUnsafe(plain.ends.at(line - 1) - from);
        const got = await fs.read(source, raw, from);
        if (got !== raw.length) throw new LogError("damaged", `${plain.path} is shorter than it was`);
        const frame = await compressor.compress(raw);
        await writeAll(fs, target, [frame], offset);
        offset += frame.length;
        places.push({ line, offset, raw: from + raw.length });
      }
      await fdatasync(fs, target);
    }),
  );
  return { first: plain.first, count, places };
}

/** Read the compressed file back and compare the hash of every line with the log's leaves. */
async function verifyFrames(context: CompressContext, index: FrameIndex, file: string): Promise<void> {
  const { fs, compressor, tiles } = context;
  await withFile(fs, file, O_RDONLY, async (fd) => {
    for (let i = 0; i + 1 < index.places.length; i++) {
      const place = index.places[i] as FramePlace;
      const next = index.places[i + 1] as FramePlace;
      const frame = Buffer.allocUnsafe(next.offset - place.offset);
      await fs.read(fd, frame, place.offset);
      const hashes = await compressor.hash(frame, MAX_FRAME_BYTES);
      if (hashes.length !== 32 * (next.line - place.line)) {
        throw new LogError("damaged", `${file} does not hold the lines that were compressed`);
      }
      for (let line = place.line; line < next.line; line += 256) {
        const tile = await tiles.read(0, (index.first + line) / 256);
        const at = 32 * (line - place.line);
        if (
          tile === undefined ||
          !tile.equals(hashes.subarray(at, at + tile.length)) ||
          tile.length !== 8192
        ) {
          throw new LogError(
            "damaged",
            `${file}: lines from ${index.first + line} do not have the signed hashes`,
          );
        }
      }
    }
  });
}

/**
 * Compress a closed segment: frames, index, proof by reading back, tiles made durable. The plain file stays: the
 * caller removes it when nobody needs it any more.
 */
export async function compressSegment(context: CompressContext, plain: PlainSegment): Promise<ZstSegment> {
  const { fs, tiles } = context;
  const target = `${plain.path}.zst`;
  const index = await writeFrames(context, plain, `${target}.tmp`);
  await verifyFrames(context, index, `${target}.tmp`);
  const bytes = formatIndex(index);
  await withFile(fs, `${target}.idx.tmp`, O_RDWR | O_CREAT | O_TRUNC, async (fd) => {
    await writeAll(fs, fd, [bytes], 0);
    await fdatasync(fs, fd);
  });
  await tiles.sync(plain.first, plain.first + index.count);
  // Both files are complete, durable and proven, under temporary names; the plain file is still the segment.
  // If we die here or between the two renames, the plain file is still there.
  // Recovery takes the plain file and compresses it again, which replaces whatever lies beside it.
  await fs.rename(`${target}.idx.tmp`, `${target}.idx`);
  await fs.rename(`${target}.tmp`, target);
  await syncDirectory(fs, path.dirname(target));
  const end = index.places.at(-1) as FramePlace;
  return { kind: "zst", first: plain.first, count: index.count, bytes: end.offset, path: target };
}

/** Remove the plain file of a segment whose compressed form is durable. */
export async function removePlain(fs: FileSystem, plain: PlainSegment): Promise<void> {
  // The compressed form is durable and proven, and every follower has had the plain file.
  // If we die here both are on disk, or only the compressed one.
  // Recovery treats a segment that has both as not yet compressed, and does it again.
  await fs.unlink(plain.path);
  await syncDirectory(fs, path.dirname(plain.path));
}
