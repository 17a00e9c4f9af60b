// SPDX-License-Identifier: Apache-2.0
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { TestLog } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { LogError } from "./error.js";
import { parseSlots } from "./head-slot.js";
import { openLog } from "./open.js";

const T0 = Date.UTC(2026, 10, 22, 10);
let test: TestLog;

afterEach(() => test.dispose());

const at = (name: string): string => path.join(test.dir.path, name);
const segments = (): string[] => readdirSync(at("log/main/segment"));
const openSegment = (): string =>
  at(`log/main/segment/${segments().findLast((name) => name.endsWith(".ndjson")) ?? ""}`);

async function codeOf(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
    return "opened";
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
}

/** A log that was closed with `count` events in it. */
async function prepare(count: number, options = {}): Promise<void> {
  test = await TestLog.create({ now: () => T0, ...options });
  await test.append(count);
  await test.close();
}

describe("what a crash leaves is repaired", () => {
  it("a torn last line is dropped", async () => {
    await prepare(10);
    appendFileSync(openSegment(), '{"torn":');
    await test.open();
    expect(test.log.recovery).toMatchObject({ adopted: 0, droppedBytes: 8 });
    await test.check();
    await test.append(5);
    await test.reopen();
  });

  it("complete lines beyond the head are adopted, once, before the torn one", async () => {
    await prepare(300, { segmentBytes: 4000 });
    test.unknown.add('{"late":1}').add('{"late":2}');
    appendFileSync(openSegment(), '{"late":1}\n{"late":2}\n{"torn":');
    await test.open();
    expect(test.log.recovery).toMatchObject({ adopted: 2, droppedBytes: 8 });
    expect(test.log.size).toBe(302);
    await test.check();
    await test.reopen();
    expect(test.log.recovery).toMatchObject({ adopted: 0, droppedBytes: 0 });
  });

  it("lines that append would have refused are not adopted", async () => {
    await prepare(3);
    test.unknown.add('{"fine":1}');
    appendFileSync(openSegment(), `{"fine":1}\n\n{"after":1}\n${"x".repeat(70_000)}\n`);
    await test.open();
    expect(test.log.recovery.adopted).toBe(1);
    await test.check();
  });

  it("a new segment that was never covered by a head is adopted or removed with what lies before it", async () => {
    await prepare(256);
    const late = at("log/main/segment/00000000000000000256.ndjson");
    writeFileSync(late, '{"late":1}\n');
    test.unknown.add('{"late":1}');
    await test.open();
    expect(test.log.size).toBe(257);
    await test.check();
    await test.close();
    writeFileSync(at("log/main/segment/00000000000000000999.ndjson"), '{"unreachable":1}\n');
    await test.open();
    expect(test.log.size).toBe(257);
    await test.check();
  });

  it("hash tiles are derived again when they are gone", async () => {
    await prepare(1000, { segmentBytes: 10_000 });
    await test.open();
    await test.append(600);
    await test.compressed();
    await test.close();
    rmSync(at("log/main/tile"), { recursive: true });
    await test.open();
    expect(test.log.recovery.rebuilt).toBe(true);
    await test.check();
  });

  it("a frame index is derived again when it is damaged", async () => {
    await prepare(600, { segmentBytes: 10_000 });
    await test.open();
    await test.append(300);
    await test.compressed();
    await test.close();
    const index = segments().find((name) => name.endsWith(".idx")) ?? "";
    writeFileSync(at(`log/main/segment/${index}`), "damaged");
    await test.open();
    expect(test.log.recovery.rebuilt).toBe(true);
    await test.check();
  });

  it("a segment that is there in both forms is compressed again", async () => {
    await prepare(100, { segmentBytes: 4000 });
    await test.open();
    await test.append(400);
    await test.compressed();
    await test.close();
    const zst = segments().find((name) => name.endsWith(".zst")) ?? "";
    const plain = at(`log/main/segment/${zst.replace(".zst", "")}`);
    await test.open();
    const { bytes } = await test.log.read(0, 256, 1 << 20);
    await test.close();
    writeFileSync(plain, bytes);
    writeFileSync(at(`log/main/segment/${zst}`), "half written");
    await test.open();
    await test.check();
    await test.compressed();
    expect(existsSync(plain)).toBe(false);
    await test.check();
  });

  it("a head slot torn by the interrupted commit falls back to the one before", async () => {
    await prepare(10);
    const before = readFileSync(at("head/main"));
    await test.open();
    await test.append(5);
    await test.close();
    rmSync(at("log/main/checkpoints")); // published after the commit that is being undone here
    writeFileSync(at("log/main/checkpoints"), "");
    const after = readFileSync(at("head/main"));
    const slot = (parseSlots(after).newest?.generation ?? 0) % 2;
    after.copy(before, slot * 4096, slot * 4096, slot * 4096 + 100);
    writeFileSync(at("head/main"), before);
    await test.open();
    expect(test.log.recovery).toMatchObject({ adopted: 5, headSlotDamaged: true });
    await test.check();
    expect(parseSlots(readFileSync(at("head/main"))).damaged).toBe(0);
  });
});

