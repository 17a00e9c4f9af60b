// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Snapshots } from "./snapshots.js";

describe("Snapshots", () => {
  let dir: ReturnType<typeof tempDir>;
  let snapshots: Snapshots;
  beforeEach(() => {
    dir = tempDir();
    snapshots = new Snapshots(path.join(dir.path, "followers"));
  });
  afterEach(() => dir.dispose());
  const file = (): string => path.join(dir.path, "followers", "detect.snapshot");

  it("gives back the newest, also with line breaks and any letters in it", async () => {
    expect(await snapshots.load("detect")).toBeUndefined();
    await snapshots.save("detect", { next: 1, of: "a", pieces: ["one"] });
    const pieces = ["line\nbreak ü ", "", '{"next":99}', "x".repeat(3_000_000)];
    await snapshots.save("detect", { next: 7, of: 'rules "b"', pieces });
    expect(await snapshots.load("detect")).toEqual({ next: 7, of: 'rules "b"', state: pieces.join("") });
    expect(await snapshots.load("other")).toBeUndefined();
  });
  it("gives none when a byte was changed or the end is missing", async () => {
    await snapshots.save("detect", { next: 1, of: "a", pieces: ["a state of some length"] });
    const whole = readFileSync(file());
    for (const length of [0, 3, whole.length - 1]) {
      writeFileSync(file(), whole.subarray(0, length));
      expect(await snapshots.load("detect")).toBeUndefined();
    }
    const changed = Buffer.from(whole);
    changed[whole.length - 2]! ^= 1;
    writeFileSync(file(), changed);
    expect(await snapshots.load("detect")).toBeUndefined();
    writeFileSync(file(), whole);
    expect((await snapshots.load("detect"))?.next).toBe(1);
  });
});
