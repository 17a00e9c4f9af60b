// SPDX-License-Identifier: Apache-2.0
import { ED25519, MerkleError, parseVkey } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "../error.js";
import { areCanonical, type IndexRange } from "../prune/ranges.js";

/** What a mirror remembers beside the log itself. */
export interface MirrorPin {
  /** The log's verifier key: no other is accepted, but those that it leads to by changes that both keys signed. */
  vkey: string;
  /** How the key came here: a person gave it, or the server was believed at first contact. */
  pinned: "given" | "first-use";
  /** Where the log was pulled from last; only for people. */
  source: string;
  /** First contact, ms since 1970. */
  since: number;
  /** Events that the source had pruned before they were pulled: their hashes are held, they never were. */
  absent: IndexRange[];
}

export const MAX_PIN_BYTES = 128 * 1024;

export function formatPin(pin: MirrorPin): Buffer {
  const absent = pin.absent.map(({ first, next }) => [first, next]);
  return Buffer.from(`${JSON.stringify({ ...pin, absent }, null, 2)}\n`);
}

function damaged(cause?: unknown): never {
  throw new LogError("damaged", "mirror.json, which says what is mirrored, is damaged", { cause });
}

function isRange(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "number");
}

/** Parse `mirror.json`; `damaged` unless it is one that we would write. */
export function parsePin(bytes: Buffer): MirrorPin {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    return damaged(error);
  }
  if (typeof value !== "object" || value === null) return damaged();
  const { vkey, pinned, source, since, absent } = value as Record<string, unknown>;
  if (typeof vkey !== "string" || (pinned !== "given" && pinned !== "first-use")) return damaged();
  if (typeof source !== "string" || typeof since !== "number" || !Array.isArray(absent)) return damaged();
  if (!absent.every(isRange)) return damaged();
  const ranges = absent.map(([first, next]) => ({ first, next }));
  if (!areCanonical(ranges)) return damaged();
  try {
    if (parseVkey(nodeCrypto, vkey).type !== ED25519) return damaged();
  } catch (error) {
    if (error instanceof MerkleError) return damaged(error);
    throw error;
  }
  return { vkey, pinned, source, since, absent: ranges };
}
