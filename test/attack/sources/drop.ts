// SPDX-License-Identifier: Apache-2.0
import { numbers, someOf, type SourceAttack } from "./source-attack.js";

export const drop: SourceAttack = {
  name: "events dropped",
  as: "gap",
  how: "1 to 10 events in a row never arrive; others follow",
  run(source, random) {
    const { lines, from, to } = someOf(source, random);
    return { lines: lines.toSpliced(from - 1, to - from + 1), told: { gap: numbers(from, to) } };
  },
};
