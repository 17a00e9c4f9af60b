// SPDX-License-Identifier: Apache-2.0
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import type { Attack } from "../attack.js";

export const restoreWitnessToo: Attack = {
  name: "yesterday's log, head store and witness put back",
  test: 5,
  power: "all",
  how: "all three, on three machines; mirror and receipts are today's",
  async run(world) {
    const places = world.copy();
    for (const name of ["data", "witness"] as const) {
      rmSync(places[name], { recursive: true });
      cpSync(world.yesterday[name], places[name], { recursive: true });
    }
    return { places, headStore: path.join(world.yesterday.data, "head/main") };
  },
};
