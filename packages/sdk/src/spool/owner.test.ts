// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LEASE_MS, Owner } from "./owner.js";

let temp: ReturnType<typeof tempDir>;
let owner: Owner;
const ME = "a".repeat(32);
const OTHER = "b".repeat(32);

beforeEach(() => {
  temp = tempDir("owner");
  owner = new Owner(temp.path, ME);
});
afterEach(() => temp.dispose());

const file = (id: string): string => path.join(temp.path, `${id}.live`);
/** What another process would say of itself: what this one says, with some of it replaced. */
function claim(change: (words: string[]) => void, ageMs = 0): void {
  const words = readFileSync(file(ME), "utf8").trimEnd().split(" ");
  change(words);
  writeFileSync(file(OTHER), `${words.join(" ")}\n`);
  const time = new Date(Date.now() - ageMs);
  utimesSync(file(OTHER), time, time);
}
const OLD = 2 * LEASE_MS;
const hasProc = process.platform === "linux";

describe("an owner", () => {
  test("says who it is, for its user alone, and no more when it ends", async () => {
    expect(readFileSync(file(ME), "utf8")).toMatch(/^telltale-spool 1 \d+ \d* [0-9a-f-]* \d*\n$/);
    expect(statSync(file(ME)).mode & 0o777).toBe(0o600);
    expect(await owner.isAlive(ME)).toBe(true);
    owner.release();
    expect(readdirSync(temp.path)).toEqual([]);
    await owner.renew();
    expect(await owner.isAlive(OTHER)).toBe(false);
  });

  test.runIf(hasProc)(
    "of this machine lives as long as its process does, however long it was silent",
    async () => {
      claim(() => undefined, OLD);
      expect(await owner.isAlive(OTHER)).toBe(true);
    },
  );

  test.runIf(hasProc).each([
    ["is gone", (words: string[]) => (words[2] = "4194999")],
    ["gave its number to another", (words: string[]) => (words[3] = String(Number(words[3]) - 1))],
  ])("of this machine whose process %s is dead, however fresh its file", async (_, change) => {
    claim(change);
    expect(await owner.isAlive(OTHER)).toBe(false);
  });

  test.each([
    ["another boot of this machine, or another machine", (words: string[]) => (words[4] = "0000-11")],
    ["another container", (words: string[]) => (words[5] = "7")],
    ["a system that says nothing of its processes", (words: string[]) => words.splice(3, 3, "", "", "")],
    ["words that nobody wrote", (words: string[]) => words.splice(0, 6, "\\u0000", "rubbish")],
  ])("of %s lives by its file", async (_, change) => {
    claim(change);
    expect(await owner.isAlive(OTHER)).toBe(true);
    claim(change, OLD);
    expect(await owner.isAlive(OTHER)).toBe(false);
  });

  test("that is a link, or cannot be read, is left alone", async () => {
    symlinkSync("/etc/hostname", file(OTHER));
    expect(await owner.isAlive(OTHER)).toBe(true);
  });
});
