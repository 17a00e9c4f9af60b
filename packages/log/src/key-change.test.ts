// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  emptyRoot,
  keysFrom,
  parseCheckpoint,
  parseKeyHistory,
  parseNote,
  parseVkey,
  verifyCheckpointBy,
  verifyReceipt,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { FaultFs, type FaultMode, TestLog } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { verifyLog } from "./verify.js";
import { LogError } from "./error.js";
import { SLOT_BYTES, formatSlot, parseSlots } from "./head-slot.js";
import { parseSigner } from "./keys.js";
import { codeOf } from "../test/code-of.js";

let test: TestLog;

afterEach(() => test.dispose());

const at = (name: string): string => path.join(test.dir.path, name);

/** What is written beside (tiles, published checkpoints) comes in its own time: a run may have fewer calls than the one that counted. */
const NOT_MET = "not met";

/** What the server does: the event that names both keys is sealed, and in that commit the key changes. */
async function rotate(on: TestLog = test): Promise<{ from: string; to: string }> {
  const { from, to } = await on.log.prepareKeyChange();
  const event = {
    received: "2026-11-22T10:00:00.000Z",
    via: "telltale",
    v: 1,
    action: "log_key_changed",
    data: { from, to },
  };
  await on.appendLines([JSON.stringify(event)]);
  return { from, to };
}

describe("the key of a log", () => {
  it("changes in the commit that names the new one, and everything goes on", async () => {
    test = await TestLog.create();
    await test.append(10);
    const before = test.log.vkey;
    const { from, to } = await rotate();
    expect([from, to]).toEqual([before, test.log.vkey]);
    expect(from).not.toBe(to);
    expect(existsSync(at("keys/main.next.key"))).toBe(false);
    expect(readFileSync(at("keys/main.vkey"), "utf8")).toBe(`${to}\n`);
    await test.check();
    expect(test.log.checkpoint().text.match(/^\u2014 /gm)).toHaveLength(2);
    await test.append(10);
    expect(test.log.checkpoint().text.match(/^\u2014 /gm)).toHaveLength(1);
    await test.reopen();
    await rotate();
    await test.append(3);
    await test.reopen();
    expect(test.log.keys.map((each) => [each.from, each.to])).toEqual([
      [0n, 11n],
      [11n, 22n],
      [22n, undefined],
    ]);
  });

  it("is followed from whichever key one knows; what an old receipt proves stays proven", async () => {
    test = await TestLog.create();
    await test.append(5);
    const entry = Buffer.from(test.acknowledged.get(2) ?? "");
    const [old, proof] = [test.log.vkey, await test.log.proof(2)];
    await rotate();
    await test.append(5);
    const history = parseKeyHistory(nodeCrypto, test.log.keyHistory);
    const keys = keysFrom(history, parseVkey(nodeCrypto, old));
    expect(verifyReceipt({ proof, entry, vkey: old, crypto: nodeCrypto }).index).toBe(2n);
    expect(verifyReceipt({ proof, entry, keys, crypto: nodeCrypto }).index).toBe(2n);
    expect(verifyReceipt({ proof: await test.log.proof(2), entry, keys, crypto: nodeCrypto }).size).toBe(11n);
    await test.close();
    for (const vkey of [old, undefined])
      expect(await verifyLog({ dataDir: test.dir.path, ...(vkey && { vkey }) })).toMatchObject({
        verdict: "intact",
      });
    const foreign = await TestLog.create();
    const vkey = foreign.log.vkey;
    await foreign.dispose();
    expect((await verifyLog({ dataDir: test.dir.path, vkey })).verdict).toBe("tampered");
  });

  it("does not change for an event that names other keys, or that a sender wrote", async () => {
    test = await TestLog.create();
    const { from, to } = await test.log.prepareKeyChange();
    expect(await test.log.prepareKeyChange()).toEqual({ from, to });
    for (const [via, data] of [
      ["ingest_x", { from, to }],
      ["telltale", { from: "x", to: "y" }],
      ["telltale", {}],
    ])
      await test.appendLines([JSON.stringify({ via, action: "log_key_changed", data, n: Math.random() })]);
    expect(test.log.vkey).toBe(from);
    await test.reopen();
    expect(existsSync(at("keys/main.next.key"))).toBe(false);
    expect(test.log.vkey).toBe(from);
  });
});

