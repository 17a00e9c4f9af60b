// SPDX-License-Identifier: Apache-2.0
// A disk that is really full: a small memory file system in a mount namespace of its own. It is gone when its last process ends, so
// everything about it happens behind one shell.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { describe, expect, it } from "vitest";
import { runProgram, verifyStory } from "./program.js";

/** A shell command that runs its arguments with a file system of so many bytes at `place`, and keeps a copy at `copy`. */
function inNamespace(place: string, copy: string, bytes: number): string[] {
  const isRoot = process.getuid?.() === 0;
  const namespace = isRoot ? ["unshare", "--mount"] : ["unshare", "--mount", "--user", "--map-root-user"];
  const steps = `mount -t tmpfs -o size=${bytes} none "$0" && "$@"; code=$?; cp -a "$0/." "${copy}/" && exit $code`;
  return [...namespace, "sh", "-c", steps, place];
}

describe("a full disk", () => {
  it("is there to be tested", () => {
    const { status, stderr } = spawnSync("unshare", ["--mount", "true"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  it.each([600_000, 700_001, 1_000_000, 2_500_000])(
    "of %d bytes: what is refused leaves no trace, and the log goes on when there is space",
    async (bytes) => {
      const temp = tempDir("full");
      const [place, copy] = ["mount", "copy"].map((name) => path.join(temp.path, name)) as [string, string];
      for (const dir of [place, copy]) mkdirSync(dir);
      const words = inNamespace(place, copy, bytes);
      const story = await runProgram(words, [path.join(place, "data"), "0", path.join(place, "ballast")]);
      expect(story).toMatchObject({ code: 0, isDone: true, errors: "" });
      expect(story.refused.size).toBeGreaterThan(0);
      expect(story.output).not.toMatch(/^(?:fatal|still full)/m);
      const data = path.join(temp.path, "data");
      cpSync(path.join(copy, "data"), data, { recursive: true });
      await verifyStory(data, story);
      temp.dispose();
    },
  );
});
