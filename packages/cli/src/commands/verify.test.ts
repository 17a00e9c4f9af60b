// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openLog } from "@telltale/log";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";
import { foldFindings, toExit } from "../verify/words.js";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "telltale-verify-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

async function makeLog(events: number): Promise<void> {
  const log = await openLog({
    dataDir: data,
    create: { originName: "test" },
    onFatal(error) {
      throw error;
    },
  });
  const lines = Array.from({ length: events }, (_, i) => `{"n":${i}}\n`);
  const ends = new Uint32Array(events);
  const hashes: Buffer[] = [];
  let at = 0;
  for (const [i, line] of lines.entries()) {
    at += line.length;
    ends[i] = at;
    hashes.push(createHash("sha256").update("\0").update(line.slice(0, -1)).digest());
  }
  await log.append({
    bytes: Buffer.from(lines.join("")),
    ends,
    count: events,
    leafHashes: Buffer.concat(hashes),
  });
  await log.close();
}

describe("verify", () => {
  it("says intact, with the range", async () => {
    await makeLog(20);
    const ran = await runCommand(["verify", "--data", data]);
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain("INTACT");
    expect(ran.stdout).toContain("main:0 to main:19");
    expect(JSON.parse((await runCommand(["verify", "--data", data, "--json"])).stdout)).toMatchObject({
      verdict: "intact",
      size: 20,
      checked: 20,
    });
  });
  it("names the first bad index of a changed event and exits 1", async () => {
    await makeLog(20);
    const folder = join(data, "log/main/segment");
    const name = readdirSync(folder).find((each) => each.endsWith(".ndjson")) as string;
    writeFileSync(join(folder, name), readFileSync(join(folder, name), "utf8").replace('{"n":7}', '{"n":8}'));
    const ran = await runCommand(["verify", "--data", data]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("TAMPERED");
    expect(ran.stdout).toContain("first bad  main:7");
  });
  it.each(["bogus", "a+b+c", "example.com/x+00000000+AQ==", ""])(
    "calls the verifier key %j a slip in typing, not a changed log",
    async (vkey) => {
      await makeLog(3);
      const ran = await runCommand(["verify", "--data", data, "--vkey", vkey]);
      expect([ran.code, ran.stdout]).toEqual([64, ""]);
      expect(ran.stderr).toContain("8 hex digits");
    },
  );
  it("takes the right key, also with a line end, and does not take another log's", async () => {
    await makeLog(3);
    const vkey = readFileSync(join(data, "keys/main.vkey"), "utf8");
    expect((await runCommand(["verify", "--data", data, "--vkey", `${vkey}\n`])).code).toBe(0);
    const first = data;
    data = join(first, "other");
    await makeLog(1);
    expect((await runCommand(["verify", "--data", data, "--vkey", vkey])).code).toBe(1);
    data = first;
  });
  it.each([
    "format",
    "head/main",
    "keys/main.vkey",
    "log/main/checkpoints",
    "log/main/keys",
    "log/main/witnessed",
    "log/main/pruned",
    "log/main/tile/0/000.p/20",
    "log/main/segment/00000000000000000000.ndjson",
  ])("does not wait for ever at a pipe that stands in the place of %s", async (name) => {
    await makeLog(20);
    const file = join(data, name);
    rmSync(file, { force: true });
    mkdirSync(dirname(file), { recursive: true });
    execFileSync("mkfifo", [file]);
    const ran = await runCommand(["verify", "--data", data]);
    expect([ran.code, ran.stdout]).toEqual([1, expect.stringContaining("is no plain file") as string]);
  });
  it("does not read on at a device", async () => {
    await makeLog(20);
    rmSync(join(data, "keys/main.vkey"));
    symlinkSync("/dev/zero", join(data, "keys/main.vkey"));
    expect((await runCommand(["verify", "--data", data])).stdout).toContain("is no plain file");
  });
  it("says unverifiable where there is no log", async () => {
    const ran = await runCommand(["verify", "--data", join(data, "nowhere"), "--json"]);
    expect(ran.code).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({ verdict: "unverifiable", checked: 0 });
    expect((await runCommand(["verify", "--data", data, "--log", "../.."])).code).toBe(4);
  });
});

describe("foldFindings", () => {
  it("tells once, with the number, what differs only in its numbers", () => {
    const roots = [1, 2, 3].map(
      (n) => `the first ${n} events do not have the root that checkpoint ${n} signed`,
    );
    expect(foldFindings(["one", ...roots, "two"])).toEqual([
      "one",
      `${roots[0]} (and 2 more like it)`,
      "two",
    ]);
    expect(foldFindings([])).toEqual([]);
  });
});

describe("toExit", () => {
  it.each([
    ["intact", false, "ok"],
    ["tampered", false, "failed"],
    ["incomplete", true, "incomplete"],
    ["unwitnessed", true, "unwitnessed"],
    ["unwitnessed", false, "ok"],
    ["unverifiable", false, "unverifiable"],
  ] as const)("%s (witness required: %s) is %s", (verdict, witness, exit) => {
    expect(toExit(verdict, witness)).toBe(exit);
  });
});
