// SPDX-License-Identifier: Apache-2.0
import { someOf, type SourceAttack } from "./source-attack.js";

export const repeat: SourceAttack = {
  name: "events repeated as they are",
  as: "",
  how: "1 to 10 events arrive again at the end, as after a lost answer: the log has them once, and there is nothing to tell",
  run(source, random) {
    const { lines, from, to } = someOf(source, random);
    return { lines: [...lines, ...lines.slice(from - 1, to)], told: {} };
  },
};
