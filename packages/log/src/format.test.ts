// SPDX-License-Identifier: Apache-2.0
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { FaultFs, type TempDir, tempDir, toBatch } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyLog } from "./verify.js";
import { LogError } from "./error.js";
import { FORMAT, prepareFormat } from "./format.js";
import { nodeFileSystem } from "./fs.js";
import { parseSlots } from "./head-slot.js";
import { openLog } from "./open.js";
import { logPaths } from "./paths.js";
import type { OpenLogOptions } from "./types.js";

// Directories as a Telltale of that format left them; kept for ever, so that what users have can be opened for ever.
const FIXTURES = path.join(import.meta.dirname, "..", "test", "fixtures");
const WRITTEN = Date.UTC(2026, 10, 22, 10);
let dir: TempDir;

beforeEach(() => {
  dir = tempDir("format", true);
});
afterEach(() => dir.dispose());

const at = (name: string): string => path.join(dir.path, name);
const keep = (format: number): void =>
  cpSync(path.join(FIXTURES, `format-${format}`), dir.path, { recursive: true });
const open = (options: Partial<OpenLogOptions> = {}) =>
  openLog({ dataDir: dir.path, onFatal: () => undefined, now: () => WRITTEN, ...options });

/** Every file with its bytes, to see that a refusal changed none. */
function snapshot(directory = dir.path): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  return Object.fromEntries(
    files.map((each) => {
      const file = path.join(each.parentPath, each.name);
      return [path.relative(directory, file), readFileSync(file).toString("hex")];
    }),
  );
}

describe("a directory of each format that ever was", () => {
  it.each(Array.from({ length: FORMAT }, (_, i) => i + 1))(
    "format %i opens, is migrated and verifies",
    async (format) => {
      keep(format);
      const kept = await verifyLog({ dataDir: dir.path });
      expect(kept).toMatchObject({ verdict: "intact", size: 10, checked: 10, findings: [] });
      const log = await open();
      expect(log.recovery.migratedFrom).toBe(format === FORMAT ? 0 : format);
      const lines = (await log.read(0, 10)).bytes.toString().split("\n");
      expect(JSON.parse(lines[9] ?? "")).toMatchObject({ n: 9, via: "ingest_kept" });
      await log.append(toBatch(["{}"]));
      await log.close();
      expect(readFileSync(at("format"), "utf8")).toBe(`telltale-data ${FORMAT}\n`);
      const vkey = readFileSync(
        path.join(FIXTURES, `format-${format}`, "keys", "main.vkey"),
        "utf8",
      ).trimEnd();
      expect(await verifyLog({ dataDir: dir.path, vkey })).toMatchObject({ verdict: "intact", size: 11 });
      const { newest, previous } = parseSlots(readFileSync(at("head/main")));
      expect([newest?.seal, previous?.seal]).not.toContain(undefined);
      const again = await open();
      expect(again.recovery.migratedFrom).toBe(0);
      await again.close();
    },
  );

  it("is refused when its only unsigned head was changed", async () => {
    keep(1);
    const head = readFileSync(at("head/main"));
    const note = head.indexOf("\n8\n") > 0 ? head.indexOf("\n8\n") : head.indexOf("\n10\n");
    head.write("\n9", note);
    writeFileSync(at("head/main"), head);
    await expect(open()).rejects.toBeInstanceOf(LogError);
  });

  it("is migrated by a run that dies at any call and one that does not", async () => {
    const counting = new FaultFs();
    keep(1);
    await (await open({ fs: counting })).close();
    const calls = counting.calls.length;
    expect(calls).toBeGreaterThan(8);
    for (let at = 0; at < calls; at++) {
      for (const mode of ["lost", "done", "half"] as const) {
        dir.dispose();
        dir = tempDir("format", true);
        keep(1);
        const first = await open({ fs: new FaultFs({ at, mode }) }).catch((error: unknown) => error);
        if (!(first instanceof Error)) await (first as Awaited<ReturnType<typeof open>>).close();
        const log = await open();
        expect(log.size).toBe(10);
        await log.append(toBatch(["{}"]));
        await log.close();
        expect(await verifyLog({ dataDir: dir.path })).toMatchObject({ verdict: "intact", size: 11 });
      }
    }
  });
});

describe("a directory of a newer format", () => {
  it("is refused, and not one byte of it is changed", async () => {
    keep(FORMAT);
    writeFileSync(at("format"), `telltale-data ${FORMAT + 1}\n`);
    const before = snapshot();
    await expect(open()).rejects.toMatchObject({ code: "newer_format" });
    await expect(open()).rejects.toThrow(`has format ${FORMAT + 1}, this version knows up to ${FORMAT}`);
    expect(snapshot()).toEqual(before);
    expect((await verifyLog({ dataDir: dir.path })).verdict).not.toBe("intact");
  });

  it("stands where a migration stopped: the program before would refuse what this one wrote", async () => {
    keep(1);
    await (await open()).close();
    // What the program of format 1 asks of the file, and all that it did with a larger number.
    const version = /^telltale-data ([1-9][0-9]{0,5})\n$/.exec(readFileSync(at("format"), "utf8"))?.[1];
    expect(Number(version)).toBeGreaterThan(1);
    expect(await prepareFormat(nodeFileSystem, logPaths(dir.path), false)).toBe(FORMAT);
  });
});
