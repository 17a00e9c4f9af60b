// SPDX-License-Identifier: Apache-2.0
import type { ChainKey } from "../chain/chain-key.js";
import { BodyError, openBody, type BodyFormat } from "./ingest/body.js";
import { prepare, type Prepared, type PrepareTools, type Refusal, type SplitBody } from "./prepare.js";
import type { Sender } from "./stages.js";

/** A body as it came from the network, and who sent it. */
export interface SentBody {
  bytes: Buffer;
  gzip: boolean;
  format: BodyFormat;
  sender: Sender;
  /** Where the chains of the key that sent it begin; undefined where events come without a key. */
  chainKey?: ChainKey | undefined;
}

const NOTHING = Buffer.alloc(0);

/** `prepare` of bodies as they came. One that has no readable structure has an empty share that says so in `refused`. */
export function prepareSent(bodies: readonly SentBody[], tools: PrepareTools): Prepared {
  const refusals: (Refusal | undefined)[] = [];
  const prepared = prepare(
    bodies.map((each) => open(each, refusals)),
    tools,
  );
  for (const [i, refused] of refusals.entries()) {
    if (refused !== undefined) prepared.shares[i]!.refused = refused;
  }
  return prepared;
}

function open(
  { bytes, gzip, format, sender, chainKey }: SentBody,
  refusals: (Refusal | undefined)[],
): SplitBody {
  try {
    const { body, split } = openBody(bytes, gzip, format);
    refusals.push(undefined);
    return { body, split, sender, chainKey };
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    refusals.push({ code: error.code, message: error.message });
    return { body: NOTHING, split: { starts: [], ends: [], lines: [], lone: false }, sender };
  }
}
