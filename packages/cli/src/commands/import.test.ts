// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerJson, createFakeLog, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { runCommand } from "../../test/test-io.js";

const KEY = "tt_ingest_abcdefghijkl_secret";
const SSHD = [
  "Dec 10 06:55:46 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186",
  "Dec 10 06:55:46 LabSZ sshd[24200]: pam_unix(sshd:auth): check pass; user unknown",
  "Dec 10 06:55:48 LabSZ sshd[24200]: Failed password for invalid user webmaster from 173.234.31.186 port 38926 ssh2",
  "Dec 10 07:13:56 LabSZ sshd[24227]: message repeated 5 times: [ Failed password for root from 5.36.59.76 port 42393 ssh2]",
].join("\r\n");

let folder: string;
let log: ReturnType<typeof createFakeLog>;
let server: FakeServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "telltale-import-"));
  log = createFakeLog();
  server = await startFakeServer((request, response) => answerJson(response, 200, log.ingest(request.body)));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

function sshdLine(time: string): string {
  return `${time} h sshd[1]: Failed password for root from 5.36.59.76 port 1 ssh2\n`;
}

function run(file: string, ...more: string[]) {
  const io = { env: { TELLTALE_URL: server.url, TELLTALE_KEY: KEY }, now: () => Date.UTC(2026, 10, 22) };
  return runCommand(["import", file, ...more], io);
}

function importLine(time: string, env: Record<string, string> = {}) {
  const file = write("one.jsonl", `${JSON.stringify({ action: "x", time })}\n`.repeat(3));
  const io = {
    env: { TELLTALE_URL: server.url, TELLTALE_KEY: KEY, ...env },
    now: () => Date.UTC(2026, 10, 22),
  };
  return runCommand(["import", file, "--format", "jsonl"], io);
}

describe("a key that is not of role backfill", () => {
  it("is warned of once, when events are older than a day", async () => {
    const ran = await importLine("2025-12-10T06:55:46Z");
    expect(ran.code).toBe(0);
    expect(ran.stderr.match(/older than a day/g)).toHaveLength(1);
    expect(ran.stderr).toContain("--role backfill");
  });
  it("is not when they are new, their time is unusable, or the key is of that role", async () => {
    expect((await importLine("2026-11-21T12:00:00Z")).stderr).toBe("");
    expect((await importLine("long ago")).stderr).toBe("");
    const key = { TELLTALE_KEY: "tt_backfill_abcdefghijkl_secret" };
    expect((await importLine("2025-12-10T06:55:46Z", key)).stderr).toBe("");
  });
});

