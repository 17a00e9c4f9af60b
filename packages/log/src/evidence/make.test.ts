// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { policyOfAll } from "@telltale/merkle";
import {
  type CheckedEvent,
  LAYOUT,
  proofName,
  toExportRecord,
  verifyEvidence,
  type VerifyEvidenceOptions,
} from "@telltale/merkle/evidence";
import { nobleCrypto } from "@telltale/merkle/noble";
import { nodeCrypto } from "@telltale/merkle/node";
import { tempDir } from "@telltale/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import {
  makeZip,
  MemoryFiles,
  openZip,
  TestWitness,
  toRequest,
  toSource,
  witnessedSource,
} from "../../test/evidence-bundle.js";
import { MemorySource, memorySource } from "../../test/memory-source.js";
import { makeEvidence } from "./make.js";
import { openEvidence } from "./open.js";

const crypto = nodeCrypto;
const verify = (files: Parameters<typeof verifyEvidence>[0], more: Partial<VerifyEvidenceOptions> = {}) =>
  verifyEvidence(files, { crypto, ...more });

const witness = new TestWitness("example.com/w1");
const INDICES = [0, 1, 2, 255, 256, 600, 690, 699];
let log: MemorySource;
let zip: Buffer;
let bundle: MemoryFiles;

beforeAll(async () => {
  log = memorySource(300);
  const first = (await log.checkpoint()).toString();
  log.grow(400);
  zip = await makeZip(await witnessedSource(log, witness, first), toRequest(INDICES));
  bundle = await MemoryFiles.unpack(zip);
});

describe("a bundle", () => {
  it("proves each event, with Node's cryptography and with the browser's", async () => {
    const seen: CheckedEvent[] = [];
    for (const each of [nodeCrypto, nobleCrypto]) {
      const report = await verify(await openZip(zip), {
        crypto: each,
        vkey: log.signer.vkey,
        onEvent: (event) => seen.push({ ...event, line: Buffer.from(event.line) }),
      });
      expect(report).toMatchObject({ verdict: "intact", findings: [], checked: 8, total: 8 });
      expect(report.key?.from).toBe("given");
      expect(report.checkpoints.map(({ head }) => Number(head.size))).toEqual([700, 300]);
      expect(report.checkpoints[1]?.cosigned.map(({ name }) => name)).toEqual(["example.com/w1"]);
    }
    expect(seen).toHaveLength(16);
    expect(seen.slice(0, 8).map(({ index, line }) => [index, Buffer.from(line).toString()])).toEqual(
      INDICES.map((index) => [index, log.lines[index]]),
    );
  });

  it("says that its own key and its own witnesses are not yet a reason to believe it", async () => {
    const report = await verify(bundle);
    expect(report.verdict).toBe("intact");
    expect(report.key?.from).toBe("bundle");
    expect(report.notes.join("\n")).toContain(report.key?.fingerprint as string);
    expect(report.notes.join("\n")).toContain("whom only the bundle names");
    expect(await verify(bundle, { requireWitness: true })).toMatchObject({ verdict: "unwitnessed" });
  });

  it("is witnessed as far as those cosigned whom the verifier believes", async () => {
    const policy = policyOfAll([witness.policy]);
    const late = await verify(bundle, { policy, requireWitness: true });
    expect(late.verdict).toBe("unwitnessed");
    expect(late.message).toContain("the events from 300 on are newer");
    const stranger = policyOfAll([new TestWitness("example.com/other").policy]);
    expect((await verify(bundle, { policy: stranger })).verdict).toBe("unwitnessed");
    const nobody = { ...policy, quorum: { kind: "none" as const } };
    const alone = await MemoryFiles.unpack(await makeZip(await toSource(log), toRequest(INDICES)));
    expect((await verify(alone, { policy: nobody, requireWitness: true })).verdict).toBe("unwitnessed");
    const source = await toSource(log, { witnessed: witness.cosign((await log.checkpoint()).toString()) });
    const files = await MemoryFiles.unpack(await makeZip(source, toRequest(INDICES)));
    expect(await verify(files, { policy, requireWitness: true })).toMatchObject({
      verdict: "intact",
      findings: [],
    });
    expect(files.names).not.toContain(LAYOUT.witnessed);
  });

  it("has the same bytes for the same request", async () => {
    const source = await toSource(log);
    expect(
      (await makeZip(source, toRequest(INDICES))).equals(await makeZip(source, toRequest(INDICES))),
    ).toBe(true);
  });

  it("is incomplete where retention had removed what was asked for", async () => {
    const source = await toSource(log, { pruned: [{ first: 256, next: 512 }] });
    const files = await MemoryFiles.unpack(await makeZip(source, toRequest([1, 2], { missing: [300, 301] })));
    const report = await verify(files);
    expect(report).toMatchObject({ verdict: "incomplete", checked: 2 });
    expect(report.message).toContain("300 to 301");
    expect(report.manifest?.pruned).toEqual([{ first: 256, next: 512 }]);
  });

  it("that holds nothing is never a pass", async () => {
    const files = await MemoryFiles.unpack(await makeZip(await toSource(log), toRequest([])));
    expect(await verify(files)).toMatchObject({ verdict: "unverifiable", checked: 0 });
    expect(await verify(new MemoryFiles([]))).toMatchObject({ verdict: "unverifiable", checked: 0 });
  });

  it("does not take an event that is not what was signed", async () => {
    const lying = await toSource(log, {
      async *lines(indices) {
        for (const index of indices) yield Buffer.from(index === 255 ? "{}" : (log.lines[index] as string));
      },
    });
    await expect(makeZip(lying, toRequest(INDICES))).rejects.toMatchObject({ code: "root_mismatch" });
  });

  it.each([
    ["out of order", [2, 1]],
    ["twice", [1, 1]],
    ["beyond the log", [700]],
    ["negative", [-1]],
    ["too many", Array.from({ length: 50_001 }, (_, i) => i)],
  ])("is refused for indexes that are %s", async (_, indices) => {
    await expect(
      toSource(log).then((source) => makeEvidence(source, toRequest(indices))),
    ).rejects.toMatchObject({
      code: "bad_range",
    });
  });

  it("is not made where the witnessed checkpoint is of another history", async () => {
    const other = memorySource(0);
    const forked = new MemorySource(
      Array.from({ length: 300 }, (_, i) => `{"other":${i}}`),
      log.signer,
    );
    expect(other.lines).toEqual([]);
    const source = await witnessedSource(log, witness, (await forked.checkpoint()).toString());
    await expect(makeEvidence(source, toRequest([1]))).rejects.toMatchObject({ code: "root_mismatch" });
  });
});

