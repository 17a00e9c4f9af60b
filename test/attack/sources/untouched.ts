// SPDX-License-Identifier: Apache-2.0
import { someOf, type SourceAttack } from "./source-attack.js";

export const untouched: SourceAttack = {
  name: "nothing was done",
  as: "",
  how: "what the source wrote arrives; whatever is told here would be a false alarm",
  run: (source, random) => ({ lines: someOf(source, random).lines, told: {} }),
};
