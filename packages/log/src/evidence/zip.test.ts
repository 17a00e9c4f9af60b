// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { crc32 } from "@telltale/merkle/evidence";
import { collect, openZip } from "../../test/evidence-bundle.js";
import { ZipWriter } from "./zip-writer.js";

const FILES: readonly [string, Buffer][] = [
  ["README.md", Buffer.from("hello\n")],
  ["policy", Buffer.alloc(0)],
  ["events.ndjson", Buffer.from('{"n":1}\n'.repeat(20_000))],
  [
    "proofs/00000000000000000001.tlog-proof",
    Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 31) % 256)),
  ],
];

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000);
}

async function write(files = FILES): Promise<Buffer> {
  const zip = new ZipWriter();
  const parts: Buffer[] = [];
  for (const [name, bytes] of files) {
    if (name === "events.ndjson") parts.push(await collect(zip.stream(name, once(bytes))));
    else parts.push(zip.file(name, bytes));
  }
  return Buffer.concat([...parts, zip.end()]);
}

/** All that is in it, read to the end. */
async function readAll(bytes: Uint8Array): Promise<[string, Buffer][]> {
  const zip = await openZip(bytes);
  const out: [string, Buffer][] = [];
  for (const name of zip.names) out.push([name, await collect(zip.open(name))]);
  return out;
}

let zip: Buffer;
beforeAll(async () => {
  zip = await write();
});

describe("a zip", () => {
  it("goes there and back, small files and a long one", async () => {
    expect(await readAll(zip)).toEqual(FILES.map(([name, bytes]) => [name, bytes]));
    expect(await readAll(await write([]))).toEqual([]);
  });

  it("is read by other programs, and theirs by us: packed or not, with folders", async () => {
    const dir = tempDir("zip", true);
    const file = path.join(dir.path, "ours.zip");
    writeFileSync(file, zip);
    const folder = path.join(dir.path, "out");
    mkdirSync(folder);
    execFileSync("python3", ["-m", "zipfile", "-e", file, folder]);
    for (const [name, bytes] of FILES) expect(readFileSync(path.join(folder, name)).equals(bytes)).toBe(true);
    for (const method of ["ZIP_STORED", "ZIP_DEFLATED"]) {
      const theirs = path.join(dir.path, `${method}.zip`);
      const script = `import sys, os, zipfile
z = zipfile.ZipFile(sys.argv[1], "w", zipfile.${method})
os.chdir(sys.argv[2])
for root, dirs, files in os.walk("."):
    for name in sorted(dirs + files): z.write(os.path.normpath(os.path.join(root, name)))
z.close()`;
      execFileSync("python3", ["-c", script, theirs, folder]);
      const read = await readAll(readFileSync(theirs));
      expect(new Map(read)).toEqual(new Map(FILES.map(([name, bytes]) => [name, bytes])));
    }
    dir.dispose();
  });
});

