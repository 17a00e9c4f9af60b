// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TempDir, tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestWitness } from "../../../log/test/evidence-bundle.js";
import { lineOf, type MemorySource, memorySource } from "../../../log/test/memory-source.js";
import type { FakeServer } from "../../test/fake-server.js";
import { type Instead, KEY, serveLog } from "../../test/log-server.js";
import { makeIo, type Ran, runCommand } from "../../test/test-io.js";
import { runCli } from "../run.js";

let dir: TempDir;
let mirror: string;
let server: FakeServer | undefined;
beforeEach(() => {
  dir = tempDir("mirror-command", true);
  mirror = join(dir.path, "m");
});
afterEach(async () => {
  await server?.close();
  dir.dispose();
});

const env = { TELLTALE_KEY: KEY };

async function serve(log: MemorySource, instead?: Instead): Promise<string> {
  await server?.close();
  server = await serveLog(log, log.signer.vkey, instead);
  return server.url;
}

const pullOnce = (url: string, ...more: string[]): Promise<Ran> =>
  runCommand(["mirror", "--from", url, "--data", mirror, "--once", ...more], { env });

describe("mirror", () => {
  it("shows the key that it believes at first contact, and how to compare it; later it needs no address", async () => {
    const log = memorySource(300);
    const url = await serve(log);
    const first = await pullOnce(url);
    expect([first.code, first.stdout]).toEqual([0, ""]);
    expect(first.stderr).toContain("FIRST CONTACT");
    expect(first.stderr).toContain(log.signer.vkey);
    expect(first.stderr).toMatch(/fingerprint ([0-9a-f]{4} ){7}[0-9a-f]{4}/);
    expect(first.stderr).toContain("300 events held (300 new)");
    log.grow(20);
    const second = await runCommand(["mirror", "--data", mirror, "--once"], { env });
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain("FIRST CONTACT");
    expect(second.stderr).toContain("320 events held (20 new)");
  });

  it("takes --vkey instead, and then believes nobody; the wrong one pins nothing", async () => {
    const [log, other] = [memorySource(3), memorySource(3)];
    const url = await serve(log);
    const wrong = await pullOnce(url, "--vkey", other.signer.vkey);
    expect(wrong.code).toBe(1);
    expect(existsSync(join(mirror, "mirror.json"))).toBe(false);
    const right = await pullOnce(url, "--vkey", log.signer.vkey);
    expect(right.code).toBe(0);
    expect(right.stderr).not.toContain("FIRST CONTACT");
    expect((await pullOnce(url, "--vkey", other.signer.vkey)).code).toBe(1);
    expect((await pullOnce(url, "--vkey", "nonsense")).code).toBe(64);
  });

  it("reads the key from a file, and asks for what is missing before it makes anything", async () => {
    const url = await serve(memorySource(3));
    const file = join(dir.path, "key");
    writeFileSync(file, `${KEY}\n`);
    const base = ["mirror", "--from", url, "--once"];
    expect((await runCommand([...base, "--data", mirror])).code).toBe(77);
    expect((await runCommand(base, { env })).code).toBe(64);
    expect((await runCommand(["mirror", "--data", mirror, "--from", "x"], { env })).code).toBe(64);
    expect((await runCommand([...base, "--data", mirror, "--key-file", `${file}x`])).code).toBe(66);
    expect(existsSync(mirror)).toBe(false);
    const pulled = await runCommand([...base, "--data", mirror, "--key-file", file]);
    expect(pulled.code).toBe(0);
    expect(pulled.stderr).not.toContain("WARNING");
    const far = ["mirror", "--from", "http://localhost.invalid", "--once", "--data", join(dir.path, "far")];
    const warned = await runCommand(far, { env });
    expect([warned.code, warned.stderr]).toEqual([69, expect.stringContaining("WARNING: over http")]);
    // Not into a directory that is something else's.
    expect((await runCommand([...base, "--data", dir.path, "--key-file", file])).code).toBe(73);
  });

  it("stops with an alarm at a log that went back, and keeps the evidence", async () => {
    const log = memorySource(300);
    const url = await serve(log);
    await pullOnce(url);
    log.lines.length = 200;
    log.sign();
    const ran = await runCommand(["mirror", "--data", mirror], { env });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("ALARM: the log went back: it offers 200 events, and had signed 300");
    const [evidence = ""] = readdirSync(join(mirror, "evidence"));
    expect(ran.stderr).toContain(join(mirror, "evidence", evidence));
    const status = await runCommand(["mirror", "status", mirror]);
    expect(status.code).toBe(1);
    expect(status.stdout).toContain(`EVIDENCE   ${join(mirror, "evidence", evidence)}`);
    expect(status.stdout).toContain("300 events");
  });

  it("goes on when the server was away, busy or broken, ever more slowly, and says each trouble once", async () => {
    const log = memorySource(300);
    let round = 0;
    const url = await serve(log, (request, response) => {
      if (request.path === "/log/checkpoint") round++;
      if (round < 3 || round > 8) return false; // the first contact and the first pull
      if (round < 6) response.writeHead(503).end('{"error":{"code":"busy","message":"busy"}}');
      else response.end("<html>");
      return true;
    });
    const stop = new AbortController();
    const pauses: number[] = [];
    const test = makeIo({
      env,
      signal: stop.signal,
      async sleep(ms) {
        pauses.push(ms);
        if (pauses.length === 9) stop.abort();
      },
    });
    expect(await runCli(["mirror", "--from", url, "--data", mirror, "--interval", "2"], test.io)).toBe(0);
    expect(pauses[0]).toBe(2000);
    expect(pauses[6]).toBeGreaterThan(16_000);
    expect(pauses[8]).toBe(2000);
    expect(test.stderr().match(/busy/g)).toHaveLength(2); // message and code, once
    expect(test.stderr().match(/not a signed note/g)).toHaveLength(1);
    expect(test.stderr()).toContain("The log can be pulled again.");
  });

  it("status and verify say what it holds, also as JSON, and a changed byte", async () => {
    const log = memorySource(300);
    await pullOnce(await serve(log));
    const status = JSON.parse((await runCommand(["mirror", "status", mirror, "--json"])).stdout) as object;
    expect(status).toMatchObject({ size: 300, pinned: "first-use", vkey: log.signer.vkey, evidence: [] });
    const events = await runCommand(["mirror", "events", mirror, "--first", "250", "--last", "260"]);
    expect([events.code, events.stdout]).toEqual([
      0,
      Array.from({ length: 11 }, (_, i) => `${lineOf(250 + i)}\n`).join(""),
    ]);
    expect((await runCommand(["mirror", "events", mirror])).stdout.split("\n")).toHaveLength(301);
    const later = { now: () => Date.now() + 11 * 60_000 };
    expect((await runCommand(["mirror", "status", mirror, "--max-age", "10"])).code).toBe(0);
    expect((await runCommand(["mirror", "status", mirror, "--max-age", "10"], later)).code).toBe(2);
    expect((await runCommand(["mirror", "status", "--data", mirror])).code).toBe(0);
    for (const args of [[mirror], ["--data", mirror]]) {
      const ran = await runCommand(["verify", ...args]);
      expect([ran.code, ran.stderr]).toEqual([0, ""]);
      expect(ran.stdout).toContain("INTACT  all 300 events");
    }
    const own = readFileSync(join(mirror, "keys/cosigner.vkey"), "utf8").trim();
    expect((await runCommand(["verify", mirror, "--require-witness", "--witness-key", own])).code).toBe(0);
    const { vkey: other } = new TestWitness("example.com/w1");
    expect((await runCommand(["verify", mirror, "--require-witness", "--witness-key", other])).code).toBe(3);
    const heads = ["--head-dir", join(dir.path, "heads")];
    const elsewhere = { env: { TELLTALE_HEAD_DIR: join(dir.path, "heads") } };
    expect((await runCommand(["verify", "--data", mirror, ...heads])).code).toBe(4);
    expect((await runCommand(["verify", "--data", mirror], elsewhere)).code).toBe(4);
    expect((await runCommand(["verify", mirror], elsewhere)).code).toBe(0);
    const file = join(mirror, "tlog/tile/entries/000");
    writeFileSync(file, readFileSync(file).fill(32, 100, 101));
    const ran = await runCommand(["verify", mirror]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("first bad  main:2");
    const printed = await runCommand(["mirror", "events", mirror]);
    expect([printed.code, printed.stdout]).toEqual([1, ""]);
    for (const command of ["status", "events"]) {
      expect((await runCommand(["mirror", command, dir.path])).code).toBe(66);
      expect((await runCommand(["mirror", command])).code).toBe(64);
    }
  });
});

const against = (url: string, ...more: string[]): Promise<Ran> =>
  runCommand(["verify", "--url", url, "--against", mirror, ...more], { env });

describe("mirror events", () => {
  it("says what was never held, and makes hidden characters visible", async () => {
    const log = memorySource(600);
    log.lines[300] = '{"message":"\u202e"}';
    log.sign();
    log.pruned.add(0);
    const pulled = await pullOnce(await serve(log));
    expect(pulled.stderr).toContain("256 events had been pruned at the source");
    const ran = await runCommand(["mirror", "events", mirror]);
    expect(ran.code).toBe(2);
    expect(ran.stdout.split("\n")).toHaveLength(345);
    expect(ran.stdout).toContain('{"message":"\\u202e"}');
    expect(ran.stderr).toContain("256 events in this range");
    expect((await runCommand(["verify", mirror])).code).toBe(2);
  });
});

describe("verify --url --against", () => {
  it("the same, behind, cut, changed, another log", async () => {
    const log = memorySource(300);
    const url = await serve(log);
    await pullOnce(url);
    expect(await against(url)).toMatchObject({ code: 0, stdout: expect.stringContaining("SAME") as string });
    log.grow(5);
    const behind = await against(url);
    expect([behind.code, behind.stdout]).toEqual([
      0,
      expect.stringContaining("the mirror is 5 events behind"),
    ]);
    log.lines.length = 280;
    log.sign();
    const cut = await against(url);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toContain(
      "20 events of example.com/memory that the mirror holds are gone from the log, from index 280",
    );
    expect(cut.stdout).toContain("received 2026-11-22T10:00:00.000Z to 2026-11-22T10:00:00.000Z");
    log.lines = Array.from({ length: 300 }, (_, i) =>
      i === 7 ? '{"action":"x\\u001b[2J","id":"\u202e"}' : lineOf(i),
    );
    log.sign();
    const changed = await against(url);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toContain("not the same from event 7 on");
    expect(changed.stdout).toMatch(
      /^ {2}differs {4}received\n {4}mirror {3}"2026-11-22T10:00:00.000Z"\n {4}log {6}absent$/m,
    );
    for (const char of ["\u001b", "\u202e"]) expect(changed.stdout).not.toContain(char);
    expect(JSON.parse((await against(url, "--json")).stdout)).toMatchObject({
      against: { relation: "differs", first: 7, mirror: { line: lineOf(7) }, log: { action: "x\u001b[2J" } },
    });
    const another = memorySource(300);
    expect((await against(url, "--vkey", another.signer.vkey)).code).toBe(4);
    expect((await against(url, "--vkey", log.signer.vkey)).code).toBe(1);
    const other = await against(await serve(another));
    expect(other.code).toBe(4);
    expect(other.stdout).toContain("OTHER LOG");
  });

  it("needs a mirror that is there and whole", async () => {
    const url = await serve(memorySource(300));
    expect((await against(url)).code).toBe(66);
    await pullOnce(url);
    const copy = join(dir.path, "copy");
    cpSync(mirror, copy, { recursive: true });
    expect((await runCommand(["verify", copy, "--against", mirror])).code).toBe(0);
    writeFileSync(join(mirror, "tlog/tile/0/001.p/44"), Buffer.alloc(44 * 32));
    const damaged = await against(url);
    expect(damaged.code).toBe(4);
    expect(damaged.stdout).toContain("NOT COMPARED");
  });
});
