// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream";
import { createInflateRaw, inflateRawSync } from "node:zlib";
import { MerkleError } from "@telltale/merkle";
import {
  BufferedAccess,
  type EvidenceFiles,
  type Inflate,
  type RandomAccess,
  ZipFiles,
} from "@telltale/merkle/evidence";
import { errnoOf } from "../disk.js";

/** More files than a bundle can have: a folder that was named by mistake is not read to its end. */
const MAX_FILES = 70_000;

/** What is packed into so little is unpacked in one go: a stream for each of thousands of small files takes ten times as long. */
const SMALL_PACKED = 16 * 1024;
const SMALL_SIZE = 1024 * 1024;

function tooMuch(): never {
  throw new MerkleError("bad_evidence", "bytes after the end of a packed file");
}

function inflateSmall(packed: Uint8Array, most: number): Buffer {
  const how = { maxOutputLength: most + 1, info: true } as const;
  const { buffer, engine } = inflateRawSync(packed, how) as unknown as Unpacked;
  return engine.bytesWritten === packed.length ? buffer : tooMuch();
}

/** What node:zlib answers with `info`; its types do not know. */
interface Unpacked {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

/** Raw deflate by node:zlib, in bounded memory. */
export const nodeInflate: Inflate = async function* (input, most) {
  if (most > SMALL_SIZE) {
    yield* inflateStream(input);
    return;
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  const rest = input[Symbol.asyncIterator]();
  for (let next = await rest.next(); ; next = await rest.next()) {
    if (next.done === true) {
      yield inflateSmall(Buffer.concat(pieces), most);
      return;
    }
    pieces.push(next.value);
    size += next.value.length;
    if (size > SMALL_PACKED) break;
  }
  yield* inflateStream(joined(pieces, { [Symbol.asyncIterator]: () => rest }));
};

async function* joined(
  first: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

async function* inflateStream(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  let given = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of input) {
      given += piece.length;
      yield piece;
    }
  }
  // The callback is for errors after the last piece; those before it are thrown by the loop.
  yield* pipeline(counted, inflate, () => undefined) as AsyncIterable<Buffer>;
  // zlib stops at the end of the data and does not mind what follows.
  if (inflate.bytesWritten !== given) tooMuch();
}

class FileAccess implements RandomAccess {
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.#handle.read(bytes, 0, length, offset);
    if (bytesRead !== length) throw new MerkleError("bad_evidence", "the file ends early");
    return bytes;
  }
}

/** A bundle that was unpacked. */
class DirectoryFiles implements EvidenceFiles {
  readonly names: readonly string[];
  readonly #root: string;
  readonly #known: ReadonlySet<string>;

  private constructor(root: string, names: readonly string[]) {
    this.#root = root;
    this.names = names;
    this.#known = new Set(names);
  }

  static async open(root: string): Promise<DirectoryFiles> {
    const names: string[] = [];
    for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
      if (entry.isDirectory()) continue;
      const relative = path.relative(root, path.join(entry.parentPath, entry.name));
      // A link would have another file stand for the bundle's.
      if (!entry.isFile()) throw new MerkleError("bad_evidence", `${relative} is no plain file`);
      if (names.push(relative.split(path.sep).join("/")) > MAX_FILES)
        throw new MerkleError("bad_evidence", "the folder holds more files than a bundle can");
    }
    return new DirectoryFiles(root, names.sort());
  }

  async *open(name: string): AsyncGenerator<Uint8Array> {
    // Only names that were found: nothing that a bundle says becomes a path.
    if (!this.#known.has(name)) throw new MerkleError("bad_evidence", `${name} is missing`);
    for await (const piece of createReadStream(path.join(this.#root, name))) yield piece as Buffer;
  }
}

/** An open bundle; close it when it has been read. */
export interface OpenEvidence {
  files: EvidenceFiles;
  readonly close: () => Promise<void>;
}

/** Whether a path is what `openEvidence` takes: a zip, or a folder with the files of a bundle. */
export async function isEvidence(place: string): Promise<boolean> {
  try {
    const found = await stat(place);
    if (found.isFile()) return true;
    const names = new Set(await readdir(place));
    return names.has("events.ndjson") || names.has("manifest.json") || names.has("proofs");
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return false;
  }
}

/** Open a bundle, zip or folder. MerkleError `bad_evidence` for what cannot be one; errors of the operating system pass through. */
export async function openEvidence(place: string): Promise<OpenEvidence> {
  if ((await stat(place)).isDirectory()) {
    return { files: await DirectoryFiles.open(place), close: async () => undefined };
  }
  const handle = await open(place, "r");
  try {
    const { size } = await handle.stat();
    const files = await ZipFiles.open(new BufferedAccess(new FileAccess(handle, size)), nodeInflate);
    return { files, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
