// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CliFailure, systemCode } from "../failure.js";
import type { CliIo } from "../io.js";

/** A file that is read from front to end. */
export interface OpenFile {
  name: string;
  chunks: AsyncIterable<Buffer>;
  /** Bytes on disk; undefined for a pipe. */
  size: number | undefined;
  /** How many of them have been read. */
  read(): number;
}

const PEEK_BYTES = 64 * 1024;

/** Turns a system error of reading into one sentence. */
export function toReadFailure(file: string, error: unknown): CliFailure {
  const code = systemCode(error);
  const options = { cause: error };
  if (code === "ENOENT") return new CliFailure("noInput", `there is no file ${file}`, undefined, options);
  if (code === "EISDIR") return new CliFailure("noInput", `${file} is a directory`, "Name one file", options);
  if (code === "EACCES")
    return new CliFailure("noInput", `${file} may not be read by this user`, undefined, options);
  if (code?.startsWith("Z_") === true)
    return new CliFailure("noInput", `${file} is not whole gzip data`, undefined, options);
  return new CliFailure("noInput", `${file} cannot be read: ${(error as Error).message}`, undefined, options);
}

/** Ends early, without an error, when `signal` fires; a silent pipe cannot hold the command. */
async function* readChunks(stream: Readable, name: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const stop = (): void => {
    stream.destroy();
  };
  signal.addEventListener("abort", stop);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    }
  } catch (error) {
    if (!signal.aborted) throw toReadFailure(name, error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Opens a file, a gzip file (by its name), or stdin for `-`. Throws CliFailure `noInput`. */
export async function openFile(file: string, io: CliIo): Promise<OpenFile> {
  if (file === "-") {
    return {
      name: "stdin",
      chunks: readChunks(io.stdin, "stdin", io.signal),
      size: undefined,
      read: () => 0,
    };
  }
  let size: number | undefined;
  try {
    const info = await stat(file);
    if (info.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    size = info.isFile() ? info.size : undefined;
    // Asked before the work begins, not after a request was made.
    await (await open(file)).close();
  } catch (error) {
    throw toReadFailure(file, error);
  }
  const raw = createReadStream(file, { highWaterMark: 256 * 1024 });
  const stream = file.endsWith(".gz") ? unpack(raw) : raw;
  return { name: file, chunks: readChunks(stream, file, io.signal), size, read: () => raw.bytesRead };
}

function unpack(raw: Readable): Readable {
  const gunzip = createGunzip();
  raw.on("error", (error) => gunzip.destroy(error));
  return raw.pipe(gunzip);
}

function toLines(bytes: Buffer): string[] {
  return bytes
    .toString("utf8")
    .split(/\r?\n/)
    .filter((each) => each !== "");
}

/** First and last line of a plain file, for formats whose lines do not say the year. Undefined where unknown. */
export async function peekEnds(file: string): Promise<{ first: string; last: string } | undefined> {
  if (file === "-" || file.endsWith(".gz")) return undefined;
  const handle = await open(file);
  try {
    const info = await handle.stat();
    if (!info.isFile() || info.size === 0) return undefined;
    const size = Math.min(PEEK_BYTES, info.size);
    const head = await handle.read(Buffer.alloc(size), 0, size, 0);
    const tail = await handle.read(Buffer.alloc(size), 0, size, info.size - size);
    const first = toLines(head.buffer.subarray(0, head.bytesRead)).at(0);
    const last = toLines(tail.buffer.subarray(0, tail.bytesRead)).at(-1);
    return first === undefined || last === undefined ? undefined : { first, last };
  } finally {
    await handle.close();
  }
}
