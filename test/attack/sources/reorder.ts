// SPDX-License-Identifier: Apache-2.0
import { numbers, someOf, type SourceAttack } from "./source-attack.js";

export const reorder: SourceAttack = {
  name: "events held back and sent later",
  as: "gap, then reordered",
  how: "1 to 10 events in a row arrive after 1 to 10 that follow them",
  run(source, random) {
    const { lines, from, to } = someOf(source, random);
    const held = lines.splice(from - 1, to - from + 1);
    lines.splice(from + random.below(10), 0, ...held);
    return { lines, told: { gap: numbers(from, to), reordered: numbers(from, to) } };
  },
};
