// SPDX-License-Identifier: Apache-2.0
import { readFileSync, statSync } from "node:fs";
import {
  isQuorum,
  type KeyRange,
  MerkleError,
  type TreeHead,
  verifyWitnessed,
  type Witnessed,
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
  /** Since when there is a quorum, ms since 1970: of what fewer say later it is not known whether it is true. */
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

/** The latest time at which so many had cosigned that the policy was met, ms since 1970; 0 when it is not. */
function quorumTime({ cosigned }: Witnessed, { quorum }: WitnessPolicy): number {
  const times = cosigned.map(({ seconds }) => seconds).sort((a, b) => (a < b ? 1 : -1));
  const isEnough = (since: bigint): boolean =>
    isQuorum(quorum, (each) => cosigned.some(({ witness, seconds }) => witness === each && seconds >= since));
  return Number(times.find(isEnough) ?? 0n) * 1000;
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
    const witnessed = verifyWitnessed(nodeCrypto, bytes, keys, policy);
    // A quorum of nobody is nobody's word.
    const quorum = witnessed.quorum && witnessed.cosigned.length > 0;
    return { head: witnessed.head, quorum, time: quorumTime(witnessed, policy) };
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
  // A time that is still to come would make every later event pass until then.
  if (witnessed >= size || Math.abs(now - claim.time) <= freshMs) return undefined;
  const time = new Date(claim.time);
  const at = Number.isNaN(time.getTime()) ? "a time that no clock shows" : time.toISOString();
  return `only the first ${witnessed} were cosigned, at ${at}; for the newer ${size - witnessed} only this server vouches`;
}
