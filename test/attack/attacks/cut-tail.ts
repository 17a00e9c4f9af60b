// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { removeDerived, rewriteSegment } from "./segment.js";

export const cutTail: Attack = {
  name: "the tail cut off, as by a crash",
  test: 1,
  power: "files",
  how: "the newest 1 to 30 events are gone, with tiles and published checkpoints, as if they had never been written (hard tests 1 and 6)",
  async run(world) {
    const places = world.copy();
    const count = 1 + world.random.below(30);
    rewriteSegment(places, (lines) => lines.slice(0, -count));
    removeDerived(places);
    return { places };
  },
};
