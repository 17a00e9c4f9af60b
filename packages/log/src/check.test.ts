// SPDX-License-Identifier: Apache-2.0
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { TestLog, tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { verifyLog } from "./verify.js";
import { createSigner, parseSigner } from "./keys.js";
import { openLog } from "./open.js";

let test: TestLog;

afterEach(() => test.dispose());

const at = (name: string): string => path.join(test.dir.path, name);
const verify = (options = {}): ReturnType<typeof verifyLog> =>
  verifyLog({ dataDir: test.dir.path, ...options });

describe("verdicts", () => {
  it("nothing checked is never a pass", async () => {
    test = TestLog.prepare();
    expect(await verify()).toMatchObject({ verdict: "unverifiable", checked: 0 });
    expect(await verify({ name: "../etc" })).toMatchObject({ verdict: "unverifiable" });
    expect(await verify({ dataDir: at("does/not/exist") })).toMatchObject({ verdict: "unverifiable" });
    await test.open();
    expect(await verify()).toMatchObject({ verdict: "unverifiable", size: 0 });
  });

  it("intact, with progress; unwitnessed for those who ask; also while the server runs", async () => {
    test = await TestLog.create({ segmentBytes: 10_000 });
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      const verdict = test.checkDirectory();
      await Promise.all([test.appendOnly(300), verdict]);
    }
    await test.check();
    const verdict = await verify({ onProgress: ({ checked }: { checked: number }) => seen.push(checked) });
    expect(verdict).toMatchObject({ verdict: "intact", size: 1500, checked: 1500, provenTo: 1500 });
    expect(seen.at(-1)).toBe(1500);
    expect(await verify({ requireWitness: true })).toMatchObject({ verdict: "unwitnessed" });
  });

  it("a key that the verifier knows decides, not the one beside the log", async () => {
    test = await TestLog.create();
    await test.append(3);
    const { vkey } = test.log;
    expect(await verify({ vkey })).toMatchObject({ verdict: "intact" });
    const { signer } = createSigner("example.com/other");
    expect((await verify({ vkey: signer.vkey })).verdict).toBe("tampered");
    expect((await verify({ vkey: "nonsense" })).verdict).toBe("tampered");
  });

  it("the tail cut off: the last proven size is named", async () => {
    test = await TestLog.create();
    await test.append(100);
    await test.reopen(); // publishes a checkpoint of 100
    await test.append(20);
    await test.close();
    const segment = at("log/main/segment/00000000000000000000.ndjson");
    const lines = readFileSync(segment, "utf8").split("\n");
    writeFileSync(segment, `${lines.slice(0, 110).join("\n")}\n`);
    expect(await verify()).toMatchObject({ verdict: "tampered", firstBad: 110, provenTo: 100, checked: 110 });
  });

  it("the tail cut off: what was read behind the last proven event is accounted for", async () => {
    test = await TestLog.create();
    await test.append(29);
    await test.reopen();
    await test.append(20);
    await test.close();
    const segment = at("log/main/segment/00000000000000000000.ndjson");
    const lines = readFileSync(segment, "utf8").split("\n");
    const cutTo = async (count: number): Promise<string> => {
      writeFileSync(segment, `${lines.slice(0, count).join("\n")}\n`);
      return (await verify()).message;
    };
    expect(await cutTo(30)).toContain(
      "First bad event: 30. Events 0 to 28 are proven. Event 29 was read, but no signed checkpoint ends with it: nothing proves it.",
    );
    expect(await cutTo(32)).toContain(
      "Events 0 to 28 are proven. Events 29 to 31 were read, but no signed checkpoint ends with them: nothing proves them.",
    );
    expect(await cutTo(29)).toMatch(/First bad event: 29\. Events 0 to 28 are proven\.$/);
    expect(await cutTo(3)).toMatch(
      /First bad event: 3\. No event is proven\. Events 0 to 2 were read, but .* nothing proves them\.$/,
    );
  });

  it("the head deleted: the published checkpoints still say what is proven and what is gone", async () => {
    test = await TestLog.create();
    await test.append(100);
    await test.reopen();
    await test.append(20);
    await test.close();
    rmSync(at("head"), { recursive: true });
    const whole = await verify();
    expect(whole).toMatchObject({ verdict: "tampered", checked: whole.size, provenTo: whole.size });
    expect(whole.size).toBeGreaterThanOrEqual(100);
    expect(whole.message).toContain(
      `All ${whole.size} events that the published checkpoints know of are proven; whether there were more, nothing says.`,
    );
    const segment = at("log/main/segment/00000000000000000000.ndjson");
    const lines = readFileSync(segment, "utf8").split("\n");
    writeFileSync(segment, `${lines.slice(0, 50).join("\n")}\n`);
    const cut = await verify();
    expect(cut).toMatchObject({
      verdict: "tampered",
      checked: 50,
      size: whole.size,
      firstBad: 50,
      provenTo: 0,
    });
    expect(cut.findings.join()).not.toContain("an old head was put back");
    expect(cut.message).toContain("First bad event: 50. No event is proven.");
    rmSync(at("log/main/checkpoints"));
    const nothing = await verify();
    expect(nothing).toMatchObject({ verdict: "tampered", size: 0 });
    expect(nothing.message).toMatch(/No event is proven: nothing that is signed says how many there were\.$/);
  });

  it("a tile changed beside events that are all proven: says so", async () => {
    test = await TestLog.create();
    await test.append(300);
    await test.close();
    const tile = at("log/main/tile/0/000");
    const bytes = readFileSync(tile);
    bytes[40]! ^= 1;
    writeFileSync(tile, bytes);
    expect((await verify()).message).toMatch(
      /All 300 events are proven: what was changed lies beside them, first at event \d+\.$/,
    );
  });

  it("an event and its tile changed together: the first event that is not proven is named", async () => {
    test = await TestLog.create();
    await test.append(100);
    await test.reopen();
    await test.append(20);
    await test.close();
    const segment = at("log/main/segment/00000000000000000000.ndjson");
    writeFileSync(segment, readFileSync(segment, "utf8").replace('"n":110', '"n":911'));
    rmSync(at("log/main/tile"), { recursive: true });
    expect(await verify()).toMatchObject({ verdict: "tampered", firstBad: 100, provenTo: 100 });
  });

  it("a changed event is named exactly, also below the tiles of higher levels that it changes too", async () => {
    test = await TestLog.create();
    await test.append(1);
    await test.append(700);
    await test.close();
    const segment = at("log/main/segment/00000000000000000000.ndjson");
    const original = readFileSync(segment);
    const lines = original.toString("latin1").split("\n");
    for (const index of [0, 1, 255, 256, 300, 511, 512, 700]) {
      const changed = Buffer.from(original);
      const offset = lines.slice(0, index).join("\n").length + (index === 0 ? 0 : 1);
      changed[offset + 1] = (changed[offset + 1] as number) ^ 1;
      writeFileSync(segment, changed);
      expect(await verify()).toMatchObject({ verdict: "tampered", firstBad: index });
    }
    writeFileSync(segment, original);
  });

  it("rewritten and signed again with another key: tampered for all who know the key", async () => {
    test = await TestLog.create();
    await test.append(50);
    const { vkey } = test.log;
    await test.close();
    const forged = tempDir("forged");
    const log = await openLog({
      dataDir: forged.path,
      create: { originName: "example.com/test" },
      onFatal: () => undefined,
    });
    await log.close();
    expect((await verifyLog({ dataDir: forged.path, vkey })).verdict).not.toBe("intact");
    forged.dispose();
  });

  it("a segment that lies inside another one, a damaged and a missing file of checkpoints", async () => {
    test = await TestLog.create();
    await test.append(50);
    await test.close();
    const stray = at("log/main/segment/00000000000000000007.ndjson");
    writeFileSync(stray, "{}\n");
    expect((await verify()).verdict).toBe("tampered");
    rmSync(stray);
    appendFileSync(at("log/main/checkpoints"), "garbage");
    expect((await verify()).verdict).toBe("tampered");
    rmSync(at("log/main/checkpoints"));
    expect((await verify()).verdict).toBe("tampered");
  });

  it("lines beyond the head are not part of the log and not held against it", async () => {
    test = await TestLog.create();
    await test.append(5);
    await test.close();
    appendFileSync(at("log/main/segment/00000000000000000000.ndjson"), '{"late":1}\n{"torn"');
    expect(await verify()).toMatchObject({ verdict: "intact", size: 5, checked: 5 });
  });

  it("any file replaced by any bytes, or by a directory: never an exception, never intact", async () => {
    test = await TestLog.create({ segmentBytes: 3000 });
    await test.append(300, 24);
    await test.append(20, 24);
    await test.compressed();
    await test.close();
    const files = readdirSync(test.dir.path, { recursive: true, encoding: "utf8" }).filter((file) =>
      statSync(at(file)).isFile(),
    );
    const zeros = fc.constantFrom(1, 4096, 8192).map((length) => ({ zeros: length }));
    const contents = fc.oneof(fc.uint8Array({ maxLength: 300 }), zeros, fc.constant("directory"));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), contents, async (file, bytes) => {
        // A log that died before it published anything has an empty file too: the head store proves it all the same.
        fc.pre(!(file.endsWith("checkpoints") && bytes instanceof Uint8Array && bytes.length === 0));
        const before = readFileSync(at(file));
        rmSync(at(file));
        if (typeof bytes === "string") mkdirSync(at(file));
        else writeFileSync(at(file), "zeros" in bytes ? Buffer.alloc(bytes.zeros) : bytes);
        const { verdict } = await verify();
        rmSync(at(file), { recursive: true });
        writeFileSync(at(file), before);
        expect({ file, verdict }).toEqual({
          file,
          verdict: expect.stringMatching(/^(tampered|unverifiable)$/) as string,
        });
      }),
      { numRuns: 60 },
    );
    await test.checkDirectory();
  });
});

describe("key files", () => {
  it("go there and back, and any damage is named without showing the key", () => {
    test = TestLog.prepare();
    const { signer, file } = createSigner("example.com/key");
    expect(parseSigner(file).vkey).toBe(signer.vkey);
    const secret = file.split("+").slice(4).join("+").trim();
    expect(secret.length).toBeGreaterThan(40);
    for (let cut = 0; cut < file.length - 1; cut += 3) {
      expect(() => parseSigner(file.slice(0, cut))).toThrow(expect.objectContaining({ code: "key_invalid" }));
    }
    expect(() => parseSigner(file.replace(secret, `${secret.slice(0, -1)}_`))).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret.slice(0, 20)) as string }),
    );
  });
});
