// SPDX-License-Identifier: Apache-2.0
import {
  type KeyRange,
  MerkleError,
  parseBase64,
  toBase64,
  type TreeHead,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "./error.js";
import { sha256Hex } from "./hash.js";
import type { Signer } from "./keys.js";

/** One slot fills one page: writing one never touches the bytes of the other. */
export const SLOT_BYTES = 4096;

/** What a head slot says: the checkpoint, when it was signed, and a number that grows with each write. */
export interface HeadFields {
  generation: number;
  /** ms since 1970. */
  time: number;
  /** The signed checkpoint. */
  note: string;
}

/** A head as it was read. Who signed the slot is still to be verified. */
export interface StoredHead extends HeadFields {
  /** Undefined in slots of format 1, which nobody signed. */
  seal?: SlotSeal;
}

/** The log's signature over all that a slot says. */
export interface SlotSeal {
  keyId: number;
  signature: Uint8Array;
}

export interface HeadSlots {
  /** The newest readable head. */
  newest?: StoredHead;
  /** The one before it, where both slots are readable. */
  previous?: StoredHead;
  /** Slots that are neither empty nor readable. */
  damaged: number;
}

/**
 * What the log's key signs for a slot. It begins as no checkpoint does: an origin ends in 32 hex digits, and where a
 * checkpoint has the 44 characters of its root this has a number. So neither signature can pass for the other.
 */
function sealedBytes({ generation, time, note }: HeadFields): Buffer {
  return Buffer.from(`telltale-head/2\n${generation}\n${time}\n${note}`);
}

function checksum(fields: string, note: Uint8Array): string {
  return sha256Hex(Buffer.concat([Buffer.from(`${fields}\n`), note]));
}

/**
 * `telltale-head/2 <generation> <time> <bytes> <key ID> <signature> <sha256>`, newline, the note, zeros. The checksum tells a
 * torn write from a forged slot; the signature is what is believed.
 */
export function formatSlot(head: HeadFields, signer: Pick<Signer, "sign">): Buffer {
  const note = Buffer.from(head.note);
  const { keyId, signature } = signer.sign(sealedBytes(head));
  const seal = `${keyId.toString(16).padStart(8, "0")} ${toBase64(signature)}`;
  const fields = `telltale-head/2 ${head.generation} ${head.time} ${note.length} ${seal}`;
  const bytes = Buffer.concat([Buffer.from(`${fields} ${checksum(fields, note)}\n`), note]);
  if (bytes.length > SLOT_BYTES) throw new LogError("bad_name", "the signed head does not fit its slot");
  return Buffer.concat([bytes, Buffer.alloc(SLOT_BYTES - bytes.length)]);
}

const HEADER =
  /^(telltale-head\/(?:1|2) ([1-9][0-9]{0,15}) ([0-9]{1,16}) ([1-9][0-9]{0,3})(?: ([0-9a-f]{8}) ([A-Za-z0-9+/]{86}==))?) ([0-9a-f]{64})$/;

function parseSeal(version: string, keyId?: string, signature?: string): SlotSeal | "none" | "damaged" {
  if (version === "1") return keyId === undefined ? "none" : "damaged";
  if (keyId === undefined || signature === undefined) return "damaged";
  try {
    return { keyId: Number.parseInt(keyId, 16), signature: parseBase64(signature) };
  } catch (error) {
    if (error instanceof MerkleError) return "damaged"; // not canonical
    throw error;
  }
}

/** A slot's head, "empty" where nothing was ever written, "damaged" for everything else. */
export function parseSlot(slot: Buffer): StoredHead | "empty" | "damaged" {
  if (slot.every((byte) => byte === 0)) return "empty";
  const newline = slot.subarray(0, 400).indexOf(10);
  const match = HEADER.exec(slot.toString("latin1", 0, Math.max(0, newline)));
  if (match === null) return "damaged";
  const [, fields = "", generation, time, bytes, keyId, signature, sum] = match;
  const end = newline + 1 + Number(bytes);
  const note = slot.subarray(newline + 1, end);
  // Every byte of the slot counts: the checksum covers the head, the rest must be zeros.
  if (end > slot.length || checksum(fields, note) !== sum) return "damaged";
  if (!slot.subarray(end).every((byte) => byte === 0)) return "damaged";
  const seal = parseSeal(fields.charAt("telltale-head/".length), keyId, signature);
  if (seal === "damaged") return "damaged";
  const head = { generation: Number(generation), time: Number(time), note: note.toString() };
  return seal === "none" ? head : { ...head, seal };
}

/** Both slots of a head file. */
export function parseSlots(bytes: Buffer): HeadSlots {
  const slots = [0, 1].map((i) => parseSlot(bytes.subarray(i * SLOT_BYTES, (i + 1) * SLOT_BYTES)));
  const heads: StoredHead[] = [];
  let damaged = bytes.length > 2 * SLOT_BYTES ? 1 : 0;
  for (const [i, slot] of slots.entries()) {
    if (typeof slot !== "string" && slot.generation % 2 === i) heads.push(slot);
    else if (slot !== "empty") damaged += 1; // unreadable, or copied from the other slot
  }
  heads.sort((a, b) => b.generation - a.generation);
  const [newest, previous] = heads;
  return { damaged, ...(newest && { newest }), ...(previous && { previous }) };
}

/**
 * The tree that a slot names. Throws LogError `head_forged` unless a key of the log, at the time when it was the log's, signed the
 * checkpoint and all that stands beside it. `unsigned`: slots of format 1 may pass, of which only the checkpoint was signed.
 */
export function verifyStoredHead(
  stored: StoredHead,
  keys: readonly KeyRange[],
  { unsigned, where }: { unsigned: boolean; where: string },
): TreeHead {
  let head: TreeHead;
  try {
    head = verifyCheckpointBy(nodeCrypto, stored.note, keys);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw forged(where, `its checkpoint is not signed by this log's key (${cause.message})`, cause);
  }
  const { seal } = stored;
  if (seal === undefined) {
    if (unsigned) return head;
    throw forged(where, "it is not signed, as heads were in an older format");
  }
  const key = keys.find((range) => range.key.keyId === seal.keyId)?.key;
  if (key === undefined || !nodeCrypto.verifyEd25519(key.publicKey, sealedBytes(stored), seal.signature))
    throw forged(where, "its signature does not verify with this log's key");
  return head;
}

function forged(where: string, why: string, cause?: unknown): LogError {
  return new LogError(
    "head_forged",
    `the head in ${where} cannot be believed: ${why}. No crash leaves such a head: somebody without the key wrote it, or it ` +
      "belongs to another log. Put the right head file back; where it is lost, `telltale restore` starts a successor log",
    { cause },
  );
}
