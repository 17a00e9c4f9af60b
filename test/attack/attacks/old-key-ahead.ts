// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Attack } from "../attack.js";
import { rotate } from "../rotation.js";
import { lineOf } from "../world.js";
import { removeDerived, rewriteSegment } from "./segment.js";
import { signAs } from "./sign.js";
import { parseSigner } from "../../../packages/log/src/keys.js";

export const oldKeyAhead: Attack = {
  name: "events added, signed with the key that was replaced",
  test: 8,
  power: "old key",
  how: "after a change of the log's key 1 to 30 events are added, and head and checkpoint of the longer tree are signed with the old key",
  async run(world) {
    const { lines, oldKey, ...attacked } = await rotate(world);
    const count = 1 + world.random.below(30);
    const added = Array.from({ length: count }, (_, n) => lineOf(lines.length + n, world.random));
    rewriteSegment(attacked.places, (all) => [...all, ...added]);
    removeDerived(attacked.places);
    const signer = parseSigner(oldKey);
    const { head, note } = signAs(signer, [...lines, ...added]);
    writeFileSync(path.join(attacked.places.data, "head/main"), head);
    writeFileSync(path.join(attacked.places.data, "log/main/checkpoints"), `${note}\n`);
    return attacked;
  },
};
