// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "../attack.js";
import { forge, lineOf } from "../world.js";

export const replaceLog: Attack = {
  name: "the whole log replaced by a new one",
  test: 1,
  power: "key",
  how: "a short log of other events, with the same name and signed with the stolen key",
  async run(world) {
    const places = world.copy();
    await forge(
      world,
      places,
      [0, 1, 2].map((n) => lineOf(n, world.random)),
    );
    return { places };
  },
};
