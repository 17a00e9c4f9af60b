// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { listDirectory, makeDirectory, writeDurable } from "../disk.js";
import type { FileSystem } from "../fs.js";
import { sha256Hex } from "../hash.js";

/** More kinds of misbehaviour than this say nothing new; a hostile server must not fill the disk with them. */
const MAX_KEPT = 100;

/**
 * Keep what proves misbehaviour, durable, in a folder of its own; the same proof once. The name begins with what it shows.
 * Undefined when there are too many already.
 */
export async function keepEvidence(
  fs: FileSystem,
  folder: string,
  kind: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string | undefined> {
  const entries = Object.entries(files);
  const all = entries.map(([name, content]) => `${name} ${sha256Hex(Buffer.from(content))}\n`).join("");
  const name = `${kind}-${sha256Hex(Buffer.from(all)).slice(0, 16)}`;
  const place = path.join(folder, name);
  const known = await listDirectory(fs, folder);
  if (!known.includes(name) && known.length >= MAX_KEPT) return undefined;
  await makeDirectory(fs, place);
  for (const [file, content] of entries) await writeDurable(fs, path.join(place, file), Buffer.from(content));
  return place;
}
