// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir } from "node:fs/promises";

/** The files of an index hold events, and DuckDB creates them for everybody to read: the folder around them is its owner's alone. */
export async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // It may be there already, made by whoever copied a data directory.
  await chmod(folder, 0o700);
}
