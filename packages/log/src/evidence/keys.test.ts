// SPDX-License-Identifier: Apache-2.0
import { ED25519, formatVkey } from "@telltale/merkle";
import {
  compareEvidence,
  type ComparedEvidence,
  EvidenceSide,
  verifyEvidence,
} from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { TestLog } from "@telltale/testkit";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { MemoryFiles, toRequest } from "../../test/evidence-bundle.js";
import { createNoteKey } from "../keys.js";
import { readDirectoryEvidence } from "./directory.js";
import { makeEvidence } from "./make.js";

let test: TestLog;

afterEach(() => test.dispose());

async function rotate(): Promise<void> {
  const data = await test.log.prepareKeyChange();
  const event = {
    received: "2026-11-22T10:00:00.000Z",
    via: "telltale",
    v: 1,
    action: "log_key_changed",
    data,
  };
  await test.appendLines([JSON.stringify(event)]);
}

async function bundle(vkey?: string): Promise<MemoryFiles> {
  const read = await readDirectoryEvidence({
    dataDir: test.dir.path,
    name: "main",
    ...(vkey !== undefined && { vkey }),
    isWanted: (index) => index % 5 === 0,
    limit: 100,
    spool: path.join(test.dir.path, "spool"),
  });
  try {
    if (read.source === undefined) throw new Error(read.verdict.message);
    const pieces: Buffer[] = [];
    for await (const piece of await makeEvidence(read.source, toRequest(read.indices))) pieces.push(piece);
    return await MemoryFiles.unpack(Buffer.concat(pieces));
  } finally {
    read.close();
  }
}

const verify = (files: MemoryFiles, vkey?: string) =>
  verifyEvidence(files, { crypto: nodeCrypto, ...(vkey !== undefined && { vkey }) });

describe("a bundle of a log whose key was changed", () => {
  it("is proven for whoever knows the key of any time, and for nobody who knows another", async () => {
    test = await TestLog.create();
    await test.append(10);
    const keys = [test.log.vkey];
    for (let i = 0; i < 2; i++) {
      await rotate();
      await test.append(10);
      keys.push(test.log.vkey);
    }
    const files = await bundle();
    for (const vkey of [...keys, undefined])
      expect(await verify(files, vkey)).toMatchObject({ verdict: "intact", checked: 7 });
    for (const vkey of keys) expect(await verify(await bundle(vkey))).toMatchObject({ verdict: "intact" });
    const { verifier } = createNoteKey(test.log.vkey.split("+")[0] ?? "", ED25519).key;
    const stranger = formatVkey(verifier);
    expect((await verify(files, stranger)).verdict).not.toBe("intact");
  });

  it("does not lead from the old key to the new one without the proof that the old one named it", async () => {
    test = await TestLog.create();
    await test.append(10);
    const old = test.log.vkey;
    await rotate();
    await test.append(10);
    const files = await bundle();
    const without = files.copy();
    without.files.delete("log.keys");
    expect(await verify(without, old)).toMatchObject({ verdict: "tampered" });
    const changed = files.copy().edit("log.keys", (text) => text.replace('"first": "', '"first": "x'));
    expect((await verify(changed, old)).verdict).toBe("tampered");
    expect((await verify(changed)).verdict).toBe("tampered");
  });

  it("made before and after the change is of one history", async () => {
    test = await TestLog.create();
    await test.append(10);
    const before = await bundle();
    await rotate();
    await test.append(10);
    const after = await bundle();
    const sides = await Promise.all(
      [before, after].map(async (files) => {
        const side = new EvidenceSide(nodeCrypto);
        return side.finish(await verifyEvidence(files, { crypto: nodeCrypto, onEvent: side.take }));
      }),
    );
    expect(compareEvidence(sides[0] as ComparedEvidence, sides[1] as ComparedEvidence)).toMatchObject({
      kind: "agree",
      common: 2,
    });
  });

  it("holds no key history where the key was never changed", async () => {
    test = await TestLog.create();
    await test.append(10);
    expect((await bundle()).names).not.toContain("log.keys");
  });
});
