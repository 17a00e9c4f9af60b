// SPDX-License-Identifier: Apache-2.0
import { someOf, type SourceAttack } from "./source-attack.js";

export const dropNewest: SourceAttack = {
  name: "the newest events dropped, and nothing follows",
  as: "",
  how: "no number is passed over before the next event comes: **the limit of the chain**; a source that sends heartbeats is told as silent",
  run(source, random) {
    const { lines } = someOf(source, random);
    return { lines: lines.slice(0, -1 - random.below(10)), told: {} };
  },
};