async function rotated(): Promise<{ old: string; oldKey: string }> {
  test = await TestLog.create();
  await test.append(10);
  const [old, oldKey] = [test.log.vkey, readFileSync(at("keys/main.key"), "utf8")];
  await rotate();
  await test.append(10);
  await test.close();
  return { old, oldKey };
}

describe("after a change of the key", () => {
  it("nothing that the old key signs counts any more", async () => {
    const { old, oldKey } = await rotated();
    const thief = parseSigner(oldKey);
    const { newest } = parseSlots(readFileSync(at("head/main")));
    const keys = keysFrom(
      parseKeyHistory(nodeCrypto, readFileSync(at("log/main/keys"))),
      parseVkey(nodeCrypto, old),
    );
    const head = verifyCheckpointBy(nodeCrypto, newest?.note ?? "", keys);
    const forged = thief.signCheckpoint(Number(head.size), head.root);
    expect(() => verifyCheckpointBy(nodeCrypto, forged, keys)).toThrow("replaced before");
    // In the file of published checkpoints.
    const published = readFileSync(at("log/main/checkpoints"));
    writeFileSync(at("log/main/checkpoints"), Buffer.concat([published, Buffer.from(`${forged}\n`)]));
    expect(await verifyLog({ dataDir: test.dir.path, vkey: old })).toMatchObject({ verdict: "tampered" });
    writeFileSync(at("log/main/checkpoints"), published);
    // In the head store: a larger generation, the very tree, and the key of before.
    const good = readFileSync(at("head/main"));
    const generation = (newest?.generation ?? 0) + 1;
    const slot = formatSlot({ generation, time: newest?.time ?? 0, note: forged }, thief);
    const bytes = Buffer.from(good);
    slot.copy(bytes, (generation % 2) * SLOT_BYTES);
    writeFileSync(at("head/main"), bytes);
    expect(await codeOf(test.open())).toBe("head_forged");
    // A head from before the change, which the old key may sign, hides what came after it.
    const early = thief.signCheckpoint(0, emptyRoot());
    formatSlot({ generation, time: newest?.time ?? 0, note: early }, thief).copy(
      bytes,
      (generation % 2) * SLOT_BYTES,
    );
    writeFileSync(at("head/main"), bytes);
    expect(await codeOf(test.open())).toBe("rolled_back");
    expect((await verifyLog({ dataDir: test.dir.path })).findings.join()).toContain("older than the change");
    writeFileSync(at("head/main"), good);
    await test.open();
  });

  it("the old key file, a foreign history or none refuse the start, and verify names what is wrong", async () => {
    const { old, oldKey } = await rotated();
    const [key, vkey, history] = ["keys/main.key", "keys/main.vkey", "log/main/keys"].map((name) =>
      readFileSync(at(name)),
    ) as [Buffer, Buffer, Buffer];
    writeFileSync(at("keys/main.key"), oldKey);
    expect(await codeOf(test.open())).toBe("key_invalid");
    expect((await verifyLog({ dataDir: test.dir.path })).verdict).toBe("tampered");
    writeFileSync(at("keys/main.key"), key);
    rmSync(at("log/main/keys"));
    expect(await codeOf(test.open())).toBe("key_invalid");
    // Whoever stole the old key signs all anew, and removes what says that it was replaced.
    const [head, published] = [readFileSync(at("head/main")), readFileSync(at("log/main/checkpoints"))];
    const thief = parseSigner(oldKey);
    const { newest } = parseSlots(head);
    const tree = parseCheckpoint(parseNote(newest?.note ?? "").text);
    const note = thief.signCheckpoint(Number(tree.size), tree.root);
    const slots = [1, 2].map((generation) => formatSlot({ generation, time: 1, note }, thief));
    writeFileSync(at("head/main"), Buffer.concat([slots[1] as Buffer, slots[0] as Buffer]));
    writeFileSync(at("log/main/checkpoints"), `${note}\n`);
    rmSync(at("keys/main.key"));
    writeFileSync(at("keys/main.vkey"), `${old}\n`);
    const verdict = await verifyLog({ dataDir: test.dir.path, vkey: old });
    expect(verdict.verdict).toBe("tampered");
    expect(verdict.findings.join()).toContain("key history says nothing of it");
    writeFileSync(at("keys/main.key"), key);
    writeFileSync(at("keys/main.vkey"), vkey);
    writeFileSync(at("head/main"), head);
    writeFileSync(at("log/main/checkpoints"), published);
    writeFileSync(at("log/main/keys"), history.subarray(0, -9));
    expect(await codeOf(test.open())).toBe("key_invalid");
    expect((await verifyLog({ dataDir: test.dir.path })).verdict).toBe("tampered");
    writeFileSync(at("log/main/keys"), history);
    await test.open();
    await test.check();
  });
});

