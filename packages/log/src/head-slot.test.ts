// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TempDir, tempDir, TestLog } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { verifyLog } from "./verify.js";
import { LogError } from "./error.js";
import { formatSlot, type HeadFields, parseSlot, parseSlots, SLOT_BYTES } from "./head-slot.js";
import { sha256Hex } from "./hash.js";
import { createSigner, parseSigner } from "./keys.js";
import { openLog } from "./open.js";

const T0 = Date.UTC(2026, 10, 22, 10);
let test: TestLog;
let other: TempDir | undefined;

afterEach(async () => {
  await test.dispose();
  other?.dispose();
  other = undefined;
});

const at = (name: string): string => path.join(test.dir.path, name);

async function codeOf(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
    return "opened";
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
}

async function prepare(...counts: number[]): Promise<void> {
  test = await TestLog.create({ now: () => T0 });
  for (const count of counts) await test.append(count);
  await test.close();
}

/** A slot as format 1 had it: whoever can write the file can write it. */
function unsignedSlot({ generation, time, note }: HeadFields): Buffer {
  const fields = `telltale-head/1 ${generation} ${time} ${Buffer.byteLength(note)}`;
  const sum = sha256Hex(Buffer.from(`${fields}\n${note}`));
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.write(`${fields} ${sum}\n${note}`);
  return slot;
}

function writeSlots(...slots: [HeadFields, Buffer][]): void {
  const bytes = Buffer.alloc(2 * SLOT_BYTES);
  for (const [{ generation }, slot] of slots) slot.copy(bytes, (generation % 2) * SLOT_BYTES);
  writeFileSync(at("head/main"), bytes);
}

/** Two heads of older, published checkpoints, in the place of the newest ones: what hides that events were cut off. */
function olderHeads(): HeadFields[] {
  const { newest } = parseSlots(readFileSync(at("head/main")));
  const notes = readFileSync(at("log/main/checkpoints"), "utf8").split(/(?<=\n)\n(?!\u2014)/);
  const generation = newest?.generation ?? 0;
  return [1, 2].map((more) => ({ generation: generation + more, time: T0, note: notes[0] as string }));
}

describe("a head in the head store", () => {
  it("comes back from its slot with what was signed", () => {
    test = TestLog.prepare();
    const { signer } = createSigner("example.com/x");
    const head = { generation: 7, time: T0, note: signer.signCheckpoint(0, Buffer.alloc(32)) };
    const slot = parseSlot(formatSlot(head, signer));
    expect(slot).toMatchObject({ ...head, seal: { keyId: signer.verifier.keyId } });
    expect(parseSlot(unsignedSlot(head))).toEqual(head);
    expect(parseSlot(Buffer.alloc(SLOT_BYTES))).toBe("empty");
    expect(parseSlot(Buffer.alloc(SLOT_BYTES, 1))).toBe("damaged");
  });

  it("written by somebody without the key refuses the start, and verify says so", async () => {
    await prepare(10, 10);
    const good = readFileSync(at("head/main"));
    const own = parseSigner(readFileSync(at("keys/main.key"), "utf8"));
    const foreign = createSigner(own.origin).signer;
    const [a, b] = olderHeads() as [HeadFields, HeadFields];
    const kept = parseSlots(good).newest as HeadFields;
    const forgeries: [HeadFields, Buffer][][] = [
      // Real checkpoints, under a seal of nobody, of another key, or of this log for something else.
      [
        [a, unsignedSlot(a)],
        [b, unsignedSlot(b)],
      ],
      [
        [a, formatSlot(a, foreign)],
        [b, formatSlot(b, foreign)],
      ],
      [[a, formatSlot(a, { sign: () => ({ ...own.sign(Buffer.from(a.note)) }) })]],
      // The newest as it was, with another number or time.
      [[a, formatSlot({ ...kept, generation: a.generation }, { sign: () => own.sign(Buffer.from("x")) })]],
      // The older slot alone.
      [
        [kept, good.subarray((kept.generation % 2) * SLOT_BYTES).subarray(0, SLOT_BYTES)],
        [a, unsignedSlot(a)],
      ],
    ];
    for (const slots of forgeries) {
      writeSlots(...slots);
      const before = readFileSync(at("head/main"));
      expect(await codeOf(test.open())).toBe("head_forged");
      expect(await codeOf(test.open({ accept: ["head_damaged", "clock_behind"] }))).toBe("head_forged");
      expect(readFileSync(at("head/main")).equals(before)).toBe(true);
      const verdict = await verifyLog({ dataDir: test.dir.path });
      expect(verdict.verdict).toBe("tampered");
      expect(verdict.findings.join()).toContain("cannot be believed");
    }
    await expect(test.open()).rejects.toThrow("telltale restore");
    writeFileSync(at("head/main"), good);
    await test.open();
    await test.check();
  });

  it("cannot be brought back to the unsigned form once one slot is signed", async () => {
    await prepare(10, 10);
    const good = readFileSync(at("head/main"));
    const kept = parseSlots(good).newest as HeadFields;
    const [a] = olderHeads() as [HeadFields];
    writeSlots(
      [kept, good.subarray((kept.generation % 2) * SLOT_BYTES).subarray(0, SLOT_BYTES)],
      [a, unsignedSlot(a)],
    );
    writeFileSync(at("format"), "telltale-data 1\n");
    expect(await codeOf(test.open())).toBe("head_forged");
    expect((await verifyLog({ dataDir: test.dir.path })).verdict).toBe("tampered");
  });
});