describe("what no crash leaves is refused", () => {
  it("events cut off the end", async () => {
    await prepare(10);
    truncateSync(openSegment(), 100);
    expect(await codeOf(test.open())).toBe("head_ahead_of_data");
    rmSync(openSegment());
    expect(await codeOf(test.open())).toBe("head_ahead_of_data");
  });

  it("a changed event", async () => {
    await prepare(10);
    const bytes = readFileSync(openSegment());
    bytes[30] = 0x30;
    writeFileSync(openSegment(), bytes);
    expect(await codeOf(test.open())).toBe("root_mismatch");
    expect(readFileSync(openSegment()).equals(bytes)).toBe(true);
  });

  it("a missing segment", async () => {
    await prepare(100, { segmentBytes: 4000 });
    await test.open();
    for (let i = 0; i < 4; i++) await test.append(200);
    await test.compressed();
    await test.close();
    for (const name of segments().filter((file) => file.startsWith("00000000000000000256"))) {
      rmSync(at(`log/main/segment/${name}`));
    }
    expect(await codeOf(test.open())).toBe("segment_missing");
  });

  it("an old head put back, when a newer checkpoint was published", async () => {
    await prepare(10);
    copyFileSync(at("head/main"), at("old"));
    await test.open();
    await test.append(10);
    await test.close();
    copyFileSync(at("old"), at("head/main"));
    expect(await codeOf(test.open())).toBe("rolled_back");
  });

  it("no head, no key, a foreign key, a damaged head", async () => {
    await prepare(10);
    const [head, key] = [readFileSync(at("head/main")), readFileSync(at("keys/main.key"))];
    rmSync(at("head/main"));
    expect(await codeOf(test.open())).toBe("head_missing");
    writeFileSync(at("head/main"), Buffer.alloc(8192));
    expect(await codeOf(test.open())).toBe("head_missing");
    const torn = Buffer.from(head);
    torn[20] = 0;
    torn[4096 + 20] = 0;
    writeFileSync(at("head/main"), torn);
    expect(await codeOf(test.open())).toBe("head_damaged");
    writeFileSync(at("head/main"), head);
    rmSync(at("keys/main.key"));
    expect(await codeOf(test.open())).toBe("key_missing");
    writeFileSync(at("keys/main.key"), key.subarray(0, -6));
    expect(await codeOf(test.open())).toBe("key_invalid");
    writeFileSync(at("keys/main.key"), key);
    rmSync(at("log/main/segment"), { recursive: true });
    rmSync(at("keys/main.key"));
    expect(await codeOf(test.open())).toBe("key_missing");
  });

  it("one damaged slot that no interrupted write explains, unless told otherwise", async () => {
    await prepare(10);
    const head = readFileSync(at("head/main"));
    const slot = (parseSlots(head).newest?.generation ?? 0) % 2;
    head[4096 * (1 - slot) + 30] = 0;
    writeFileSync(at("head/main"), head);
    expect(await codeOf(test.open())).toBe("head_damaged");
    await test.open({ accept: ["head_damaged"] });
    expect(test.log.recovery.accepted).toEqual(["head_damaged"]);
    await test.check();
  });

  it("a clock far behind the newest head, unless told otherwise; a little behind is clamped", async () => {
    await prepare(10);
    expect(await codeOf(test.open({ now: () => T0 - 3_600_000 }))).toBe("clock_behind");
    await test.open({ now: () => T0 - 60_000 });
    expect(test.log.recovery.clockBehindMs).toBe(60_000);
    await test.append(1);
    expect(test.log.checkpoint().time).toBe(T0);
    await test.close();
    await test.open({ now: () => T0 - 3_600_000, accept: ["clock_behind", "head_damaged"] });
    expect(test.log.recovery).toMatchObject({ accepted: ["clock_behind"], clockBehindMs: 3_600_000 });
  });

  it("a newer format, a damaged one, a missing one", async () => {
    await prepare(10);
    writeFileSync(at("format"), "telltale-data 3\n");
    expect(await codeOf(test.open())).toBe("newer_format");
    writeFileSync(at("format"), "something else");
    expect(await codeOf(test.open())).toBe("bad_format");
    rmSync(at("format"));
    expect(await codeOf(test.open())).toBe("bad_format");
  });

  it("a log that does not exist, when it is not to be created", async () => {
    test = TestLog.prepare({});
    expect(await codeOf(openLog({ dataDir: test.dir.path, onFatal: () => undefined }))).toBe("no_log");
  });
});
