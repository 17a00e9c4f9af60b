// SPDX-License-Identifier: Apache-2.0
import { inflateRawSync } from "node:zlib";
import { CliFailure } from "../failure.js";

/** SigmaHQ has some 4,000 rules, its repository some 12,000 files. */
const MAX_ENTRIES = 60_000;
const MAX_NAME = 512;
const MAX_ENTRY_BYTES = 1024 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
/** YAML packs about five to one. A hundred to one is a bomb. */
const MAX_RATIO = 100;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
/** A comment behind the directory: GitHub puts the commit there. */
const MAX_COMMENT = 65_535;

export interface ZipFile {
  readonly name: string;
  readonly text: string;
}

function bad(why: string): never {
  throw new CliFailure("failed", `the zip is not taken: ${why}`);
}

/**
 * Reads the files of a zip whose names `wants` asks for. Nothing is written anywhere; a name never becomes a path. Throws CliFailure for a
 * damaged zip, for names that lead out of a folder, and for more files, bytes or compression than rules can need.
 */
export function readZip(bytes: Buffer, wants: (name: string) => boolean): ZipFile[] {
  const { count, offset } = findDirectory(bytes);
  const files: ZipFile[] = [];
  let at = offset;
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) bad("its directory is damaged");
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    verifyName(name, nameLength);
    if (!name.endsWith("/") && wants(name)) {
      const text = readEntry(bytes, at, name);
      total += text.length;
      if (total > MAX_TOTAL_BYTES) bad(`its rules are larger than ${MAX_TOTAL_BYTES} bytes together`);
      files.push({ name, text: text.toString("utf8") });
    }
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return files;
}

function findDirectory(bytes: Buffer): { count: number; offset: number } {
  const least = Math.max(0, bytes.length - END_BYTES - MAX_COMMENT);
  for (let at = bytes.length - END_BYTES; at >= least; at--) {
    if (bytes.readUInt32LE(at) !== END) continue;
    const count = bytes.readUInt16LE(at + 10);
    const offset = bytes.readUInt32LE(at + 16);
    if (count > MAX_ENTRIES) bad(`it has more than ${MAX_ENTRIES} files`);
    if (offset > at) bad("its directory is damaged");
    return { count, offset };
  }
  return bad("it is no zip");
}

function verifyName(name: string, length: number): void {
  if (length > MAX_NAME) bad(`a name has more than ${MAX_NAME} bytes`);
  if (name.includes("\0") || name.includes("\\") || name.startsWith("/") || name.split("/").includes(".."))
    bad(`the name ${JSON.stringify(name)} leads out of a folder`);
}

function readEntry(bytes: Buffer, at: number, name: string): Buffer {
  const method = bytes.readUInt16LE(at + 10);
  const packed = bytes.readUInt32LE(at + 20);
  const size = bytes.readUInt32LE(at + 24);
  const local = bytes.readUInt32LE(at + 42);
  if ((bytes.readUInt16LE(at + 8) & 1) !== 0) bad(`${name} is encrypted`);
  if (size > MAX_ENTRY_BYTES) bad(`${name} has more than ${MAX_ENTRY_BYTES} bytes`);
  if (size > packed * MAX_RATIO + 1024) bad(`${name} unpacks to more than ${MAX_RATIO} times its size`);
  if (local + 30 > bytes.length) bad("its directory is damaged");
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (start + packed > bytes.length) bad(`${name} ends early`);
  const raw = bytes.subarray(start, start + packed);
  if (method === 0) return raw;
  if (method !== 8) bad(`${name} is packed in a way that is not known`);
  try {
    // What the directory says is not believed: no more is unpacked than it may be.
    return inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
  } catch {
    return bad(`${name} is damaged or larger than it says`);
  }
}
