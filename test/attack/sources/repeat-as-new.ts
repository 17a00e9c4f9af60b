// SPDX-License-Identifier: Apache-2.0
import { uuidV7 } from "@telltale/event";
import type { Random } from "@telltale/testkit";
import { numbers, someOf, type SourceAttack } from "./source-attack.js";

function withNewId(line: string, random: Random): string {
  const id = uuidV7(Date.UTC(2026, 0, 1), Buffer.from(random.hex(20), "hex"));
  return line.replace(/"id":"[^"]+"/, `"id":"${id}"`);
}

export const repeatAsNew: SourceAttack = {
  name: "events repeated under other ids",
  as: "fork",
  how: "1 to 10 events arrive again at the end, each with a new id, so that they pass for new ones",
  run(source, random) {
    const { lines, from, to } = someOf(source, random);
    const again = lines.slice(from - 1, to).map((line) => withNewId(line, random));
    return { lines: [...lines, ...again], told: { fork: numbers(from, to) } };
  },
};
