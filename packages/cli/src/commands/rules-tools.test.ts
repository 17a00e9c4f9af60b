// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommand } from "../../test/test-io.js";

let dir: ReturnType<typeof tempDir>;
beforeEach(() => {
  dir = tempDir();
});
afterEach(() => dir.dispose());

const RULE = `title: Something happened
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0001
name: something
description: Something happened that should not happen, and this says why it matters.
references: [https://example.org/]
tags: [attack.t1110, owasp.a07-2021]
logsource: { product: telltale, category: application }
detection:
  selection: { action: bad }
  condition: selection
falsepositives: [Tests]
level: medium
`;
const WEB = `title: Web shell
id: 5f7d2f5c-1c5e-4a2e-9b25-0c8f1f6f0002
author: Somebody Else # kept
logsource:
    category: webserver
    definition: 'Requirements: a log'
detection:
    selection_path:
        cs-uri-stem|contains: '/shell.php'
        sc-status: 200
    filter:
        - cs-method: GET
        - 'cs-user-agent|startswith': probe
    condition: selection_path and not filter
level: high
`;
const event = (action: string): string =>
  `${JSON.stringify({ time: "2026-03-02T09:00:00.000Z", received: "2026-03-02T09:00:00.100Z", action })}\n`;

function write(name: string, text: string): string {
  const file = join(dir.path, name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function writeFolder(rule = RULE): void {
  write("rules/one/rule.yml", rule);
  write("rules/one/fires.jsonl", event("bad"));
  write("rules/one/silent.jsonl", event("good"));
  write("rules/one/README.md", "# One\n\n## Thresholds\n\nNone.\n");
}

/** A zip of one file; the directory may say another size than there is. */
function zipOf(name: string, text: string, said = text.length, comment = ""): Buffer {
  const packed = deflateRawSync(text);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(said, 24);
  central.writeUInt16LE(name.length, 28);
  const head = Buffer.concat([local, Buffer.from(name), packed]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(head.length, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([head, central, Buffer.from(name), end, Buffer.from(comment)]);
}

describe("telltale rules", () => {
  it("lists, tests and checks a folder in which all is well", async () => {
    writeFolder();
    const place = join(dir.path, "rules");
    expect(await runCommand(["rules", "list", place])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/medium +Something happened +T1110/),
    });
    expect(await runCommand(["rules", "test", place])).toMatchObject({
      code: 0,
      stdout: "1 of 1 folders hold\n",
    });
    expect(await runCommand(["rules", "lint", place])).toMatchObject({ code: 0 });
  });
  it("says which events a rule misses and which it should have left alone", async () => {
    writeFolder();
    write("rules/one/fires.jsonl", event("good"));
    write("rules/one/silent.jsonl", event("good") + event("bad"));
    const { code, stdout } = await runCommand(["rules", "test", join(dir.path, "rules")]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/fires\.jsonl: "Something happened" finds nothing/);
    expect(stdout).toMatch(/silent\.jsonl: "Something happened" finds something at event 2/);
  });
  it("names file, line and key of what is to be mended", async () => {
    writeFolder(RULE.replace("tags: [attack.t1110, owasp.a07-2021]\n", "").replace("name: something\n", ""));
    write("rules/two/rule.yml", RULE.replace("action: bad", "action|nonsense: bad"));
    const { code, stdout } = await runCommand(["rules", "lint", join(dir.path, "rules"), "--json"]);
    expect(code).toBe(1);
    const problems = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { file: string; line?: number; key?: string });
    expect(problems).toContainEqual(
      expect.objectContaining({ file: join(dir.path, "rules/two/rule.yml"), line: 9 }),
    );
    const one = await runCommand(["rules", "lint", join(dir.path, "rules/one")]);
    expect(one.stdout).toMatch(/one\/rule\.yml:1 name: is missing/);
    expect(one.stdout).toMatch(/one\/rule\.yml:1 tags: has no ATT&CK technique/);
  });
});

const into = (): string => join(dir.path, "mine");

describe("telltale rules import", () => {
  it("maps fields, keeps the author, and says what was refused and why", async () => {
    write("sigma/web/shell.yml", WEB);
    write("sigma/cloud.yml", WEB.replace("category: webserver", "product: aws"));
    const { code, stdout } = await runCommand(["rules", "import", join(dir.path, "sigma"), "--to", into()]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/refused {2}cloud\.yml: has no mapping for the log source aws/);
    expect(stdout).toMatch(/mapped {3}cs-uri-stem → request\.path/);
    const text = readFileSync(join(into(), "shell/rule.yml"), "utf8");
    for (const each of [
      "request.path|contains",
      "request.status: 200",
      "- request.method: GET",
      "'client.userAgent|startswith'",
      "product: telltale",
      "# was: category: webserver",
      "# kept",
    ])
      expect(text).toContain(each);
    const again = await runCommand(["rules", "import", join(dir.path, "sigma/web"), "--to", into()]);
    expect(again.stdout).toMatch(/is there shell\.yml: not written over/);
  });
  it("reads a zip with a comment, as GitHub makes them", async () => {
    writeFileSync(
      join(dir.path, "s.zip"),
      zipOf("sigma-main/rules/web/shell.yml", WEB, WEB.length, "8eaafff1f"),
    );
    const { code } = await runCommand(["rules", "import", join(dir.path, "s.zip"), "--to", into()]);
    expect(code).toBe(0);
    expect(readdirSync(into())).toEqual(["shell"]);
  });
  it.each([
    ["a name that leads out", zipOf("../../etc/x.yml", WEB), /leads out of a folder/],
    ["an absolute name", zipOf("/etc/x.yml", WEB), /leads out of a folder/],
    ["a bomb", zipOf("x.yml", "a".repeat(1_000_000)), /unpacks to more than/],
    ["a size that is a lie", zipOf("x.yml", "abc ".repeat(5000), 300), /larger than it says/],
    ["a file that is too large", zipOf("x.yml", WEB, 5_000_000), /has more than/],
    ["no zip", Buffer.from("title: x".repeat(10)), /it is no zip/],
    ["half a zip", zipOf("x.yml", WEB).subarray(60), /damaged|ends early/],
  ])("refuses %s and writes nothing", async (_name, bytes, message) => {
    writeFileSync(join(dir.path, "s.zip"), bytes);
    const { code, stderr } = await runCommand(["rules", "import", join(dir.path, "s.zip"), "--to", into()]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(() => readdirSync(into())).toThrow(/ENOENT/);
  });
});
