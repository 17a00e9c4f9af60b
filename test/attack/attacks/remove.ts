// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { removeDerived, rewriteSegment } from "./segment.js";

export const remove: Attack = {
  name: "an event removed from the middle",
  test: 2,
  power: "files",
  how: "one line is gone; tiles and published checkpoints are removed",
  async run(world) {
    const places = world.copy();
    const victim = world.random.below(world.lines.length - 1);
    rewriteSegment(places, (lines) => lines.filter((_, index) => index !== victim));
    removeDerived(places);
    return { places };
  },
};
