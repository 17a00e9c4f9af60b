// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { lineOf } from "../world.js";
import { removeDerived, rewriteSegment } from "./segment.js";

export const insert: Attack = {
  name: "an event inserted",
  test: 2,
  power: "files",
  how: "a line that nobody sent stands among the others; tiles and published checkpoints are removed",
  async run(world) {
    const places = world.copy();
    const at = world.random.below(world.lines.length);
    rewriteSegment(places, (lines) => lines.toSpliced(at, 0, lineOf(9999, world.random)));
    removeDerived(places);
    return { places };
  },
};
