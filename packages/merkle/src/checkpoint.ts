// SPDX-License-Identifier: Apache-2.0
import { equalBytes, parseBase64, parseDecimal, toBase64 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { emptyRoot, HASH_BYTES } from "./hash.js";
import { parseNote, verifyNote } from "./note.js";
import { isKeyName, type VerifierKey } from "./vkey.js";

/** What a log commits to (C2SP tlog-checkpoint): its first `size` entries have this root. */
export interface TreeHead {
  origin: string;
  size: bigint;
  root: Uint8Array;
  /** Extension lines: carried, never relied on. */
  extensions: string[];
}

/** The text of a checkpoint, to be signed as a note. */
export function formatCheckpoint(origin: string, size: bigint, root: Uint8Array): string {
  if (!isKeyName(origin) || size < 0n || root.length !== HASH_BYTES) {
    throw new MerkleError("bad_checkpoint", "no valid origin, size or root");
  }
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

function bad(why: string, cause?: unknown): never {
  throw new MerkleError("bad_checkpoint", `not a checkpoint: ${why}`, { cause });
}

/**
 * Parse the text of a checkpoint; establishes its form, not who signed it. A witness has an answer of its own (422) to an
 * empty tree with a wrong root, so that is left to `parseCheckpoint`.
 */
export function parseTreeHead(text: string): TreeHead {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length < 3) bad("fewer than three lines");
  const [origin = "", sizeText = "", rootText = "", ...extensions] = lines;
  if (!isKeyName(origin)) bad("no valid origin");
  if (extensions.includes("")) bad("an empty extension line");
  try {
    const size = parseDecimal(sizeText);
    const root = parseBase64(rootText);
    if (root.length !== HASH_BYTES) bad(`a root of ${root.length} bytes`);
    return { origin, size, root, extensions };
  } catch (cause) {
    if (cause instanceof MerkleError && cause.code === "bad_checkpoint") throw cause;
    return bad("no valid size or root", cause);
  }
}

/** As `parseTreeHead`; an empty tree also has the root of the empty tree. */
export function parseCheckpoint(text: string): TreeHead {
  const head = parseTreeHead(text);
  if (head.size === 0n && !equalBytes(head.root, emptyRoot())) bad("an empty tree with another root");
  return head;
}

/** The head that `key` signed for the origin of its own name; throws unless the signature holds. */
export function verifyCheckpoint(
  crypto: MerkleCrypto,
  note: Uint8Array | string,
  key: VerifierKey,
): TreeHead {
  const unverified = parseNote(note);
  verifyNote(crypto, unverified, [key]);
  const head = parseCheckpoint(unverified.text);
  if (head.origin !== key.name) throw new MerkleError("wrong_origin", "the checkpoint is of another log");
  return head;
}
