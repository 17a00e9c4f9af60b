// SPDX-License-Identifier: Apache-2.0
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import type { Attack } from "../attack.js";
import type { Places } from "../world.js";

async function restoreAll(copy: Places, yesterday: Places): Promise<{ places: Places; headStore: string }> {
  for (const name of ["data", "witness", "mirror"] as const) {
    rmSync(copy[name], { recursive: true });
    cpSync(yesterday[name], copy[name], { recursive: true });
  }
  return { places: copy, headStore: path.join(yesterday.data, "head/main") };
}

export const restoreEverything: Attack = {
  name: "yesterday's log, head store, witness and mirror put back",
  test: 5,
  power: "all",
  how: "all four, on four machines; somebody outside holds a receipt of today",
  run: (world) => restoreAll(world.copy(), world.yesterday),
};

export const restoreEverythingUnseen: Attack = {
  name: "the same, and nobody outside holds a receipt of today",
  test: 5,
  power: "all",
  how: "nothing is left that knows of today: **the limit of what this design can show**",
  run: async (world) => ({
    ...(await restoreAll(world.copy(), world.yesterday)),
    receipts: world.receipts.filter(({ index }) => index < world.early),
  }),
};
