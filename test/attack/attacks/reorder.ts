// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { removeDerived, rewriteSegment } from "./segment.js";

export const reorder: Attack = {
  name: "two events exchanged",
  test: 2,
  power: "files",
  how: "two neighbours change places; tiles and published checkpoints are removed",
  async run(world) {
    const places = world.copy();
    const at = world.random.below(world.lines.length - 1);
    rewriteSegment(places, (lines) => lines.toSpliced(at, 2, lines[at + 1] as string, lines[at] as string));
    removeDerived(places);
    return { places };
  },
};
