// SPDX-License-Identifier: Apache-2.0
import type { Attacked } from "./defences.js";
import type { World } from "./world.js";

/** One way to change the past. One file each, one line in attacks/index.ts. */
export interface Attack {
  name: string;
  /** Which of the ten hard tests it belongs to. */
  test: number;
  /** What the attacker has: "files" of the log, its "key" too, the "old key" that it had before, or "all" machines that are named in the row. */
  power: "files" | "key" | "old key" | "all";
  /** One sentence. */
  how: string;
  run(world: World): Promise<Attacked>;
}
