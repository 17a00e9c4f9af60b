// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { forge, lineOf } from "../world.js";

export const splitView: Attack = {
  name: "two histories, one for each reader",
  test: 4,
  power: "key",
  how: "the reader at hand is shown a history that parts from the one that everybody else has seen, and is longer; all of it is well signed",
  async run(world) {
    const places = world.copy();
    const from = 1 + world.random.below(world.lines.length - 20);
    const other = Array.from({ length: 300 - from }, (_, n) => lineOf(from + n, world.random));
    await forge(world, places, [...world.lines.slice(0, from), ...other]);
    return { places };
  },
};
