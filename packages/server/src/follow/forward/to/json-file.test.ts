// SPDX-License-Identifier: Apache-2.0
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { describe, expect, it } from "vitest";
import { makeOutgoing } from "../../../../test/forward/sealed.js";
import { describeTarget, type Mood, type SuitePeer } from "../../../../test/forward/target.suite.js";
import { createJsonFile, type JsonFileOptions } from "./json-file.js";

/** A folder that is there, or not. */
class Folder implements SuitePeer {
  readonly dir = tempDir("json-file");
  readonly refused = new Set<string>();
  readonly inside = path.join(this.dir.path, "inside");
  readonly file = path.join(this.inside, "telltale.json");
  #mood: Mood = "well";

  constructor() {
    mkdirSync(this.inside);
  }
  get mood(): Mood {
    return this.#mood;
  }
  set mood(mood: Mood) {
    if (mood === this.#mood) return;
    this.#mood = mood;
    const away = `${this.inside}.away`;
    if (mood === "well") renameSync(away, this.inside);
    else renameSync(this.inside, away);
  }
  lines(): Record<string, unknown>[] {
    const files = readdirSync(this.inside).sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    return files.flatMap((name) =>
      readFileSync(path.join(this.inside, name), "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }
  get taken(): string[] {
    return this.lines().map((line) => line["telltale.address"] as string);
  }
  target(name: string, over: Partial<JsonFileOptions> = {}) {
    return createJsonFile({ name, path: this.file, maxBytes: 4000, keep: 20, ...over });
  }
  async close(): Promise<void> {
    this.dir.dispose();
  }
}

describeTarget({
  name: "json-file",
  start: async () => new Folder(),
  moods: { dead: "failed" },
  refuses: false,
  secrets: [],
});

describe("json-file", () => {
  const signal = new AbortController().signal;

  it("writes one flat object a line, by ECS names", async () => {
    const folder = new Folder();
    const target = folder.target("t");
    await target.deliver([makeOutgoing(0, { targets: [{ type: "order", id: "7" }] })], signal);
    await target.close();
    expect(folder.lines()[0]).toMatchObject({
      "@timestamp": "2026-11-22T10:00:00.123Z",
      "event.action": "authn_login_fail",
      "user.id": "u0",
      "client.ip": "203.0.113.7",
      "telltale.address": "main:0",
      "telltale.data.n": 0,
      "telltale.targets": '[{"type":"order","id":"7"}]',
    });
    for (const value of Object.values(folder.lines()[0]!)) {
      expect(Array.isArray(value) || typeof value !== "object").toBe(true);
    }
    await folder.close();
  });

  it("is for its owner and its group, whatever the umask", async () => {
    const folder = new Folder();
    const before = process.umask(0o077);
    try {
      const target = folder.target("t");
      await target.deliver([makeOutgoing(0)], signal);
      await target.close();
    } finally {
      process.umask(before);
    }
    expect(statSync(folder.file).mode & 0o777).toBe(0o640);
    await folder.close();
  });

  it("rotates before it grows too large and keeps as many as it is told", async () => {
    const folder = new Folder();
    const target = folder.target("t", { maxBytes: 3000, keep: 2 });
    for (let n = 0; n < 30; n++) await target.deliver([makeOutgoing(n)], signal);
    await target.close();
    expect(readdirSync(folder.inside).sort()).toEqual([
      "telltale.json",
      "telltale.json.1",
      "telltale.json.2",
    ]);
    for (const name of readdirSync(folder.inside)) {
      expect(statSync(path.join(folder.inside, name)).size).toBeLessThanOrEqual(3000);
    }
    const kept = folder.taken;
    expect(kept.at(-1)).toBe("main:29");
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => `main:${30 - kept.length + i}`));
    await folder.close();
  });

  it("ends a line that a crash has torn", async () => {
    const folder = new Folder();
    appendFileSync(folder.file, '{"@timestamp":"2026');
    const target = folder.target("t");
    await target.deliver([makeOutgoing(0)], signal);
    await target.close();
    const [torn, whole] = readFileSync(folder.file, "utf8").split("\n");
    expect(torn).toBe('{"@timestamp":"2026');
    expect(JSON.parse(whole!)).toMatchObject({ "telltale.address": "main:0" });
    await folder.close();
  });

  it("says which file it cannot write and what to do about it", async () => {
    const folder = new Folder();
    const missing = path.join(folder.dir.path, "none", "telltale.json");
    await expect(
      folder.target("t", { path: missing }).deliver([makeOutgoing(0)], signal),
    ).rejects.toMatchObject({
      code: "misconfigured",
      message: `${missing} cannot be written (ENOENT): make the folder ${path.dirname(missing)}, or choose another path`,
    });
    const below = path.join(folder.inside, "file", "telltale.json");
    writeFileSync(path.dirname(below), "");
    await expect(
      folder.target("t", { path: below }).deliver([makeOutgoing(0)], signal),
    ).rejects.toMatchObject({
      message: `${below} cannot be written (ENOTDIR): ${path.dirname(below)} is no folder; choose another path`,
    });
    await folder.close();
  });

  it("follows no link and writes into nothing that is not a file", async () => {
    const folder = new Folder();
    const victim = path.join(folder.dir.path, "victim");
    writeFileSync(victim, "");
    symlinkSync(victim, folder.file);
    await expect(folder.target("t").deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({
      code: "misconfigured",
    });
    expect(readFileSync(victim, "utf8")).toBe("");
    await expect(
      folder.target("t", { path: folder.inside }).deliver([makeOutgoing(0)], signal),
    ).rejects.toMatchObject({ code: "misconfigured", message: expect.stringContaining("EISDIR") });
    await folder.close();
  });
});
