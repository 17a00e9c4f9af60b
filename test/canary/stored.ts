// SPDX-License-Identifier: Apache-2.0
// Everything that a directory holds, also what lies compressed in its files.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";

/** Bytes and where they come from. */
export interface Stored {
  readonly from: string;
  readonly bytes: Buffer;
}

interface Zstd {
  isLoaded: Promise<unknown>;
  decompress(data: Uint8Array, size: number): Buffer;
}

const zstd = createRequire(path.join(import.meta.dirname, "../../packages/log/package.json"))(
  "@foxglove/wasm-zstd",
) as Zstd;

const MOST_UNPACKED = 64 * 2 ** 20;
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);
/** PKWARE APPNOTE 4.3.7: the header in front of each file of a zip. */
const ZIP_MAGIC = Buffer.from([0x50, 0x4b, 0x03, 0x04]);

/** The files under a directory; those that are gone when they are read were temporary. */
export function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(dir, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}

/** What the files of a directory hold: their bytes, and once more unpacked. `skip`: names of folders that are not read. */
export async function readStored(dir: string, skip: readonly string[] = []): Promise<Stored[]> {
  await zstd.isLoaded;
  const stored: Stored[] = [];
  for (const file of filesIn(dir)) {
    const name = path.relative(dir, file);
    if (skip.includes(name.split(path.sep)[0] ?? "")) continue;
    const bytes = readFileSync(file);
    stored.push({ from: name, bytes }, { from: `${name} (its name)`, bytes: Buffer.from(`${name}\n`) });
    stored.push(...unpack(name, bytes));
    if (name.endsWith(".parquet")) stored.push(await readParquet(name, file));
  }
  return stored;
}

/** Everything in some bytes that is packed and can be unpacked. */
export function unpack(name: string, bytes: Buffer): Stored[] {
  return [
    ...piecesAt(bytes, ZSTD_MAGIC, (at) => zstd.decompress(bytes.subarray(at), MOST_UNPACKED)),
    ...piecesAt(bytes, GZIP_MAGIC, (at) =>
      gunzipSync(bytes.subarray(at), { maxOutputLength: MOST_UNPACKED }),
    ),
    ...piecesAt(bytes, ZIP_MAGIC, (at) => inflateEntry(bytes, at)),
  ].map((unpacked) => ({ from: `${name} (unpacked)`, bytes: unpacked }));
}

function* piecesAt(bytes: Buffer, magic: Buffer, open: (at: number) => Buffer): Generator<Buffer> {
  for (let at = bytes.indexOf(magic); at !== -1; at = bytes.indexOf(magic, at + 1)) {
    let piece: Buffer | undefined;
    try {
      piece = open(at);
    } catch {
      // The same four bytes by chance: nothing is packed here.
    }
    if (piece !== undefined) yield piece;
  }
}

function inflateEntry(bytes: Buffer, at: number): Buffer {
  const from = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  // Method 0 is stored: its bytes were read with the file's.
  if (bytes.readUInt16LE(at + 8) !== 8) return Buffer.alloc(0);
  return inflateRawSync(bytes.subarray(from), { maxOutputLength: MOST_UNPACKED });
}

async function readParquet(name: string, file: string): Promise<Stored> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const quoted = `'${file.replaceAll("'", "''")}'`;
    const reader = await connection.runAndReadAll(
      `SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet(${quoted}) t`,
    );
    const rows = reader.getRows().map(([row]) => String(row));
    return { from: `${name} (rows)`, bytes: Buffer.from(rows.join("\n")) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
