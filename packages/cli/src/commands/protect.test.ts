// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { tempDir } from "@telltale/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";
import type { ProtectSummary } from "../protect/summary.js";

const dir = tempDir("protect-test");
afterAll(() => dir.dispose());

const SECRET = "hunter2hunter2";
const LINES = [
  "an ordinary line",
  `login with password=${SECRET} failed, then pwd: ${SECRET}9 again`,
  JSON.stringify({ action: "x", data: { password: SECRET }, extra: { apiKey: SECRET } }),
  `{"action":"x","message":"pwd: ${SECRET}`,
  "",
  JSON.stringify({ no: "action", token: SECRET }),
];

function fileOf(name: string, text: string | Buffer): string {
  const file = path.join(dir.path, name);
  writeFileSync(file, text);
  return file;
}

const test = (file: string, ...more: string[]) => runCommand(["protect", "test", file, ...more]);
const summaryOf = (stdout: string): ProtectSummary => JSON.parse(stdout) as ProtectSummary;

describe("telltale protect test", () => {
  it("names rule, line and place of each value, and never the value", async () => {
    const { code, stdout, stderr } = await test(fileOf("app.log", LINES.join("\n")));
    expect(code).toBe(1);
    expect(stdout).toContain("6 lines, 2 events among them; 6 values would be hidden");
    expect(stdout).toMatch(/^ {2}password {2}4 values in 3 lines$/m);
    expect(stdout).toContain("    line 2  column 21  masked");
    expect(stdout).toContain("    line 3  data.password  removed");
    expect(stdout).toContain("    line 3  data.extra.apiKey  removed");
    expect(stdout + stderr).not.toContain("hunter2");
  });
  it("says the same as JSON, from a pipe and from gzip", async () => {
    const text = LINES.join("\r\n");
    const plain = summaryOf((await test(fileOf("a.log", text), "--json")).stdout);
    expect(plain).toMatchObject({ lines: 6, events: 2, skipped: 0, found: 6 });
    expect(plain.rules[0]).toMatchObject({ kind: "password", count: 4, lines: 3 });
    expect(plain.rules[0]?.places.map(({ line, place }) => [line, place])).toEqual([
      [2, "column 21"],
      [2, `column ${(LINES[1] ?? "").lastIndexOf(SECRET) + 1}`],
      [3, "data.password"],
      [4, "column 31"],
    ]);
    const { rules } = plain;
    const zipped = await test(fileOf("a.log.gz", gzipSync(text)), "--json");
    expect(summaryOf(zipped.stdout).rules).toEqual(rules);
    const piped = await runCommand(["protect", "test", "-", "--json"], { input: text });
    expect(summaryOf(piped.stdout)).toMatchObject({ file: "stdin", rules });
  });
  it("ends with 0 when there is nothing, and with 2 when a line was too long", async () => {
    const calm = await test(fileOf("calm.log", "one\ntwo\n"));
    expect([calm.code, calm.stdout]).toEqual([
      0,
      expect.stringContaining("2 lines, 0 events among them; nothing"),
    ]);
    const long = await test(fileOf("long.log", `one\n${"x".repeat(300_000)}\n`));
    expect([long.code, long.stdout]).toEqual([2, expect.stringContaining("1 line too long")]);
  });
  it("counts all, and shows as many places as are asked for", async () => {
    const text = Array.from({ length: 50 }, (_, n) => `pwd: ${SECRET}${n}`).join("\n");
    const { stdout } = await test(fileOf("many.log", text), "--limit", "3");
    expect(stdout).toContain("password  50 values in 50 lines");
    expect(stdout.match(/^ {4}line /gm)).toHaveLength(3);
    expect(stdout).toContain("and 47 more");
  });
  it("does not guess a column beside markers that were there before", async () => {
    const { stdout } = await runCommand(["protect", "test", "-", "--json"], {
      input: `was [masked:password], now pwd: ${SECRET}`,
    });
    expect(summaryOf(stdout).rules[0]?.places).toEqual([{ line: 1, place: "", how: "masked", sure: false }]);
  });
  it("says what a policy does with events, and where a policy is none", async () => {
    const policy = fileOf(
      "protect.yaml",
      [
        "version: 1",
        "profile: erasable",
        "fields: { client.ip: tokenize, data.note: encrypt }",
        'patterns: [{ kind: badge, pattern: "EMP-[0-9]{6}" }]',
        "tenants: { acme: { fields: { data.note: keep } } }",
      ].join("\n"),
    );
    const event = {
      action: "x",
      actor: { type: "user", id: "u7", name: "Grace" },
      client: { ip: "203.0.113.7" },
      data: { note: "hello", badge: "EMP-123456" },
    };
    const file = fileOf("events.jsonl", JSON.stringify(event));
    const hiddenBy = async (...more: string[]) => {
      const { rules } = summaryOf((await test(file, "--json", ...more)).stdout);
      return rules.flatMap(({ places }) => places.map(({ place, how }) => `${place} ${how}`)).toSorted();
    };
    expect(await hiddenBy()).toEqual([]);
    const all = ["actor.id tokenized", "actor.name encrypted", "client.ip tokenized", "data.badge masked"];
    expect(await hiddenBy("--policy", policy)).toEqual([...all, "data.note encrypted"]);
    expect(await hiddenBy("--policy", policy, "--tenant", "acme")).toEqual(all);
    const wrong = await test(file, "--policy", fileOf("wrong.yaml", "version: 1\nkindz: {}"));
    expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringMatching(/2.*kindz|kindz.*2/s)]);
    expect((await test(file, "--policy", path.join(dir.path, "none.yaml"))).code).toBe(66);
  });
  it("refuses a file that is not there", async () => {
    expect((await test(path.join(dir.path, "none"))).code).toBe(66);
  });
});
