// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import {
  type KeyRange,
  MerkleError,
  type TreeHead,
  verifyWitnessed,
  type WitnessPolicy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf } from "../disk.js";
import type { LogPaths } from "../paths.js";

const MAX_BYTES = 1_000_000;

/** Whose cosignatures a verifier believes, and how old the newest may be. */
export interface WitnessTrust {
  policy: WitnessPolicy;
  /** A running log is always a little ahead of its witnesses: newer events are let pass for this long after a cosignature. */
  freshMs: number;
  /** ms since 1970. */
  now: number;
}

/** What the witnessed checkpoint beside the log says. */
export interface WitnessedClaim {
  head?: TreeHead;
  quorum: boolean;
  /** When the last of those that count cosigned, ms since 1970. */
  time: number;
  /** It was changed: not the same as not having one. */
  problem?: string;
}

/** The bytes of the file; undefined when there is none. Read it before the head store: a server may be running. */
export function readWitnessedFile(paths: LogPaths): Buffer | undefined {
  try {
    return statSync(paths.witnessed).size > MAX_BYTES ? Buffer.alloc(0) : readFileSync(paths.witnessed);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Judge the file by a policy; every signature in the name of the log or of a known witness has to hold. */
export function judgeWitnessed(
  bytes: Buffer | undefined,
  keys: readonly KeyRange[],
  { policy }: WitnessTrust,
): WitnessedClaim {
  const nothing = { quorum: false, time: 0 };
  if (bytes === undefined) return nothing;
  try {
    const { head, cosigned, quorum } = verifyWitnessed(nodeCrypto, bytes, keys, policy);
    return { head, quorum, time: Math.max(0, ...cosigned.map(({ seconds }) => Number(seconds) * 1000)) };
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    return {
      ...nothing,
      problem: `the witnessed checkpoint beside the log does not verify: ${error.message}`,
    };
  }
}

/** Why the log of `size` events counts as unwitnessed; undefined when it does not. */
export function findUnwitnessed(
  claim: WitnessedClaim,
  size: number,
  { freshMs, now }: WitnessTrust,
): string | undefined {
  if (!claim.quorum || claim.head === undefined)
    return "too few of the witnesses that you trust have cosigned it";
  const witnessed = Number(claim.head.size);
  if (witnessed >= size || now - claim.time <= freshMs) return undefined;
  const at = new Date(claim.time).toISOString();
  return `only the first ${witnessed} were cosigned, at ${at}; for the newer ${size - witnessed} only this server vouches`;
}
