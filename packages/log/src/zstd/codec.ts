// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";
import * as zlib from "node:zlib";
import { LogError } from "../error.js";
import { hashLeaves } from "../hash.js";
import { splitLines } from "../lines.js";
import type { LineBatch } from "../types.js";
import { parseFrame } from "./frame.js";

/** Compress and unpack one frame; synchronous, about 1.5 µs and 0.6 µs for a line of 480 bytes. */
export interface Codec {
  compress(raw: Uint8Array): Buffer;
  /** The frame's content; `damaged` unless it is exactly one intact frame of at most `maxBytes`. */
  decompress(frame: Buffer, maxBytes: number): Buffer;
}

interface Primitives {
  compress(raw: Uint8Array): Buffer;
  decompress(frame: Buffer, rawLength: number): Buffer;
}

interface NativeZstd {
  zstdCompressSync?: (data: Uint8Array, options: { params: Record<number, number> }) => Buffer;
  zstdDecompressSync?: (data: Uint8Array, options: { maxOutputLength: number }) => Buffer;
}

interface WasmZstd {
  isLoaded: Promise<unknown>;
  compress(data: Uint8Array, level: number): Buffer;
  decompress(data: Uint8Array, size: number): Buffer;
}

const LEVEL = 1;
const ZSTD_C_COMPRESSION_LEVEL = 100;

function nativePrimitives(): Primitives | undefined {
  const { zstdCompressSync, zstdDecompressSync } = zlib as NativeZstd;
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) return undefined;
  return {
    compress: (raw) => zstdCompressSync(raw, { params: { [ZSTD_C_COMPRESSION_LEVEL]: LEVEL } }),
    decompress: (frame, rawLength) => zstdDecompressSync(frame, { maxOutputLength: Math.max(1, rawLength) }),
  };
}

async function wasmPrimitives(): Promise<Primitives> {
  const wasm = createRequire(import.meta.url)("@foxglove/wasm-zstd") as WasmZstd;
  await wasm.isLoaded;
  return {
    compress: (raw) => wasm.compress(raw, LEVEL),
    decompress: (frame, rawLength) => wasm.decompress(frame, rawLength),
  };
}

let loading: Promise<Codec> | undefined;

async function load(): Promise<Codec> {
  const primitives = nativePrimitives() ?? (await wasmPrimitives());
  return {
    compress: (raw) => primitives.compress(raw),
    decompress: (frame, maxBytes) => {
      // Measured before it is unpacked: neither a bomb nor a hidden second frame gets any further.
      const { length, rawLength } = parseFrame(frame);
      if (length !== frame.length) throw new LogError("damaged", "bytes after the end of a zstd frame");
      if (rawLength > maxBytes) throw new LogError("damaged", "a zstd frame unpacks to more than it should");
      let raw: Buffer;
      try {
        raw = primitives.decompress(frame, rawLength);
      } catch (cause) {
        throw new LogError("damaged", "a zstd frame cannot be unpacked", { cause });
      }
      if (raw.length !== rawLength) throw new LogError("damaged", "a zstd frame unpacks to another size");
      return raw;
    },
  };
}

/** The codec of this runtime: node:zlib where it has zstd (Node >= 22.15), WebAssembly otherwise. */
export function loadCodec(): Promise<Codec> {
  loading ??= load();
  return loading;
}

/** Unpack a frame into lines; `damaged` when it does not end with a newline. */
export function unpackLines(codec: Codec, frame: Buffer, maxBytes: number): LineBatch {
  const raw = codec.decompress(frame, maxBytes);
  const lines = splitLines(raw);
  if (lines.bytes.length !== raw.length) throw new LogError("damaged", "a frame ends inside a line");
  return lines;
}

/** Unpack a frame and hash its lines: what proves a compressed segment before the plain one goes away. */
export function hashFrame(codec: Codec, frame: Buffer, maxBytes: number): Buffer {
  return hashLeaves(unpackLines(codec, frame, maxBytes));
}
