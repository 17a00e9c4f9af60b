// SPDX-License-Identifier: Apache-2.0
import { someOf, type SourceAttack } from "./source-attack.js";

export const edit: SourceAttack = {
  name: "an event edited before it is sealed",
  as: "broken",
  how: "one event says something else when it leaves the queue; others follow",
  run(source, random) {
    const { lines, from } = someOf(source, random);
    const line = (lines[from - 1] as string).replace("order_placed", "order_denied");
    return { lines: lines.with(from - 1, line), told: { broken: [from] } };
  },
};
