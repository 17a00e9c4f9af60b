// SPDX-License-Identifier: Apache-2.0
import { equalBytes, parseUtf8, toUtf8 } from "./bytes.js";
import type { MerkleCrypto } from "./crypto.js";
import { MerkleError } from "./error.js";
import { leafHash } from "./hash.js";
import { type KeyRange, verifyCheckpointBy } from "./key-ranges.js";
import { parseNote, verifyNote } from "./note.js";
import { parseReceipt } from "./receipt.js";
import { verifyInclusion } from "./verify.js";
import { ED25519, formatVkey, parseVkey, type VerifierKey } from "./vkey.js";

/** The first line of a key history says what it is: `format` of the JSON object. */
const FORMAT = "telltale-keys/1";
/** One a month for more than twenty years. */
export const MAX_KEY_CHANGES = 256;
/** Events that name keys have about 500 bytes, their proofs some kilobytes. */
export const MAX_KEY_HISTORY_BYTES = 4 * 1024 * 1024;

/** What an event about a key change names: verifier keys as text. */
export interface KeyChangeEvent {
  from: string;
  to: string;
}

/** One change of the log's key, as anybody can check it. */
export interface KeyChange {
  /** The sealed line of the event that names both keys, without its newline. */
  entry: string;
  /** Its tlog-proof (C2SP), on a checkpoint that both keys signed. */
  proof: string;
}

/** All keys that a log ever had. */
export interface KeyHistory {
  origin: string;
  /** In the order of their use; the last one is the log's key now. */
  keys: KeyRange[];
  changes: KeyChange[];
}

function bad(why: string, cause?: unknown): never {
  throw new MerkleError("bad_key_history", `not a key history: ${why}`, { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The keys that a sealed line names, when it is the event of a change of the log's key: `log_key_changed` of the server itself
 * (`via` is stamped by the server, so no sender can claim it) with `data.from` and `data.to`. Undefined for everything else;
 * never throws.
 */
export function parseKeyChangeEvent(line: Uint8Array | string): KeyChangeEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(typeof line === "string" ? line : parseUtf8(line));
  } catch {
    return undefined;
  }
  if (!isRecord(event) || event.via !== "telltale" || event.action !== "log_key_changed") return undefined;
  const { data } = event;
  if (!isRecord(data) || typeof data.from !== "string" || typeof data.to !== "string") return undefined;
  return { from: data.from, to: data.to };
}

/** The text of a key history: what a log publishes. It is not signed as a whole, each change proves itself. */
export function formatKeyHistory(first: string, changes: readonly KeyChange[]): string {
  const list = changes.map(({ entry, proof }) => ({ entry, proof }));
  return `${JSON.stringify({ format: FORMAT, first, changes: list }, null, 2)}\n`;
}

function parseLogKey(crypto: MerkleCrypto, text: string): VerifierKey {
  const key = parseVkey(crypto, text);
  return key.type === ED25519 ? key : bad("a key that signs no checkpoints");
}

/**
 * Establishes that the holder of the key before named the next one: the event that names both is an entry of a tree which both
 * keys signed. A second signature line alone would prove nothing, as anybody can add one. Returns the size of that tree.
 */
function verifyChange(
  crypto: MerkleCrypto,
  { entry, proof }: KeyChange,
  { key: before, from }: KeyRange,
): { next: VerifierKey; size: bigint } {
  const named = parseKeyChangeEvent(entry) ?? bad("an entry that names no keys");
  if (named.from !== formatVkey(before)) bad("a change that does not begin at the key before");
  const next = parseLogKey(crypto, named.to);
  if (next.name !== before.name) bad("the key of another log");
  const receipt = parseReceipt(proof);
  const keys = [before, next];
  const signers = verifyNote(crypto, parseNote(receipt.checkpoint), keys);
  if (keys.some((key) => !signers.includes(key)))
    bad("a checkpoint that the old and the new key did not both sign");
  const { size, root } = verifyCheckpointBy(crypto, receipt.checkpoint, [
    { key: before, from },
    { key: next, from },
  ]);
  if (receipt.index < from) bad("an event from before the key that it replaces");
  verifyInclusion(crypto, {
    index: receipt.index,
    size,
    leafHash: leafHash(crypto, toUtf8(entry)),
    proof: receipt.proof,
    root,
  });
  return { next, size };
}

/** All keys, in order, from the first one and the proven changes. Throws MerkleError unless every link holds. */
export function verifyKeyChanges(
  crypto: MerkleCrypto,
  first: string,
  changes: readonly KeyChange[],
): KeyHistory {
  if (changes.length > MAX_KEY_CHANGES) bad(`more than ${MAX_KEY_CHANGES} changes`);
  let last: KeyRange = { key: parseLogKey(crypto, first), from: 0n };
  const keys = [last];
  for (const change of changes) {
    const { next, size } = verifyChange(crypto, change, last);
    if (keys.some(({ key }) => key.keyId === next.keyId || equalBytes(key.publicKey, next.publicKey)))
      bad("a key that was used before");
    last.to = size;
    last = { key: next, from: size };
    keys.push(last);
  }
  return { origin: last.key.name, keys, changes: changes.map(({ entry, proof }) => ({ entry, proof })) };
}

function toChange(value: unknown): KeyChange {
  if (!isRecord(value) || typeof value.entry !== "string" || typeof value.proof !== "string")
    bad("a change without event or proof");
  return { entry: value.entry, proof: value.proof };
}

/**
 * Parse and verify a key history. It says which keys follow each other, not that any of them is the right one: for that the
 * caller must know one of them (`keysFrom`). Throws MerkleError (`bad_key_history` and what verifying a change throws).
 */
export function parseKeyHistory(crypto: MerkleCrypto, input: Uint8Array | string): KeyHistory {
  if (input.length > MAX_KEY_HISTORY_BYTES) bad("too long");
  let value: unknown;
  try {
    value = JSON.parse(typeof input === "string" ? input : parseUtf8(input));
  } catch (cause) {
    return bad("no JSON", cause);
  }
  if (!isRecord(value) || value.format !== FORMAT) bad("another format or version");
  const { first, changes } = value;
  if (typeof first !== "string" || !Array.isArray(changes)) bad("no first key or no changes");
  return verifyKeyChanges(crypto, first, changes.map(toChange));
}

/**
 * The keys of a log for whoever knows one of them, of whatever time: each is linked to it by signatures of both. Throws
 * `key_unknown` when the known key is none of them, and then nothing of the history may be believed.
 */
export function keysFrom(history: KeyHistory, known: VerifierKey): KeyRange[] {
  const isKnown = history.keys.some(
    ({ key }) => key.name === known.name && equalBytes(key.publicKey, known.publicKey),
  );
  if (!isKnown) throw new MerkleError("key_unknown", "the known key is none of this history");
  return history.keys;
}
