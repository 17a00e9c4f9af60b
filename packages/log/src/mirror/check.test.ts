// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { memorySource } from "../../test/memory-source.js";
import { newDir, removeDirs, run } from "../../test/mirror-bench.js";
import { createSigner } from "../keys.js";
import { verifyMirror } from "./check.js";

afterEach(removeDirs);

async function makeMirror(size: number): Promise<string> {
  const dir = newDir();
  await run(dir, memorySource(size));
  return dir;
}

function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true })
    .map((name) => path.join(dir, String(name)))
    .filter((file) => statSync(file).isFile());
}

describe("verifyMirror", () => {
  it("finds a flipped bit anywhere in what is served, and any file that is gone", async () => {
    const dir = await makeMirror(600);
    const files = filesOf(path.join(dir, "tlog"));
    expect(files.length).toBeGreaterThan(6);
    for (const file of files) {
      const bytes = readFileSync(file);
      const step = Math.max(1, Math.floor(bytes.length / 12));
      for (let at = 0; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ (1 << (at % 8));
        writeFileSync(file, changed);
        expect((await verifyMirror({ dir })).verdict, `${file} ${at}`).toBe("tampered");
      }
      rmSync(file);
      const isPartialTile = /tile\/\d\/.*\.p\//.test(file); // derived from the events; they prove themselves without it
      const expected = isPartialTile ? "intact" : file.endsWith("checkpoint") ? "unverifiable" : "tampered";
      expect((await verifyMirror({ dir })).verdict, `without ${file}`).toBe(expected);
      writeFileSync(file, bytes);
    }
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "intact", checked: 600, findings: [] });
  });

  it("never throws, whatever stands in the files beside", async () => {
    const dir = await makeMirror(3);
    const pin = readFileSync(path.join(dir, "mirror.json"), "utf8");
    const garbage = ["", "{}", "null", "[]", "\0\xff", pin.replace('"absent": []', '"absent": [[0,255]]')];
    garbage.push(pin.replace('"absent": []', '"absent": [[256,0]]'), "9".repeat(200_000));
    garbage.push(
      pin.replace(/"vkey": "[^"]*"/, `"vkey": "${createSigner("example.com/memory").signer.vkey}"`),
    );
    for (const text of garbage) {
      writeFileSync(path.join(dir, "mirror.json"), text);
      const { verdict } = await verifyMirror({ dir });
      expect(["tampered", "unverifiable"], text.slice(0, 300)).toContain(verdict);
    }
    writeFileSync(path.join(dir, "mirror.json"), pin);
    for (const text of ["", "x", "a+b+c"]) {
      writeFileSync(path.join(dir, "keys/cosigner.vkey"), text);
      expect((await verifyMirror({ dir })).verdict).toBe("tampered");
    }
  });

  it("does not excuse a hole that somebody wrote into mirror.json", async () => {
    const dir = await makeMirror(600);
    const file = path.join(dir, "mirror.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"absent": []', '"absent": [[0,256]]'));
    rmSync(path.join(dir, "tlog/tile/entries/000"));
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "incomplete", checked: 344 });
    rmSync(path.join(dir, "tlog/tile/0/000"));
    expect(await verifyMirror({ dir })).toMatchObject({ verdict: "tampered", firstBad: 0 });
  });

  it("goes by the key that the verifier knows", async () => {
    const source = memorySource(3);
    const dir = newDir();
    await run(dir, source);
    expect((await verifyMirror({ dir, vkey: source.signer.vkey })).verdict).toBe("intact");
    const other = createSigner("example.com/memory").signer.vkey;
    expect((await verifyMirror({ dir, vkey: other })).verdict).toBe("unverifiable");
    expect((await verifyMirror({ dir: `${dir}-not-there` })).verdict).toBe("unverifiable");
  });
});