async function scenario(fs: FaultFs): Promise<void> {
  await test.open({ fs });
  await test.appendOnly(3);
  await rotate();
  await test.appendOnly(3);
  await rotate();
  await test.close();
  await test.open({ fs });
  await test.appendOnly(1);
  await test.close();
}

async function withFault(index: number, mode: FaultMode): Promise<string> {
  test = TestLog.prepare();
  const fs = new FaultFs({ at: index, mode });
  await test.open();
  const first = test.log.vkey;
  await test.appendOnly(2);
  await test.close();
  let outcome = "survived";
  try {
    await scenario(fs);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    outcome = error instanceof LogError ? error.code : "system error";
  }
  if (!fs.failed) outcome = NOT_MET;
  await test.close();
  await test.open();
  await test.check();
  expect(existsSync(at("keys/main.next.key"))).toBe(false);
  // Whatever happened, a verifier that knows the first key follows to the one that signs now.
  const keys = keysFrom(parseKeyHistory(nodeCrypto, test.log.keyHistory), parseVkey(nodeCrypto, first));
  const note = (): string => test.log.checkpoint().text;
  expect(Number(verifyCheckpointBy(nodeCrypto, note(), keys).size)).toBe(test.log.size);
  // And each event that names keys was followed: none is left without its change.
  const named = [...test.acknowledged.values(), ...test.unknown].filter((line) =>
    line.includes("log_key_changed"),
  );
  expect(keys.length - 1).toBeLessThanOrEqual(named.length);
  const sealed = [...test.acknowledged.values()].filter((line) => line.includes("log_key_changed"));
  expect(keys.length - 1).toBeGreaterThanOrEqual(sealed.length);
  await rotate();
  await test.appendOnly(2);
  await test.close();
  expect(await verifyLog({ dataDir: test.dir.path, vkey: first })).toMatchObject({
    verdict: "intact",
    findings: [],
  });
  await test.dispose();
  return outcome;
}

describe("every call that changes the disk fails once while the key changes", () => {
  it.each<FaultMode>(["lost", "done", "half"])("%s", async (mode) => {
    test = TestLog.prepare();
    await test.open();
    await test.appendOnly(2);
    await test.close();
    const counting = new FaultFs();
    await scenario(counting);
    await test.dispose();
    const outcomes: string[] = [];
    for (const [index, { call, path: file }] of counting.calls.entries()) {
      if (mode === "half" && call !== "writev") continue;
      if (index >= counting.calls.length - 6) break; // which tile is written beside differs between runs
      try {
        outcomes.push(await withFault(index, mode));
      } catch (error) {
        throw new Error(`fault ${index} (${mode}) near ${call} ${file}`, { cause: error });
      }
    }
    expect(outcomes.filter((each) => each === NOT_MET).length).toBeLessThan(outcomes.length / 10);
    expect(new Set(outcomes).size).toBeGreaterThan(1);
  });

  it("also where the disk is full", async () => {
    test = await TestLog.create();
    await test.append(3);
    copyFileSync(at("keys/main.vkey"), at("before"));
    await test.close();
    let isFull = true;
    const fs = new FaultFs();
    const replace = fs.rename.bind(fs);
    fs.rename = async (from, to) => {
      if (isFull && to.endsWith("log/main/keys")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      return replace(from, to);
    };
    await test.open({ fs });
    expect(await codeOf(rotate())).toBe("log_failed");
    await test.close();
    await expect(test.open({ fs })).rejects.toThrow("full");
    isFull = false;
    await test.open({ fs });
    expect(`${test.log.vkey}\n`).not.toBe(readFileSync(at("before"), "utf8"));
    await test.check();
  });
});
