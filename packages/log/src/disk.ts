// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import path from "node:path";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";

const { O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/** The errno name of a system error, "" for anything else. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(errnoOf(error));
}

/**
 * A directory could not be synced. Which of the names in it are durable, and whether a later sync would tell, is not known any
 * more: whatever stands on such a name must not be acknowledged.
 */
export function isDirectorySyncFailure(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "fsync";
}

/** Write all bytes at `position`; a short write is continued, a write of nothing is an error. */
export function writeAll(
  fs: FileSystem,
  fd: number,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (left: readonly Uint8Array[], at: number): void => {
      fs.writev(fd, left, at, (error, written) => {
        if (error !== null) return reject(error);
        if (written === 0) return reject(new LogError("io", "the disk took no bytes and gave no reason"));
        const rest = dropBytes(left, written);
        return rest.length === 0 ? resolve() : step(rest, at + written);
      });
    };
    step(buffers, position);
  });
}

function dropBytes(buffers: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = written;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip === 0 ? buffer : buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}

export function fdatasync(fs: FileSystem, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Open, use and close a file; the first error counts. */
export async function withFile<T>(
  fs: FileSystem,
  file: string,
  flags: number,
  use: (fd: number) => Promise<T>,
): Promise<T> {
  const fd = await fs.open(file, flags, 0o600);
  let result: T;
  try {
    result = await use(fd);
  } catch (error) {
    await fs.close(fd).catch(() => undefined); // the first error is the cause
    throw error;
  }
  await fs.close(fd);
  return result;
}

/** Make names created, renamed or removed in a directory durable. */
export function syncDirectory(fs: FileSystem, directory: string): Promise<void> {
  return withFile(fs, directory, O_RDONLY | O_DIRECTORY, (fd) => fs.fsync(fd));
}

/**
 * Create a directory and its parents, each made durable in its parent; also one that is there, as whoever made it may have died
 * before that.
 */
export async function makeDirectory(fs: FileSystem, directory: string): Promise<void> {
  try {
    await fs.mkdir(directory);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") {
      await makeDirectory(fs, path.dirname(directory));
      return makeDirectory(fs, directory);
    }
    if (errnoOf(error) !== "EEXIST") throw error;
  }
  await syncDirectory(fs, path.dirname(directory));
}

/** The whole file, or undefined when there is none; larger than `maxBytes` is `damaged`. */
export async function readFile(fs: FileSystem, file: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await withFile(fs, file, O_RDONLY, async (fd) => {
      const { size } = await fs.stat(fd);
      if (size > maxBytes)
        throw new LogError("damaged", `${file} has ${size} bytes, at most ${maxBytes} make sense`);
      const bytes = Buffer.allocUnsafe(size);
      return bytes.subarray(0, await fs.read(fd, bytes, 0));
    });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Names in a directory; none when it does not exist. */
export async function listDirectory(fs: FileSystem, directory: string): Promise<string[]> {
  try {
    return (await fs.list(directory)).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** Remove a file that may already be gone. */
export async function removeFile(fs: FileSystem, file: string): Promise<void> {
  try {
    await fs.unlink(file);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** Put a file into place whole or not at all, as far as a crash of the process can tell; not fsynced. */
export async function replaceFile(
  fs: FileSystem,
  file: string,
  bytes: Uint8Array,
  sync = false,
): Promise<void> {
  const temporary = `${file}.tmp`;
  await withFile(fs, temporary, O_WRONLY | O_CREAT | O_TRUNC, async (fd) => {
    if (bytes.length > 0) await writeAll(fs, fd, [bytes], 0);
    if (sync) await fdatasync(fs, fd);
  });
  await fs.rename(temporary, file);
}

/** As `replaceFile`, and it survives a power cut once this has resolved. */
export async function writeDurable(fs: FileSystem, file: string, bytes: Uint8Array): Promise<void> {
  await replaceFile(fs, file, bytes, true);
  await syncDirectory(fs, path.dirname(file));
}
