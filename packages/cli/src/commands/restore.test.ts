// SPDX-License-Identifier: Apache-2.0
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { MirrorStore, openLog, predecessorDir, pull, verifyLog } from "@telltale/log";
import { parseConfig, startServer } from "@telltale/server";
import { type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { logSource } from "../../test/log-source.js";
import { runCommand } from "../../test/test-io.js";

let dir: TempDir;
const at = (...names: string[]): string => join(dir.path, ...names);

beforeEach(() => {
  dir = tempDir("cli-restore");
});
afterEach(() => dir.dispose());

let n = 0;
const lines = (count: number) => toBatch(Array.from({ length: count }, () => `{"n":${n++}}`));
const open = (name: string) =>
  openLog({ dataDir: at(name), create: { originName: "old.example/log" }, onFatal: () => undefined });

interface Answer {
  origin: string;
  predecessor: { origin: string; known: number | null; kept: number };
}

async function restore(from: string, to: string, ...more: string[]): Promise<Answer> {
  const ran = await runCommand([
    "restore",
    "--from",
    at(from),
    "--data",
    at(to),
    "--reason",
    "a test",
    "--json",
    ...more,
  ]);
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as Answer;
}

/** A log of 300 events, a backup of it at 200, and a receipt of the last one. */
async function prepare(): Promise<{ origin: string }> {
  const log = await open("old");
  await log.append(lines(200));
  const { origin } = log;
  await log.close();
  cpSync(at("old"), at("backup"), { recursive: true });
  const again = await open("old");
  await again.append(lines(100));
  writeFileSync(at("receipt"), await again.proof(299));
  writeFileSync(at("checkpoint"), again.checkpoint().text);
  await again.close();
  return { origin };
}

const run = (...args: string[]) => runCommand(["restore", "--reason", "a test", ...args]);

describe("telltale restore", () => {
  it("succeeds a whole log: everything known is kept, and the new log says so in its first event", async () => {
    const { origin } = await prepare();
    const answer = await restore("old", "new");
    expect(answer.predecessor).toEqual({ origin, known: 300, kept: 300 });
    expect(answer.origin).toMatch(/^old\.example\/log\/[0-9a-f]{32}$/);
    expect(answer.origin).not.toBe(origin);
    const log = await open("new");
    const first = JSON.parse((await log.read(0, 1)).bytes.toString()) as { data: Record<string, unknown> };
    expect(first).toMatchObject({
      via: "telltale",
      action: "log_successor_started",
      data: { origin, checkpoint: readFileSync(at("checkpoint"), "utf8"), lost: 0, why: "a test" },
    });
    await log.close();
    const verdict = await verifyLog({ dataDir: at("new") });
    expect(verdict).toMatchObject({
      verdict: "intact",
      size: 1,
      predecessors: [{ verdict: "intact", known: 300, kept: 300 }],
    });
    const kept = predecessorDir(at("new"), origin);
    expect(await verifyLog({ dataDir: kept })).toMatchObject({ verdict: "intact", size: 300 });
    expect(readdirSync(join(kept, "keys"))).toEqual(["main.vkey"]);
    expect(existsSync(at("new.restoring"))).toBe(false);
    const checked = await runCommand(["verify", "--data", at("new")]);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain(`all 300 events of ${origin} are kept`);
  });

  it("says what is lost, by the newest checkpoint that anybody shows, and never continues the old origin", async () => {
    const { origin } = await prepare();
    // Without evidence nobody knows of more than the backup.
    expect((await restore("backup", "a")).predecessor).toEqual({ origin, known: 200, kept: 200 });
    for (const [to, file] of [
      ["b", "receipt"],
      ["c", "checkpoint"],
    ] as const) {
      const answer = await restore("backup", to, "--evidence", at(file));
      expect(answer.predecessor).toEqual({ origin, known: 300, kept: 200 });
      expect((await verifyLog({ dataDir: at(to) })).predecessors).toMatchObject([
        { verdict: "incomplete", known: 300, kept: 200 },
      ]);
    }
    // The head store lay apart, and knows.
    mkdirSync(at("heads"));
    cpSync(at("old", "head", "main"), at("heads", "main"));
    const apart = await restore("backup", "d", "--from-head-dir", at("heads"), "--head-dir", at("new-heads"));
    expect(apart.predecessor).toEqual({ origin, known: 300, kept: 200 });
    expect(existsSync(at("d", "head", "main"))).toBe(false);
    const log = await openLog({ dataDir: at("d"), headDir: at("new-heads"), onFatal: () => undefined });
    await log.close();
    const verdict = await verifyLog({ dataDir: at("d"), headDir: at("new-heads") });
    expect(verdict).toMatchObject({ verdict: "intact", predecessors: [{ known: 300, kept: 200 }] });
  });

  it("takes what is left of a log that the server refuses", async () => {
    await prepare();
    const segment = at(
      "old",
      "log",
      "main",
      "segment",
      readdirSync(at("old", "log", "main", "segment"))[0] ?? "",
    );
    truncateSync(segment, 1000);
    await expect(open("old")).rejects.toThrow("telltale restore");
    const answer = await restore("old", "new");
    expect(answer.predecessor.known).toBe(300);
    expect(answer.predecessor.kept).toBeGreaterThan(50);
    expect(await verifyLog({ dataDir: at("new") })).toMatchObject({
      verdict: "intact",
      predecessors: [{ verdict: "incomplete" }],
    });
  });

  it("begins from a mirror", async () => {
    const { origin } = await prepare();
    const log = await open("old");
    const store = await MirrorStore.open({ dir: at("mirror") });
    await store.setPin({ vkey: log.vkey, pinned: "given", source: "test", since: 1, absent: [] });
    await pull({ store, source: logSource(log), now: Date.now });
    await store.close();
    await log.close();
    expect((await restore("mirror", "new")).predecessor).toEqual({ origin, known: 300, kept: 300 });
    expect(await verifyLog({ dataDir: at("new") })).toMatchObject({
      verdict: "intact",
      predecessors: [{ verdict: "intact", kept: 300 }],
    });
  });

  it("begins from an archive, as far as it goes on without a gap", async () => {
    const log = await openLog({
      dataDir: at("old"),
      segmentBytes: 2000,
      create: { originName: "old.example/log" },
      onFatal: () => undefined,
    });
    mkdirSync(at("archive"));
    for (let i = 0; i < 5; i++) await log.append(lines(200));
    for (
      let tries = 0;
      log.segments().some(({ closed, path }) => closed && !path.endsWith(".zst"));
      tries++
    ) {
      expect(tries).toBeLessThan(500);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const closed = log.segments().filter((each) => each.closed);
    expect(closed.length).toBeGreaterThan(1);
    for (const { path } of closed) {
      cpSync(path, at("archive", basename(path)));
      writeFileSync(
        at("archive", `${basename(path)}.json`),
        JSON.stringify({ checkpoint: log.checkpoint().text }),
      );
    }
    const { origin, vkey } = log;
    await log.close();
    expect((await run("--from", at("archive"), "--data", at("new"))).code).toBe(66);
    const size = closed.reduce((sum, { count }) => sum + count, 0);
    const answer = await restore("archive", "new", "--vkey", vkey);
    expect(answer.predecessor).toEqual({ origin, known: 1000, kept: size });
    expect(await verifyLog({ dataDir: at("new") })).toMatchObject({
      verdict: "intact",
      predecessors: [{ verdict: "incomplete", known: 1000, kept: size }],
    });
    rmSync(at("archive", basename(closed[1]?.path ?? "")));
    const cut = await restore("archive", "cut", "--vkey", vkey);
    expect(cut.predecessor).toMatchObject({ known: 1000, kept: closed[0]?.count });
  });

  it("keeps the chain: a successor of a successor leads to both", async () => {
    const { origin } = await prepare();
    const second = await restore("backup", "second", "--evidence", at("receipt"));
    const log = await open("second");
    await log.append(lines(7));
    await log.close();
    await restore("second", "third");
    const verdict = await verifyLog({ dataDir: at("third") });
    expect(verdict.predecessors?.map((each) => [each.origin, each.verdict, each.known, each.kept])).toEqual([
      [second.origin, "intact", 8, 8],
      [origin, "incomplete", 300, 200],
    ]);
    // A changed event in the oldest of them is found from the newest.
    const oldest = predecessorDir(predecessorDir(at("third"), second.origin), origin);
    const segment = join(oldest, "log", "main", "segment", "00000000000000000000.ndjson");
    const bytes = readFileSync(segment);
    bytes[20] = (bytes[20] as number) ^ 1;
    writeFileSync(segment, bytes);
    expect((await verifyLog({ dataDir: at("third") })).verdict).toBe("tampered");
    rmSync(predecessorDir(at("third"), second.origin), { recursive: true });
    expect((await verifyLog({ dataDir: at("third") })).predecessors).toMatchObject([
      { verdict: "unverifiable" },
    ]);
  });

  it("brings people's and applications' keys along, and the server goes on", async () => {
    const settings = { port: "0", logLevel: "silent", learn: "false", workers: "1" };
    const server = await startServer(parseConfig({ ...settings, dataDir: at("old") }));
    const made = await runCommand([
      "keys",
      "create",
      "--role",
      "ingest",
      "--name",
      "shop",
      "--data",
      at("old"),
    ]);
    await server.close();
    await restore("old", "new");
    const next = await startServer(parseConfig({ ...settings, dataDir: at("new") }));
    try {
      const answer = await fetch(`${next.url}/v1/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${made.stdout.trim()}`, "content-type": "application/json" },
        body: JSON.stringify({ v: 1, action: "authn_login_success", time: new Date().toISOString() }),
      });
      expect(answer.status).toBeLessThan(300);
    } finally {
      await next.close();
    }
    expect(await verifyLog({ dataDir: at("new") })).toMatchObject({
      verdict: "intact",
      predecessors: [{ verdict: "intact" }],
    });
  });

  it("refuses what is no log, a place that is not empty, foreign evidence and a missing reason", async () => {
    await prepare();
    expect((await run("--from", at("nowhere"), "--data", at("new"))).code).toBe(66);
    expect((await run("--from", at("old"), "--data", at("backup"))).code).toBe(73);
    const other = await open("other");
    writeFileSync(at("foreign"), other.checkpoint().text);
    await other.close();
    expect((await run("--from", at("old"), "--data", at("new"), "--evidence", at("foreign"))).code).toBe(1);
    expect((await runCommand(["restore", "--from", at("old"), "--data", at("new")])).code).toBe(64);
    expect(existsSync(at("new"))).toBe(false);
    mkdirSync(at("new.restoring"));
    expect((await run("--from", at("old"), "--data", at("new"))).code).toBe(73);
    renameSync(at("new.restoring"), at("new"));
    expect((await run("--from", at("old"), "--data", at("new"))).code).toBe(0);
  });
});