describe("hostile zips", () => {
  const refused = { code: "bad_evidence" };

  it("of any bytes are refused, never anything else", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, hasEnd) => {
        const end = zip.subarray(zip.length - 22);
        await expect(readAll(hasEnd ? Buffer.concat([bytes, end]) : bytes)).rejects.toMatchObject(refused);
      }),
      { numRuns: 400 },
    );
  });

  it("that were cut anywhere, or had something added anywhere, are refused", async () => {
    for (let at = 0; at < zip.length; at += 11) {
      await expect(readAll(zip.subarray(0, at))).rejects.toMatchObject(refused);
      const more = Buffer.concat([zip.subarray(0, at), Buffer.from("x"), zip.subarray(at)]);
      await expect(readAll(more), `at ${at}`).rejects.toMatchObject(refused);
    }
    await expect(readAll(Buffer.concat([zip, Buffer.from("x")]))).rejects.toMatchObject(refused);
  });

  it("with several bytes changed are refused, or the same files", async () => {
    const change = fc.array(fc.tuple(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const bytes = Buffer.from(zip);
        for (const [at, mask] of changes) bytes[at] = (bytes[at] as number) ^ mask;
        const read = await readAll(bytes).catch((error: unknown) => error);
        // Not by toEqual, which takes its time with so many bytes.
        if (Array.isArray(read))
          expect(
            read.map(([, content]: [string, Buffer], i) => content.equals((FILES[i] as [string, Buffer])[1])),
          ).not.toContain(false);
        else expect(read).toMatchObject(refused);
      }),
      { numRuns: 600 },
    );
  });

  it("whose files overlap, so that little unpacks to very much, are refused", async () => {
    const inner = await write([["policy", Buffer.alloc(900_000)]]);
    // The directory names one file's place twice, under two names of the same length.
    const end = inner.length - 22;
    const at = inner.readUInt32LE(end + 16);
    const entry = inner.subarray(at, end);
    const second = Buffer.from(entry);
    second.write("policz", 46);
    const tail = Buffer.from(inner.subarray(end));
    tail.writeUInt16LE(2, 8);
    tail.writeUInt16LE(2, 10);
    tail.writeUInt32LE(2 * entry.length, 12);
    await expect(readAll(Buffer.concat([inner.subarray(0, end), second, tail]))).rejects.toMatchObject(
      refused,
    );
  });

  it("that say a file is small are not unpacked further than that", async () => {
    const big = await write([["policy", Buffer.alloc(5_000_000)]]);
    for (const size of [10, 4_999_999, 5_000_001]) {
      const lying = Buffer.from(big);
      const central = lying.readUInt32LE(lying.length - 6);
      lying.writeUInt32LE(size, 22);
      lying.writeUInt32LE(size, central + 24);
      await expect(readAll(lying)).rejects.toMatchObject(refused);
    }
  });

  it.each([
    "../x",
    "/etc/passwd",
    "a//b",
    "a/./b",
    "C:\\x",
    "proofs/../../x",
    "é",
    "a\u0000b",
    " ",
    "x".repeat(101),
  ])("with a file of the name %j are refused", async (name) => {
    await expect(readAll(await write([[name, Buffer.from("x")]]))).rejects.toMatchObject(refused);
  });

  it("with the same name twice are refused", async () => {
    await expect(readAll(await write([FILES[0], FILES[0]] as [string, Buffer][]))).rejects.toMatchObject(
      refused,
    );
  });

  it("with a second name for a file are refused: other programs unpack it under that one", async () => {
    const good = Buffer.from('{"n":1}\n');
    const forged = Buffer.from('{"n":2}\n');
    const bytes = withExtra(
      await write([
        ["README.md", forged],
        ["policy", good],
      ]),
      (name) => otherName(name, name === "policy" ? "README.md" : "policy"),
    );
    await expect(readAll(bytes)).rejects.toMatchObject(refused);
  });

  it.each([
    ["is cut", Buffer.of(0x55)],
    ["is longer than there is room for", Buffer.of(0x55, 0x54, 9, 0, 1)],
    ["is of a kind that changes what is read", Buffer.of(1, 0, 0, 0)],
  ])("with an extra field that %s are refused", async (_, extra) => {
    const bytes = withExtra(zip, () => extra);
    await expect(readAll(bytes)).rejects.toMatchObject(refused);
  });

  it("may say of times and owners what they like", async () => {
    const times = Buffer.of(0x55, 0x54, 5, 0, 1, 0, 0, 0, 0, 0x75, 0x78, 0, 0);
    expect((await readAll(withExtra(zip, () => times))).map(([name]) => name)).toEqual(
      FILES.map(([name]) => name),
    );
  });

  it.each([0o120777, 0o060644, 0o010644])("with a link or a device (mode %o) are refused", async (mode) => {
    const bytes = Buffer.from(zip);
    const central = bytes.readUInt32LE(bytes.length - 6);
    bytes.writeUInt32LE(mode * 0x10000, central + 38);
    await expect(readAll(bytes)).rejects.toMatchObject(refused);
  });
});

/** Info-ZIP's field of another name for a file (APPNOTE 4.6.9). */
function otherName(name: string, other: string): Buffer {
  const bytes = Buffer.alloc(9 + other.length);
  bytes.writeUInt16LE(0x7075, 0);
  bytes.writeUInt16LE(5 + other.length, 2);
  bytes.writeUInt8(1, 4);
  bytes.writeUInt32LE(crc32(Buffer.from(name)), 5);
  bytes.write(other, 9);
  return bytes;
}

/** A zip with an extra field for each file in its directory. */
function withExtra(bytes: Buffer, extraOf: (name: string) => Buffer): Buffer {
  const end = Buffer.from(bytes.subarray(bytes.length - 22));
  const start = end.readUInt32LE(16);
  const parts: Buffer[] = [];
  for (let at = start; at < bytes.length - 22; ) {
    const entry = Buffer.from(bytes.subarray(at, at + 46 + bytes.readUInt16LE(at + 28)));
    const extra = extraOf(entry.toString("latin1", 46));
    entry.writeUInt16LE(extra.length, 30);
    parts.push(entry, extra);
    at += entry.length;
  }
  const directory = Buffer.concat(parts);
  end.writeUInt32LE(directory.length, 12);
  return Buffer.concat([bytes.subarray(0, start), directory, end]);
}
