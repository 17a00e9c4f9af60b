// SPDX-License-Identifier: Apache-2.0
// A zip as everybody's tools read it (APPNOTE 6.3.10), without zip64: no times, no owners, so the same files give the same bytes.
import { pipeline } from "node:stream";
import { createDeflateRaw, deflateRawSync } from "node:zlib";
import { crc32 } from "@telltale/merkle/evidence";
import { LogError } from "../error.js";

const VERSION = 20;
/** Unix, so that the permissions below mean something. */
const MADE_BY = 0x0300 | VERSION;
const PERMISSIONS = 0o100644 * 0x10000;
const DEFLATE = 8;
const DESCRIPTOR_FLAG = 8;
/** 1 January 1980, the first day that zip knows. */
const DATE = 0x21;
const LEVEL = 6;
const MAX_OFFSET = 0xffff_fffe;
const MAX_FILES = 65_534;

interface Written {
  name: Buffer;
  flags: number;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

function header(signature: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32LE(signature, 0);
  return bytes;
}

/** What the local and the central header have in common, from the version on. */
function writeFacts(bytes: Buffer, at: number, { name, flags, crc, packed, size }: Written): void {
  bytes.writeUInt16LE(VERSION, at);
  bytes.writeUInt16LE(flags, at + 2);
  bytes.writeUInt16LE(DEFLATE, at + 4);
  bytes.writeUInt16LE(0, at + 6);
  bytes.writeUInt16LE(DATE, at + 8);
  bytes.writeUInt32LE(crc, at + 10);
  bytes.writeUInt32LE(packed, at + 14);
  bytes.writeUInt32LE(size, at + 18);
  bytes.writeUInt16LE(name.length, at + 22);
}

/** Writes a zip piece by piece. Each method gives the next bytes of it; nothing but the directory is kept. */
export class ZipWriter {
  readonly #files: Written[] = [];
  #offset = 0;

  #begin(name: string, flags: number): Written {
    if (this.#files.length >= MAX_FILES) throw new LogError("bad_range", "too many files for one zip");
    return { name: Buffer.from(name), flags, crc: 0, packed: 0, size: 0, offset: this.#offset };
  }

  #took(length: number): void {
    this.#offset += length;
    if (this.#offset > MAX_OFFSET)
      throw new LogError("bad_range", "the bundle would exceed 4 GiB: ask for fewer events");
  }

  #local(file: Written): Buffer {
    const bytes = header(0x04034b50, 30);
    writeFacts(bytes, 4, file);
    return Buffer.concat([bytes, file.name]);
  }

  /** A whole small file. */
  file(name: string, content: Uint8Array): Buffer {
    const packed = deflateRawSync(content, { level: LEVEL });
    const facts = { crc: crc32(content), packed: packed.length, size: content.length };
    const file: Written = { ...this.#begin(name, 0), ...facts };
    const bytes = Buffer.concat([this.#local(file), packed]);
    this.#took(bytes.length);
    this.#files.push(file);
    return bytes;
  }

  /** A file of any length: its length stands behind it. */
  async *stream(name: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    const file = this.#begin(name, DESCRIPTOR_FLAG);
    const local = this.#local(file);
    this.#took(local.length);
    yield local;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of content) {
        file.crc = crc32(piece, file.crc);
        file.size += piece.length;
        yield piece;
      }
    }
    const deflate = createDeflateRaw({ level: LEVEL });
    let failure: Error | undefined;
    const packed = pipeline(counted, deflate, (error) => {
      failure = error ?? undefined;
    });
    for await (const piece of packed as AsyncIterable<Buffer>) {
      file.packed += piece.length;
      this.#took(piece.length);
      yield piece;
    }
    if (failure !== undefined) throw failure;
    const descriptor = header(0x08074b50, 16);
    descriptor.writeUInt32LE(file.crc, 4);
    descriptor.writeUInt32LE(file.packed, 8);
    descriptor.writeUInt32LE(file.size, 12);
    this.#took(descriptor.length);
    this.#files.push(file);
    yield descriptor;
  }

  /** The directory, which ends the zip. */
  end(): Buffer {
    const start = this.#offset;
    const parts = this.#files.map((file) => {
      const bytes = header(0x02014b50, 46);
      bytes.writeUInt16LE(MADE_BY, 4);
      writeFacts(bytes, 6, file);
      bytes.writeUInt32LE(PERMISSIONS, 38);
      bytes.writeUInt32LE(file.offset, 42);
      return Buffer.concat([bytes, file.name]);
    });
    const directory = Buffer.concat(parts);
    const end = header(0x06054b50, 22);
    end.writeUInt16LE(this.#files.length, 8);
    end.writeUInt16LE(this.#files.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(start, 16);
    return Buffer.concat([directory, end]);
  }
}
