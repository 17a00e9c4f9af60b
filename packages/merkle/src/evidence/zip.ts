// SPDX-License-Identifier: Apache-2.0
// A strict reader for zip (APPNOTE 6.3.10): what two programs could read in two ways is refused.
import { MerkleError } from "../error.js";
import { crc32 } from "./crc32.js";
import type { EvidenceFiles } from "./files.js";

/** A file, or what a browser was given, read at any place. */
export interface RandomAccess {
  readonly size: number;
  /** Exactly `length` bytes, or it throws. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/**
 * Raw deflate (RFC 1951). Throws when the input is damaged, ends early or goes on after its end. It gives pieces as it goes, so
 * whoever reads can stop. `most` is how long the result may be: more than that nobody reads, so it need not be unpacked.
 */
export type Inflate = (input: AsyncIterable<Uint8Array>, most: number) => AsyncIterable<Uint8Array>;

const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const CHUNK = 64 * 1024;
/** Without zip64 there cannot be more; 65,535 means zip64. */
const MAX_ENTRIES = 65_534;
const MAX_DIRECTORY = 16 * 1024 * 1024;
const MAX_NAME = 100;
/** Deflate packs at most 1,032 bytes into one (zlib's technical details). */
const MAX_RATIO = 1_032;
/** A data descriptor has 12 or 16 bytes. */
const MAX_DESCRIPTOR = 16;
const ENCRYPTED = 1;
const DESCRIPTOR = 8;
const UTF8 = 0x800;
/** Bits 1 and 2 say how hard the packer tried. */
const KNOWN_FLAGS = DESCRIPTOR | UTF8 | 2 | 4;
/** Extra fields that say when a file was written and who owned it: NTFS, and three of Info-ZIP's. */
const HARMLESS_EXTRAS: ReadonlySet<number> = new Set([0x000a, 0x5455, 0x5855, 0x7855, 0x7875]);
/** Of a file's mode on Unix: what it is. */
const FILE_TYPE = 0o170000;
/** Not said, folder, plain file. */
const PLAIN_TYPES: ReadonlySet<number> = new Set([0, 0o040000, 0o100000]);

interface Entry {
  name: string;
  flags: number;
  isDeflated: boolean;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

function bad(why: string): never {
  throw new MerkleError("bad_evidence", `not a zip that can be trusted: ${why}`);
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

interface Directory {
  count: number;
  size: number;
  offset: number;
}

function parseEnd(bytes: Uint8Array, fileSize: number): Directory {
  const at = view(bytes);
  // Only at the very end: a comment could hold a second end, for another program.
  if (at.getUint32(0, true) !== 0x06054b50) bad("it does not end as one, or has a comment");
  const [disk, startDisk] = [at.getUint16(4, true), at.getUint16(6, true)];
  const [here, count] = [at.getUint16(8, true), at.getUint16(10, true)];
  const [size, offset] = [at.getUint32(12, true), at.getUint32(16, true)];
  if (disk !== 0 || startDisk !== 0 || here !== count || at.getUint16(20, true) !== 0)
    bad("it has several parts");
  if (count > MAX_ENTRIES) bad("it has too many files");
  if (size > MAX_DIRECTORY || offset + size !== fileSize - END_BYTES)
    bad("its directory is not where it is said to be");
  return { count, size, offset };
}

/** Plain names below the bundle only: no way out, no second spelling of the same place. */
function parseName(bytes: Uint8Array): string {
  const name = String.fromCharCode(...bytes);
  if (!/^[A-Za-z0-9._/-]+$/.test(name)) bad("a file has a name that no bundle has");
  if (
    name
      .split("/")
      .some((part, i, parts) => part === "." || part === ".." || (part === "" && i < parts.length - 1))
  )
    bad("a file has a name that leads elsewhere");
  return name;
}

/** An extra field may give a file another name or another length, and some programs believe it. */
function verifyExtra(extra: Uint8Array): void {
  const at = view(extra);
  let from = 0;
  while (from + 4 <= extra.length) {
    if (!HARMLESS_EXTRAS.has(at.getUint16(from, true))) bad("a file has a second description");
    from += 4 + at.getUint16(from + 2, true);
  }
  if (from !== extra.length) bad("a description of a file is cut");
}

function parseEntry(bytes: Uint8Array, at: DataView, from: number): { entry: Entry; next: number } {
  if (from + CENTRAL_BYTES > bytes.length || at.getUint32(from, true) !== 0x02014b50)
    bad("its directory is damaged");
  const flags = at.getUint16(from + 8, true);
  const method = at.getUint16(from + 10, true);
  const nameLength = at.getUint16(from + 28, true);
  const start = from + CENTRAL_BYTES;
  const extra = start + nameLength;
  const comment = extra + at.getUint16(from + 30, true);
  const next = comment + at.getUint16(from + 32, true);
  if (nameLength === 0 || nameLength > MAX_NAME || next > bytes.length) bad("its directory is damaged");
  if ((flags & ENCRYPTED) !== 0 || (flags & ~KNOWN_FLAGS) !== 0)
    bad("a file is encrypted or of an unknown kind");
  if (method !== 0 && method !== 8) bad("a file is packed in an unknown way");
  if (at.getUint16(from + 34, true) !== 0) bad("it has several parts");
  if (!PLAIN_TYPES.has((at.getUint32(from + 38, true) >>> 16) & FILE_TYPE))
    bad("it holds a link or a device");
  verifyExtra(bytes.subarray(extra, comment));
  const entry: Entry = {
    name: parseName(bytes.subarray(start, start + nameLength)),
    flags,
    isDeflated: method === 8,
    crc: at.getUint32(from + 16, true),
    packed: at.getUint32(from + 20, true),
    size: at.getUint32(from + 24, true),
    offset: at.getUint32(from + 42, true),
  };
  if (!entry.isDeflated && entry.size !== entry.packed) bad("a file has two lengths");
  if (entry.size > entry.packed * MAX_RATIO) bad("a file is said to unpack to more than it can");
  return { entry, next };
}

/** Files must lie one after another: overlapping ones are how a small zip unpacks to a huge one. */
function verifyPlaces(entries: readonly Entry[], end: number): void {
  const ordered = [...entries].sort((a, b) => a.offset - b.offset);
  let at = 0;
  for (const [i, entry] of ordered.entries()) {
    if (entry.offset !== at && i === 0) bad("something stands before its first file");
    if (entry.offset < at) bad("its files overlap");
    const least = entry.offset + LOCAL_BYTES + entry.name.length + entry.packed;
    const next = ordered[i + 1]?.offset ?? end;
    if (least > next) bad("its files overlap");
    at = least;
  }
}

/** The files of a zip. Reads the directory only; what a file holds is checked while it is read. */
export class ZipFiles implements EvidenceFiles {
  readonly names: readonly string[];
  readonly #source: RandomAccess;
  readonly #inflate: Inflate;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #ends: ReadonlyMap<number, number>;

  private constructor(
    source: RandomAccess,
    inflate: Inflate,
    entries: ReadonlyMap<string, Entry>,
    end: number,
  ) {
    this.#source = source;
    this.#inflate = inflate;
    this.#entries = entries;
    this.names = [...entries.keys()].filter((name) => !name.endsWith("/"));
    const offsets = [...entries.values()].map(({ offset }) => offset).sort((a, b) => a - b);
    this.#ends = new Map(offsets.map((offset, i) => [offset, offsets[i + 1] ?? end]));
  }

  /** Throws `bad_evidence` for whatever is not plainly a zip of plain files. */
  static async open(source: RandomAccess, inflate: Inflate): Promise<ZipFiles> {
    if (source.size < END_BYTES) bad("it is too short");
    const end = parseEnd(await source.read(source.size - END_BYTES, END_BYTES), source.size);
    const bytes = await source.read(end.offset, end.size);
    const at = view(bytes);
    const entries = new Map<string, Entry>();
    let from = 0;
    for (let i = 0; i < end.count; i++) {
      const { entry, next } = parseEntry(bytes, at, from);
      if (entries.has(entry.name)) bad("two files have the same name");
      if (entry.name.endsWith("/") && entry.size !== 0) bad("a folder has content");
      entries.set(entry.name, entry);
      from = next;
    }
    if (from !== bytes.length) bad("its directory is damaged");
    verifyPlaces([...entries.values()], end.offset);
    return new ZipFiles(source, inflate, entries, end.offset);
  }

  /** The place of a file's bytes, where its own header agrees with the directory. */
  async #dataAt(entry: Entry): Promise<number> {
    const end = this.#ends.get(entry.offset) as number;
    const head = await this.#source.read(entry.offset, LOCAL_BYTES + entry.name.length);
    const at = view(head);
    const sameName = String.fromCharCode(...head.subarray(LOCAL_BYTES)) === entry.name;
    const isSame =
      at.getUint32(0, true) === 0x04034b50 &&
      at.getUint16(6, true) === entry.flags &&
      at.getUint16(8, true) === (entry.isDeflated ? 8 : 0) &&
      at.getUint16(26, true) === entry.name.length &&
      sameName;
    if (!isSame) bad("a file has two descriptions");
    const hasDescriptor = (entry.flags & DESCRIPTOR) !== 0;
    const fields = [at.getUint32(14, true), at.getUint32(18, true), at.getUint32(22, true)];
    const expected = [entry.crc, entry.packed, entry.size];
    const fits = fields.every((field, i) => field === expected[i] || (hasDescriptor && field === 0));
    if (!fits) bad("a file has two descriptions");
    const extra = entry.offset + LOCAL_BYTES + entry.name.length;
    const start = extra + at.getUint16(28, true);
    const spare = end - start - entry.packed;
    if (spare < 0 || spare > (hasDescriptor ? MAX_DESCRIPTOR : 0)) bad("something stands between its files");
    if (start > extra) verifyExtra(await this.#source.read(extra, start - extra));
    return start;
  }

  async *#packed(entry: Entry): AsyncGenerator<Uint8Array> {
    const start = await this.#dataAt(entry);
    for (let done = 0; done < entry.packed; ) {
      const length = Math.min(CHUNK, entry.packed - done);
      yield await this.#source.read(start + done, length);
      done += length;
    }
  }

  async *open(name: string): AsyncGenerator<Uint8Array> {
    const entry = this.#entries.get(name) ?? bad("there is no such file");
    let size = 0;
    let crc = 0;
    try {
      const pieces = entry.isDeflated ? this.#inflate(this.#packed(entry), entry.size) : this.#packed(entry);
      for await (const piece of pieces) {
        size += piece.length;
        // Before anybody keeps it: a file that says 1 kB and unpacks to more is not read on.
        if (size > entry.size) bad(`${name} is longer than it is said to be`);
        crc = crc32(piece, crc);
        yield piece;
      }
    } catch (error) {
      if (error instanceof MerkleError) throw error;
      throw new MerkleError("bad_evidence", `${name} cannot be unpacked: it is damaged`, { cause: error });
    }
    if (size !== entry.size || crc !== entry.crc) bad(`${name} is not what was packed`);
  }
}
