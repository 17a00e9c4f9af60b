// SPDX-License-Identifier: Apache-2.0
import { LAYOUT, proofName, verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  makeZip,
  MemoryFiles,
  openZip,
  TestWitness,
  toRequest,
  witnessedSource,
} from "../../test/evidence-bundle.js";
import { type MemorySource, memorySource } from "../../test/memory-source.js";
import { createSigner } from "../keys.js";

const verify = (files: Parameters<typeof verifyEvidence>[0], vkey?: string) =>
  verifyEvidence(files, { crypto: nodeCrypto, ...(vkey === undefined ? {} : { vkey }) });

let log: MemorySource;
let zip: Buffer;
let bundle: MemoryFiles;

beforeAll(async () => {
  log = memorySource(10);
  const first = (await log.checkpoint()).toString();
  log.grow(7);
  const source = await witnessedSource(log, new TestWitness("example.com/w1"), first);
  zip = await makeZip(source, toRequest([2, 5, 13]));
  bundle = await MemoryFiles.unpack(zip);
});

/** Everything but these is proven, or contradicts what is. */
const UNSIGNED: ReadonlySet<string> = new Set([LAYOUT.readme]);

describe("a changed bundle", () => {
  it("names the first event whose bytes were changed", async () => {
    const changed = bundle.copy().edit(LAYOUT.events, (text) => text.replace('"n":5', '"n":6'));
    expect(await verify(changed)).toMatchObject({ verdict: "tampered", firstBad: 5, checked: 2 });
  });

  it("is found whichever bit of a signed or hashed file is flipped", async () => {
    for (const [name, bytes] of bundle.files) {
      // The manifest is looked at below, as not all that it says can contradict something.
      if (UNSIGNED.has(name) || name === LAYOUT.manifest) continue;
      for (let at = 0; at < bytes.length; at++) {
        const changed = bundle.copy();
        (changed.files.get(name) as Buffer)[at] = (bytes[at] as number) ^ (1 << (at % 8));
        const { verdict } = await verify(changed, log.signer.vkey);
        expect({ name, at, verdict }).not.toMatchObject({ verdict: "intact" });
      }
    }
  }, 60_000);

  it.each([
    "readme",
    "manifest",
    "checkpoint",
    "witnessed",
    "consistency",
    "vkey",
    "policy",
    "events",
  ] as const)("without %s says so", async (file) => {
    const less = bundle.copy();
    less.files.delete(LAYOUT[file]);
    const { verdict } = await verify(less);
    // Nothing depends on the README. Without the older checkpoint's own file it still stands in the proofs.
    const expected = { readme: "intact", vkey: "incomplete", witnessed: "intact" } as Record<string, string>;
    expect(verdict).toBe(file === "vkey" ? "unverifiable" : (expected[file] ?? "incomplete"));
  });

  it("without one event or one proof says which", async () => {
    const noProof = bundle.copy();
    noProof.files.delete(proofName(5));
    expect(await verify(noProof)).toMatchObject({ verdict: "incomplete", checked: 2 });
    const noLast = bundle
      .copy()
      .edit(LAYOUT.events, (text) => `${text.split("\n").slice(0, 2).join("\n")}\n`);
    expect(await verify(noLast)).toMatchObject({ verdict: "incomplete", checked: 2 });
    const noFirst = bundle.copy().edit(LAYOUT.events, (text) => text.slice(text.indexOf("\n") + 1));
    expect(await verify(noFirst)).toMatchObject({ verdict: "tampered", firstBad: 2, checked: 0 });
  });

  it("with a file, a proof or an event too many is not accepted", async () => {
    const foreign = bundle.copy();
    foreign.files.set("invoice.pdf", Buffer.from("x"));
    const proof = bundle.copy();
    proof.files.set(proofName(6), proof.files.get(proofName(5)) as Buffer);
    const event = bundle.copy().edit(LAYOUT.events, (text) => `${text}{"n":14}\n`);
    for (const files of [foreign, proof, event]) expect((await verify(files)).verdict).toBe("tampered");
  });

  it("under another key is not accepted, whoever signed it", async () => {
    const thief = createSigner(log.signer.origin).signer;
    expect((await verify(bundle, thief.vkey)).verdict).toBe("tampered");
    const swapped = bundle.copy().edit(LAYOUT.vkey, () => `${thief.vkey}\n`);
    expect((await verify(swapped)).verdict).toBe("tampered");
    expect((await verify(swapped, log.signer.vkey)).verdict).toBe("tampered");
  });

  it("cannot move an event to another place, nor use the proof of another one", async () => {
    const moved = bundle.copy();
    moved.files.set(proofName(5), moved.files.get(proofName(2)) as Buffer);
    expect(await verify(moved)).toMatchObject({ verdict: "tampered", firstBad: 5 });
    const swapped = bundle.copy().edit(LAYOUT.events, (text) => {
      const [a, b, c] = text.split("\n");
      return `${[b, a, c].join("\n")}\n`;
    });
    expect(await verify(swapped)).toMatchObject({ verdict: "tampered", firstBad: 2, checked: 1 });
  });
});

describe("hostile files", () => {
  it("never throw and are never accepted", async () => {
    const names = [...bundle.files.keys()].filter((name) => !UNSIGNED.has(name));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.string(),
          fc.json(),
          fc.constant("\u0000".repeat(2000)),
        ),
        async (name, content) => {
          const bytes = Buffer.from(content as string);
          fc.pre(!bytes.equals(bundle.files.get(name) as Buffer));
          const changed = bundle.copy();
          changed.files.set(name, bytes);
          expect({ name, ...(await verify(changed)) }).not.toMatchObject({ verdict: "intact" });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("never throw and are never accepted: manifests", async () => {
    const good = JSON.parse(bundle.text(LAYOUT.manifest)) as Record<string, unknown>;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("format", "origin", "events", "missing", "pruned", "record", "selection", "limited"),
        fc.oneof(fc.jsonValue(), fc.array(fc.tuple(fc.integer(), fc.integer()))),
        async (name, value) => {
          const text = JSON.stringify({ ...good, [name]: value });
          fc.pre(JSON.stringify(good[name]) !== JSON.stringify(value));
          const report = await verify(bundle.copy().edit(LAYOUT.manifest, () => text));
          // What it says of the selection, of pruned ranges and of the limit is the maker's word, and shown as such.
          if (name === "selection" || name === "pruned" || name === "limited") return;
          if (name === "missing" && Array.isArray(value) && value.length === 0) return;
          expect({ name, value, verdict: report.verdict }).not.toMatchObject({ verdict: "intact" });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of a zip with any byte changed: refused or not intact, or the byte is proven irrelevant", async () => {
    const whole = bundle.files;
    // Every seventh: with these lengths all kinds of bytes are met, and all are in the files above one by one.
    for (let at = 0; at < zip.length; at += 7) {
      const changed = Buffer.from(zip);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      let verdict: string;
      try {
        const files = await openZip(changed);
        verdict = (await verify(files)).verdict;
        if (verdict !== "intact") continue;
        // Times, permissions, versions: the files are the same to the last byte.
        for (const name of files.names.filter((each) => !UNSIGNED.has(each))) {
          const bytes: Buffer[] = [];
          for await (const piece of files.open(name)) bytes.push(Buffer.from(piece));
          expect(Buffer.concat(bytes).equals(whole.get(name) as Buffer), `byte ${at}, ${name}`).toBe(true);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: "bad_evidence" });
      }
    }
  }, 60_000);
});
