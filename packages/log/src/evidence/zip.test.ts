// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
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
});
