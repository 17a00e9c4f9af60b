// SPDX-License-Identifier: Apache-2.0
import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import type { Attack } from "../attack.js";

export const restoreLogAndHead: Attack = {
  name: "yesterday's log and head store put back",
  test: 5,
  power: "files",
  how: "the whole data directory is yesterday's, and the head store on the other disk, too",
  async run(world) {
    const places = world.copy();
    rmSync(places.data, { recursive: true });
    cpSync(world.yesterday.data, places.data, { recursive: true });
    return { places, headStore: path.join(world.yesterday.data, "head/main") };
  },
};
