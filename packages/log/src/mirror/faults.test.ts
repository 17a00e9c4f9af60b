// SPDX-License-Identifier: Apache-2.0
import { FaultFs, type FaultMode } from "@telltale/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { lineOf, memorySource } from "../../test/memory-source.js";
import { expectWhole, newDir, removeDirs, run } from "../../test/mirror-bench.js";
import type { FileSystem } from "../fs.js";
import { verifyMirror } from "./check.js";

afterEach(removeDirs);

describe("every call that changes the disk fails once", () => {
  const source = memorySource(0);

  async function scenario(dir: string, fs?: FileSystem): Promise<void> {
    for (const size of [300, 560]) {
      source.lines = Array.from({ length: size }, (_, i) => lineOf(i));
      source.sign();
      await run(dir, source, fs);
    }
  }

  it.each<FaultMode>(["lost", "done", "half"])(
    "%s: what was held stays whole, and the next run completes it",
    async (mode) => {
      const count = new FaultFs();
      await scenario(newDir(), count);
      expect(count.calls.length).toBeGreaterThan(100);
      let tried = 0;
      let hit = 0;
      for (let at = 0; at < count.calls.length; at++) {
        if (mode === "half" && count.calls[at]?.call !== "writev") continue;
        const dir = newDir();
        const fs = new FaultFs({ at, mode });
        const failed = await scenario(dir, fs).catch((error: unknown) => error);
        tried++;
        if (fs.failed) hit++;
        const where = `fault ${at} near ${count.calls[at]?.call} ${count.calls[at]?.path}`;
        // A hash tile that could not be written is tried once more; everything else ends the run.
        if (failed === undefined) await expectWhole(dir, source);
        const verdict = await verifyMirror({ dir });
        expect(["intact", "unverifiable"], `${where}: ${verdict.message}`).toContain(verdict.verdict);
        await run(dir, source);
        await expectWhole(dir, source);
        removeDirs();
      }
      // Bundles come side by side: the last calls of one run may not be there in the next.
      expect(hit / tried).toBeGreaterThan(0.9);
    },
    60_000,
  );
});
