// SPDX-License-Identifier: Apache-2.0
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import type { Attack } from "../attack.js";

export const restoreLog: Attack = {
  name: "yesterday's log put back",
  test: 5,
  power: "files",
  how: "events, tiles and published checkpoints of yesterday; the head store is today's",
  async run(world) {
    const places = world.copy();
    const log = path.join(places.data, "log");
    rmSync(log, { recursive: true });
    cpSync(path.join(world.yesterday.data, "log"), log, { recursive: true });
    return { places };
  },
};