describe("a head store apart from the data", () => {
  it("finds that an old copy of all the data was put back", async () => {
    other = tempDir("heads");
    const headDir = path.join(other.path, "heads");
    test = await TestLog.create({ headDir });
    await test.appendOnly(10);
    await test.close();
    const copy = path.join(other.path, "copy");
    cpSync(test.dir.path, copy, { recursive: true });
    await test.open();
    await test.appendOnly(10);
    await test.close();
    rmSync(test.dir.path, { recursive: true });
    cpSync(copy, test.dir.path, { recursive: true });
    expect(await codeOf(test.open())).toBe("head_ahead_of_data");
    const verdict = await verifyLog({ dataDir: test.dir.path, headDir });
    expect(verdict.verdict).toBe("tampered");
    // Nothing in the data says that it is old: that is what the other place is for.
    expect((await verifyLog({ dataDir: test.dir.path })).findings.join()).toContain("head store is missing");
  });

  it("is moved there by hand, and the start says so", async () => {
    await prepare(10);
    other = tempDir("heads");
    const headDir = path.join(other.path, "heads");
    const opening = test.open({ headDir });
    await expect(opening).rejects.toThrow(at("head"));
    mkdirSync(headDir, { recursive: true });
    copyFileSync(at("head/main"), path.join(headDir, "main"));
    rmSync(at("head/main"));
    await test.open({ headDir });
    await test.appendOnly(5);
    await test.close();
    expect((await verifyLog({ dataDir: test.dir.path, headDir })).verdict).toBe("intact");
    expect(await codeOf(test.open())).toBe("head_missing");
  });

  it("serves one process at a time, also for two copies of the data", async () => {
    other = tempDir("heads");
    const headDir = path.join(other.path, "heads");
    test = await TestLog.create({ headDir });
    await test.appendOnly(3);
    const copy = path.join(other.path, "copy");
    cpSync(test.dir.path, copy, {
      recursive: true,
      filter: (from) => !from.endsWith("control.sock") && !from.endsWith("lock"),
    });
    expect(await codeOf(openLog({ dataDir: copy, headDir, onFatal: () => undefined }))).toBe("locked");
  });

  it.each([
    ["between two commits", (file: string, old: string) => copyFileSync(old, file)],
    [
      "by a file in its place",
      (file: string, old: string) => {
        copyFileSync(old, `${file}.new`);
        renameSync(`${file}.new`, file);
      },
    ],
  ])("stops before it acknowledges when another writer came %s", async (_name, write) => {
    other = tempDir("heads");
    const headDir = path.join(other.path, "heads");
    test = await TestLog.create({ headDir });
    await test.appendOnly(3);
    const file = path.join(headDir, "main");
    copyFileSync(file, path.join(other.path, "old"));
    await test.appendOnly(3);
    write(file, path.join(other.path, "old"));
    const { size } = test.log;
    expect(await codeOf(test.appendOnly(3))).toBe("log_failed");
    expect(test.fatal[0]).toMatchObject({ code: "head_changed" });
    expect(test.log.size).toBe(size);
  });
});
