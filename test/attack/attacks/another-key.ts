// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import { createSigner } from "../../../packages/log/src/keys.js";
import type { Attack } from "../attack.js";
import { removeDerived, rewriteSegment } from "./segment.js";
import { signAs } from "./sign.js";

export const anotherKey: Attack = {
  name: "an event edited, everything signed with another key of the same name",
  test: 8,
  power: "files",
  how: "a key of the attacker's own, with the log's name, stands in the place of the log's key, and has signed the log; only who takes the key from beside the log believes it",
  async run(world) {
    const places = world.copy();
    const victim = world.random.below(world.lines.length);
    const lines = world.lines.with(victim, (world.lines[victim] as string).replace("placed", "denied"));
    rewriteSegment(places, () => lines);
    removeDerived(places);
    const { signer, file } = createSigner(world.origin);
    const { head, note } = signAs(signer, lines);
    const into = (name: string, bytes: Buffer | string): void =>
      writeFileSync(path.join(places.data, name), bytes);
    into("head/main", head);
    into("log/main/checkpoints", `${note}\n`);
    into("keys/main.key", file);
    into("keys/main.vkey", `${signer.vkey}\n`);
    return { places };
  },
};