describe("import --format sshd", () => {
  it("sends what the lines say, skips repetitions, and adds nothing the second time", async () => {
    const file = write("auth.log", SSHD);
    const first = await run(file, "--format", "sshd", "--json");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({
      lines: 4,
      accepted: 7,
      duplicates: 0,
      rejectedTotal: 0,
      first: 0,
      last: 6,
    });
    expect(log.events.filter((each) => each["action"] === "authn_login_fail")).toHaveLength(6);
    expect(new Set(log.events.map((each) => each["id"])).size).toBe(7);
    expect(log.events[1]).toMatchObject({
      time: "2025-12-10T06:55:48.000Z",
      client: { ip: "173.234.31.186" },
    });
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    const second = await run(write("moved.log", SSHD.replaceAll("\r\n", "\n")), "--format", "sshd", "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({ accepted: 0, duplicates: 7, first: null });
  });
  it("adds only what is new when the file has grown", async () => {
    await run(write("auth.log", SSHD), "--format", "sshd");
    const grown = `${SSHD}\r\nDec 10 08:00:00 LabSZ sshd[1]: Failed password for root from 5.36.59.76 port 1 ssh2\r\n`;
    const ran = await run(write("auth.log", grown), "--format", "sshd", "--json");
    expect(JSON.parse(ran.stdout)).toMatchObject({ accepted: 1, duplicates: 7 });
  });
  it("goes over New Year, judged by the last line", async () => {
    await run(
      write("auth.log", sshdLine("Dec 31 23:59:59") + sshdLine("Jan  1 00:00:01")),
      "--format",
      "sshd",
    );
    expect(log.events.map((each) => String(each["time"]).slice(0, 10))).toEqual(["2025-12-31", "2026-01-01"]);
  });
  it("takes --year, --tz and gzip", async () => {
    const file = write("auth.log.gz", gzipSync(SSHD));
    expect((await run(file, "--format", "sshd", "--year", "2014", "--tz", "+02:00")).code).toBe(0);
    expect(log.events[0]?.["time"]).toBe("2014-12-10T04:55:46.000Z");
  });
  it("counts and names lines that it cannot read", async () => {
    const ran = await run(write("auth.log", `${SSHD}\nno syslog\n`), "--format", "sshd");
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("line 5: no syslog line (unreadable)");
    expect(ran.stdout).toMatch(/rejected +1\b/);
  });
});

describe("import --format jsonl", () => {
  it("keeps ids, makes the missing ones, and names refused lines by the file's line", async () => {
    const lines = [
      '{"id":"mine","action":"a_b"}',
      "",
      '{"action":"a_b","__proto__":{"id":"x"}}',
      '{"action":"a_b","id":7}',
      "{}",
      "not json",
      "[1]",
      '{"action":"a_b"}',
      '{"action":"a_b"}',
    ];
    const file = write("events.jsonl", `\ufeff${lines.join("\n")}\n`);
    const ran = await run(file, "--format", "jsonl", "--json", "--batch", "2");
    const result = JSON.parse(ran.stdout) as { rejected: { line: number; code: string }[] };
    expect(ran.code).toBe(2);
    expect(result).toMatchObject({ lines: 9, accepted: 5 });
    expect(result.rejected.map(({ line, code }) => [line, code])).toEqual([
      [5, "no_action"],
      [6, "not_json"],
      [7, "not_an_object"],
    ]);
    expect(log.events[0]?.["id"]).toBe("mine");
    expect(log.events[2]).toMatchObject({ original_id: 7 });
    for (const event of log.events.slice(1)) expect(event["id"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8/);
    expect(JSON.parse((await run(file, "--format", "jsonl", "--json")).stdout)).toMatchObject({
      accepted: 0,
      duplicates: 5,
    });
  });
  it("reads stdin", async () => {
    const ran = await runCommand(["import", "--format", "jsonl", "-", "--url", server.url, "--key", KEY], {
      input: '{"action":"a_b"}',
    });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain("Imported stdin as jsonl");
  });
  it("bounds lines that never end", async () => {
    const ran = await run(
      write("big.jsonl", `${"x".repeat(400_000)}\n{"action":"a_b"}\n`),
      "--format",
      "jsonl",
    );
    expect(ran.stderr).toContain("line 1: the line is longer");
    expect(log.events).toHaveLength(1);
  });
});

describe("import against a difficult server", () => {
  it("waits as long as a busy server asks, and loses nothing", async () => {
    let busy = 2;
    const slow = await startFakeServer((request, response) => {
      if (busy-- > 0) {
        const status = busy === 1 ? 429 : 503;
        answerJson(
          response,
          status,
          { error: { code: "overloaded", message: "Busy." } },
          { "retry-after": "7" },
        );
      } else answerJson(response, 200, log.ingest(request.body));
    });
    const file = write("e.jsonl", '{"action":"a_b"}\n');
    const ran = await runCommand(["import", file, "--format", "jsonl", "--url", slow.url, "--key", KEY]);
    await slow.close();
    expect(ran.code).toBe(0);
    expect(ran.pauses.filter((each) => each >= 7000)).toHaveLength(2);
    expect(log.events).toHaveLength(1);
  });
  it("gives up in the end", async () => {
    const always = await startFakeServer((_request, response) =>
      answerJson(response, 503, { error: { code: "overloaded", message: "Busy." } }),
    );
    const ran = await runCommand([
      "import",
      write("e.jsonl", '{"action":"a"}'),
      "--format",
      "jsonl",
      "--url",
      always.url,
      "--key",
      KEY,
    ]);
    await always.close();
    expect(ran.code).toBe(75);
  });
  it.each([
    [401, "unauthorized", 77],
    [403, "forbidden", 77],
    [413, "body_too_large", 64],
    [500, "internal", 69],
  ])("explains %d %s", async (status, code, exit) => {
    const bad = await startFakeServer((_request, response) =>
      answerJson(response, status, { error: { code, message: "No." } }),
    );
    const ran = await runCommand([
      "import",
      write("e.jsonl", '{"action":"a"}'),
      "--format",
      "jsonl",
      "--url",
      bad.url,
      "--key",
      KEY,
    ]);
    await bad.close();
    expect(ran.code).toBe(exit);
    expect(ran.stderr).toContain("No.");
    expect(ran.stderr).not.toContain(KEY);
  });
  it("says that no server is there, that no key is there, that no file is there", async () => {
    const file = write("e.jsonl", '{"action":"a"}');
    const gone = await runCommand([
      "import",
      file,
      "--format",
      "jsonl",
      "--url",
      "http://127.0.0.1:9",
      "--key",
      KEY,
    ]);
    expect(gone.code).toBe(69);
    expect(gone.stderr).toContain("telltale serve");
    const keyless = await runCommand(["import", file, "--format", "jsonl", "--url", server.url]);
    expect(keyless.code).toBe(77);
    expect(keyless.stderr).toContain("keys create --role ingest");
    expect((await run(join(folder, "none"), "--format", "jsonl")).code).toBe(66);
    expect((await run(folder, "--format", "jsonl")).code).toBe(66);
    expect((await run(file, "--format", "csv")).code).toBe(64);
    expect((await run(file, "--format", "sshd", "--tz", "Mars/Base")).code).toBe(64);
  });
});
