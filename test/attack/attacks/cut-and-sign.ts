// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { forge } from "../world.js";

export const cutAndSign: Attack = {
  name: "the tail cut off and signed again",
  test: 1,
  power: "key",
  how: "the newest 1 to 30 events are gone, and the stolen key has signed the shorter log",
  async run(world) {
    const places = world.copy();
    await forge(world, places, world.lines.slice(0, -1 - world.random.below(30)));
    return { places };
  },
};
