// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Places } from "../world.js";

/** Change the lines of the open segment, where all events of these small logs are. */
export function rewriteSegment(places: Places, change: (lines: string[]) => string[]): void {
  const directory = path.join(places.data, "log/main/segment");
  const [name = ""] = readdirSync(directory);
  const file = path.join(directory, name);
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  writeFileSync(
    file,
    change(lines)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

/** Tiles and published checkpoints say what the events were: without the key they can only be thrown away. */
export function removeDerived(places: Places): void {
  rmSync(path.join(places.data, "log/main/tile"), { recursive: true, force: true });
  writeFileSync(path.join(places.data, "log/main/checkpoints"), "");
}