const recordOf = (indices: readonly number[]) =>
  `{"received":"2026-11-22T10:00:00.000Z","via":"telltale","action":"log_exported","data":${JSON.stringify(toExportRecord(nodeCrypto, indices))}}`;

describe("the log's own record of an export", () => {
  it("shows that nothing was taken out since, or that something was", async () => {
    const sealed = memorySource(20);
    sealed.lines.push(recordOf([3, 4, 9]));
    sealed.sign();
    const whole = toRequest([3, 4, 9, 20], { record: 20 });
    const report = await verify(await MemoryFiles.unpack(await makeZip(await toSource(sealed), whole)));
    expect(report.verdict).toBe("intact");
    expect(report.notes.join()).toContain("none was taken out since");
    const less = toRequest([3, 9, 20], { record: 20 });
    const cut = await verify(await MemoryFiles.unpack(await makeZip(await toSource(sealed), less)));
    expect(cut.verdict).toBe("tampered");
    expect(cut.message).toContain("other events were exported");
    const wrong = toRequest([3, 4, 9, 20], { record: 4 });
    expect(
      (await verify(await MemoryFiles.unpack(await makeZip(await toSource(sealed), wrong)))).verdict,
    ).toBe("tampered");
  });
});

describe("an unpacked bundle", () => {
  it("verifies like the zip, by unzip and from a folder", async () => {
    const dir = tempDir("evidence", true);
    const file = path.join(dir.path, "bundle.zip");
    writeFileSync(file, zip);
    const opened = await openEvidence(file);
    expect((await verify(opened.files)).verdict).toBe("intact");
    await opened.close();
    const folder = path.join(dir.path, "out");
    for (const [name, bytes] of bundle.files) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    }
    const unpacked = await openEvidence(folder);
    expect(await verify(unpacked.files)).toMatchObject({ verdict: "intact", checked: 8 });
    writeFileSync(path.join(folder, proofName(255)), "");
    expect(await verify((await openEvidence(folder)).files)).toMatchObject({
      verdict: "tampered",
      firstBad: 255,
    });
    // Another program's reading of the zip.
    const listed = execFileSync("python3", ["-m", "zipfile", "-t", file]).toString();
    expect(listed).toContain("Done testing");
    dir.dispose();
  });
});
