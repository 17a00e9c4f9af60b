// SPDX-License-Identifier: Apache-2.0
import { parseBase64, parseDecimal, parseUtf8, toBase64 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { HASH_BYTES, leafHash } from "./hash.js";
import { type KeyRange, rangeOfOne, verifyCheckpointBy } from "./key-ranges.js";
import { verifyInclusion } from "./verify.js";
import { parseVkey } from "./vkey.js";

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
const MAX_RECEIPT_BYTES = 1_100_000;
const MAX_HASHES = 64;

/** A tlog-proof (C2SP): why an entry is in a log. The checkpoint is verbatim and unverified. */
export interface UnverifiedReceipt {
  index: bigint;
  proof: Uint8Array[];
  checkpoint: string;
  /** Opaque and not authenticated by anything. */
  extra?: Uint8Array;
}

export function formatReceipt(receipt: UnverifiedReceipt): string {
  const lines = [FIRST_LINE];
  if (receipt.extra !== undefined) lines.push(`extra ${toBase64(receipt.extra)}`);
  lines.push(`index ${receipt.index}`, ...receipt.proof.map(toBase64));
  return `${lines.join("\n")}\n\n${receipt.checkpoint}`;
}

function bad(why: string, cause?: unknown): never {
  throw new MerkleError("bad_receipt", `not a tlog-proof: ${why}`, { cause });
}

function parseHash(line: string): Uint8Array {
  const hash = parseBase64(line);
  return hash.length === HASH_BYTES ? hash : bad("a hash is not 32 bytes");
}

/** Parse a tlog-proof; establishes its form only. The header ends at the first empty line. */
export function parseReceipt(input: Uint8Array | string): UnverifiedReceipt {
  if (input.length > MAX_RECEIPT_BYTES) bad("too long");
  const text = typeof input === "string" ? input : parseUtf8(input);
  const split = text.indexOf("\n\n");
  if (split < 0) bad("no checkpoint");
  const lines = text.slice(0, split).split("\n");
  if (lines.shift() !== FIRST_LINE) bad("another format or version");
  try {
    const extra = lines[0]?.startsWith("extra ")
      ? parseBase64((lines.shift() as string).slice(6))
      : undefined;
    const indexLine = lines.shift() ?? "";
    if (!indexLine.startsWith("index ")) bad("no index");
    if (lines.length > MAX_HASHES) bad(`more than ${MAX_HASHES} hashes`);
    const index = parseDecimal(indexLine.slice(6));
    const receipt = { index, proof: lines.map(parseHash), checkpoint: text.slice(split + 2) };
    return extra === undefined ? receipt : { ...receipt, extra };
  } catch (cause) {
    if (cause instanceof MerkleError && cause.code === "bad_receipt") throw cause;
    return bad("malformed extra data, index or hash", cause);
  }
}

/**
 * Establishes that `entry` (the exact sealed bytes, without the newline) is in the log that `vkey` names, at the
 * index that is returned. Throws `MerkleError` otherwise, whatever the input. Witnesses are not considered.
 * For a log that changed its key give all its `keys` (`keysFrom`): each counts for the trees of its own time.
 *
 * @example verifyReceipt({ proof, entry, vkey, crypto: nodeCrypto }).index
 */
export function verifyReceipt(
  input: { proof: string; entry: Uint8Array; crypto: MerkleCrypto } & (
    | { vkey: string; keys?: never }
    | { keys: readonly KeyRange[]; vkey?: never }
  ),
): { index: bigint; size: bigint; origin: string; root: Uint8Array } {
  const { crypto } = input;
  const receipt = parseReceipt(input.proof);
  const keys = input.keys ?? rangeOfOne(parseVkey(crypto, input.vkey));
  const { origin, size, root } = verifyCheckpointBy(crypto, receipt.checkpoint, keys);
  const hash = leafHash(crypto, input.entry);
  verifyInclusion(crypto, { index: receipt.index, size, leafHash: hash, proof: receipt.proof, root });
  return { index: receipt.index, size, origin, root };
}
