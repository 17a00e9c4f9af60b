// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { removeDerived, rewriteSegment } from "./segment.js";

export const edit: Attack = {
  name: "an event edited",
  test: 2,
  power: "files",
  how: "one event says something else; tiles and published checkpoints are removed",
  async run(world) {
    const places = world.copy();
    const victim = world.random.below(world.lines.length);
    rewriteSegment(places, (lines) =>
      lines.with(victim, (lines[victim] as string).replace("placed", "denied")),
    );
    removeDerived(places);
    return { places };
  },
};
