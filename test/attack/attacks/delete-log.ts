// SPDX-License-Identifier: Apache-2.0
import { rmSync } from "node:fs";
import path from "node:path";
import type { Attack } from "../attack.js";

export const deleteLog: Attack = {
  name: "the whole log deleted",
  test: 1,
  power: "files",
  how: "log and head are gone; the key is there",
  async run(world) {
    const places = world.copy();
    for (const name of ["log", "head"]) rmSync(path.join(places.data, name), { recursive: true });
    return { places };
  },
};
