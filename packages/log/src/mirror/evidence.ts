// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { listDirectory, makeDirectory, writeDurable } from "../disk.js";
import type { FileSystem } from "../fs.js";
import { sha256Hex } from "../hash.js";

/**
 * More of one kind say nothing new, and a hostile server must not fill the disk with them. By kind, so that what anybody
 * can make (`wrong_key` and `unproven` need no key of the log) leaves room for what only the log's own key can sign.
 */
const MAX_KEPT: ReadonlyMap<string, number> = new Map([
  ["wrong_key", 5],
  ["unproven", 5],
]);
const MAX_KEPT_ELSE = 20;

/** The folder in which the proof lies, or the folder that has no room for it. */
export type Kept = { evidence: string } | { full: string };

/**
 * Keep what proves misbehaviour, durable, in a folder of its own; the same proof once. The name begins with what it shows.
 * When there are too many of its kind already nothing is kept.
 */
export async function keepEvidence(
  fs: FileSystem,
  folder: string,
  kind: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Kept> {
  const entries = Object.entries(files);
  const all = entries.map(([name, content]) => `${name} ${sha256Hex(Buffer.from(content))}\n`).join("");
  const name = `${kind}-${sha256Hex(Buffer.from(all)).slice(0, 16)}`;
  const place = path.join(folder, name);
  const known = await listDirectory(fs, folder);
  const ofKind = known.filter((each) => each.startsWith(`${kind}-`)).length;
  if (!known.includes(name) && ofKind >= (MAX_KEPT.get(kind) ?? MAX_KEPT_ELSE)) return { full: folder };
  await makeDirectory(fs, place);
  for (const [file, content] of entries) await writeDurable(fs, path.join(place, file), Buffer.from(content));
  return { evidence: place };
}
