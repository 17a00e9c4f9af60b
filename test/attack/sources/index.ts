// SPDX-License-Identifier: Apache-2.0
import { drop } from "./drop.js";
import { dropNewest } from "./drop-newest.js";
import { edit } from "./edit.js";
import { fork } from "./fork.js";
import { reorder } from "./reorder.js";
import { repeat } from "./repeat.js";
import { repeatAsNew } from "./repeat-as-new.js";
import type { SourceAttack } from "./source-attack.js";
import { untouched } from "./untouched.js";

/** The rows of the table of sources, in their order. One more: its file in this folder, and one line here. */
export const SOURCE_ATTACKS: readonly SourceAttack[] = [
  untouched,
  drop,
  dropNewest,
  repeat,
  repeatAsNew,
  reorder,
  fork,
  edit,
];
