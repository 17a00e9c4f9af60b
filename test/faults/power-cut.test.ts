// SPDX-License-Identifier: Apache-2.0
// Logs that live and die on a disk that loses what was not synced, one for each seed.
import { runPowerCuts } from "@telltale/testkit";
import { expect, it } from "vitest";
import { isReplay, seed, within } from "./budget.js";

/** Seeds when there is no limit of time. */
const RUNS = 3000;

it("keeps every promise through power cuts, kills, failed syncs and full disks", async () => {
  const hasTime = within(0.3);
  const sum: Record<string, number> = { runs: 0 };
  for (let run = 0; run < (isReplay ? 1 : RUNS) && hasTime(); run++) {
    try {
      const report = await runPowerCuts(seed + run);
      for (const [name, value] of Object.entries({ runs: 1, ...report })) {
        sum[name] = (sum[name] ?? 0) + (value as number);
      }
    } catch (cause) {
      throw new Error(`again: npm run faults -- power-cut --seed ${seed + run} --replay`, { cause });
    }
  }
  console.log(`power cuts from seed ${seed} on: ${JSON.stringify(sum)}`);
  expect(sum["runs"]).toBeGreaterThan(0);
});
