// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { rotate } from "../rotation.js";
import { forge, lineOf } from "../world.js";

export const oldKeyHistory: Attack = {
  name: "a history without the change of the key, signed with the key that was replaced",
  test: 8,
  power: "old key",
  how: "a longer log that parts from the honest one before its key was changed, so that the old key may have signed all of it; whoever knows today's key is not deceived by it, the verifier here knows the old one",
  async run(world) {
    const { lines, oldKey: _, ...attacked } = await rotate(world);
    const from = world.lines.length - 1 - world.random.below(30);
    const other = Array.from({ length: lines.length + 10 - from }, (_line, n) =>
      lineOf(from + n, world.random),
    );
    await forge(world, attacked.places, [...world.lines.slice(0, from), ...other]);
    return attacked;
  },
};
