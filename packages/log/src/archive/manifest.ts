// SPDX-License-Identifier: Apache-2.0
import { parseBase64 } from "@telltale/merkle";
import { LogError } from "../error.js";

export const ARCHIVE_FORMAT = "telltale-archive/1";
/** The key history of the log, where its key was changed (`formatKeyHistory`). */
export const ARCHIVE_KEYS = "log.keys";
export const MAX_ARCHIVE_MANIFEST = 64 * 1024;

/** What stands beside an archived segment. The signed checkpoint and the proof bind its events to their place in the log. */
export interface ArchiveManifest {
  origin: string;
  first: number;
  next: number;
  /** SHA-256 of the compressed file, hex. */
  sha256: string;
  /** Size of the tree of the checkpoint. */
  treeSize: number;
  /** A signed note that covers the segment. */
  checkpoint: string;
  /** Why the events [first, next) are in that tree (`rangeProof`). */
  proof: Uint8Array[];
  /** The key that came with the copy. */
  vkey: string;
}

function bad(file: string, why: string): never {
  throw new LogError("damaged", `${file}: ${why}`);
}

/** Parse a manifest; establishes its form only. Throws `damaged`. */
export function parseArchiveManifest(file: string, bytes: Buffer): ArchiveManifest {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch {
    return bad(file, "it is not JSON");
  }
  if (typeof value !== "object" || value === null) bad(file, "it is no object");
  const at = (name: string): unknown =>
    Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  const text = (name: string, most: number): string => {
    const found = at(name);
    return typeof found === "string" && found.length <= most ? found : bad(file, `${name} is no text`);
  };
  const count = (name: string): number => {
    const found = at(name);
    return typeof found === "number" && Number.isSafeInteger(found) && found >= 0
      ? found
      : bad(file, `${name} is no number`);
  };
  if (text("format", 100) !== ARCHIVE_FORMAT) bad(file, "another format or version");
  const proof = at("proof");
  if (!Array.isArray(proof) || proof.length > 256)
    bad(file, "it has no proof that its events are in the log");
  const [first, next] = [count("first"), count("next")];
  if (next <= first) bad(file, "it names no events");
  let hashes: Uint8Array[];
  try {
    hashes = proof.map((each: unknown) =>
      parseBase64(typeof each === "string" && each.length <= 64 ? each : "-"),
    );
  } catch {
    return bad(file, "a hash of its proof is not base64");
  }
  return {
    origin: text("origin", 255),
    first,
    next,
    sha256: text("sha256", 64),
    treeSize: count("treeSize"),
    checkpoint: text("checkpoint", MAX_ARCHIVE_MANIFEST),
    proof: hashes,
    vkey: text("vkey", 1024),
  };
}
