// SPDX-License-Identifier: Apache-2.0
import { FaultFs, type FaultMode, TestLog } from "@telltale/testkit";
import { describe, expect, it } from "vitest";
import { LogError } from "./error.js";

/** Segments close quickly, so that the run covers rolling over and compressing. */
const options = { segmentBytes: 12_000 };

/** First start, appends over several segments, a restart. Stops at the first failure, as a server would. */
async function scenario(test: TestLog, fs: FaultFs): Promise<void> {
  await test.open({ fs });
  for (const count of [1, 200, 120, 77]) await test.appendOnly(count);
  await test.log.close();
  await test.open({ fs });
  await test.appendOnly(5);
  await test.close();
}

/** Run the scenario with one fault; then start again with a healthy disk and look at everything. */
async function withFault(at: number, mode: FaultMode): Promise<string> {
  const fs = new FaultFs({ at, mode });
  const test = TestLog.prepare(options);
  let outcome = "survived";
  try {
    await scenario(test, fs);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    outcome = error instanceof LogError ? error.code : "system error";
  }
  if (!fs.failed) outcome = NOT_MET;
  await test.close();
  await test.open();
  await test.check();
  await test.appendOnly(30);
  await test.close();
  await test.checkDirectory();
  await test.dispose();
  return outcome;
}

/** What is written beside (tiles, published checkpoints) comes in its own time: a run may have fewer calls than the one that counted. */
const NOT_MET = "not met";

/** Which call the fault hits differs a little between runs (tiles are written beside); the promises do not. */
async function countCalls(): Promise<FaultFs> {
  const fs = new FaultFs();
  const test = TestLog.prepare(options);
  await scenario(test, fs);
  await test.check().catch(() => undefined);
  await test.dispose();
  return fs;
}

describe("every call that changes the disk fails once", () => {
  const modes: FaultMode[] = ["lost", "done", "half"];
  it.each(modes)(
    "%s: nothing acknowledged is lost, nothing is there twice, the log verifies",
    async (mode) => {
      const { calls } = await countCalls();
      expect(calls.length).toBeGreaterThan(80);
      const outcomes: string[] = [];
      for (let at = 0; at < calls.length - 8; at++) {
        const call = calls[at]?.call;
        if (mode === "half" && call !== "writev") continue;
        try {
          outcomes.push(await withFault(at, mode));
        } catch (error) {
          throw new Error(`fault ${at} (${mode}) near ${call} ${calls[at]?.path}`, { cause: error });
        }
      }
      expect(outcomes.filter((each) => each === NOT_MET).length).toBeLessThan(outcomes.length / 10);
      expect(new Set(outcomes).size).toBeGreaterThan(1);
      console.log(mode, calls.length, [...new Set(outcomes)]);
    },
    60_000,
  );
});
