// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { forge } from "../world.js";

export const editAndSign: Attack = {
  name: "an event edited, everything hashed and signed again",
  test: 3,
  power: "key",
  how: "one event, anywhere, says something else in a log of the same length that the stolen key has signed",
  async run(world) {
    const places = world.copy();
    const victim = world.random.below(world.lines.length);
    const line = (world.lines[victim] as string).replace("placed", "denied");
    await forge(world, places, world.lines.with(victim, line));
    return { places };
  },
};
