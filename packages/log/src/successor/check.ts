// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import {
  equalBytes,
  keysFrom,
  MerkleError,
  parseKeyHistory,
  parseVkey,
  rangeOfOne,
  type TreeHead,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { readText } from "../check/keys.js";
import { logPaths } from "../paths.js";
import { mirrorPaths, isMirror } from "../mirror/layout.js";
import { predecessorDir } from "./copy.js";
import { parseSuccessorEvent, type SuccessorFacts } from "./event.js";
import { readKept } from "./kept.js";

/** A log that this one succeeds. */
export interface PredecessorVerdict {
  origin: string;
  /** `intact`: the events that are kept are those that the successor's first event binds. */
  verdict: "intact" | "incomplete" | "tampered" | "unverifiable";
  /** Events that were signed, as far as anybody knew when the successor began. */
  known: number;
  /** Events that are kept. */
  kept: number;
  /** One sentence for people. */
  message: string;
}

/** A successor of a successor of …: more than this is no chain of accidents. */
const MAX_CHAIN = 32;

function headOf({ vkey, checkpoint }: SuccessorFacts, dir: string): TreeHead | undefined {
  if (checkpoint === null) return undefined;
  const key = parseVkey(nodeCrypto, vkey);
  const file = isMirror(dir) ? mirrorPaths(dir).history : logPaths(dir).keyHistory;
  const history = readText(file);
  const keys = history === undefined ? rangeOfOne(key) : keysFrom(parseKeyHistory(nodeCrypto, history), key);
  return verifyCheckpointBy(nodeCrypto, checkpoint, keys);
}

/** The verdict on one log, and what its own first event says it succeeds. */
interface Checked {
  verdict: PredecessorVerdict;
  before?: SuccessorFacts;
}

async function checkOne(facts: SuccessorFacts, dir: string): Promise<Checked> {
  const { origin, vkey } = facts;
  const base = { origin, known: 0, kept: 0 };
  if (!existsSync(dir)) {
    const message = `the events of ${origin}, which this log succeeds, are not in this directory`;
    return { verdict: { ...base, verdict: "unverifiable", message } };
  }
  let head: TreeHead | undefined;
  try {
    head = headOf(facts, dir);
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    const message = `what the first event says of ${origin} does not verify: ${error.message}`;
    return { verdict: { ...base, verdict: "tampered", message } };
  }
  const known = Number(head?.size ?? 0n);
  const found = await readKept({ dir, vkey, at: known });
  const before = found.firstLine && parseSuccessorEvent(found.firstLine);
  const verdict = { origin, known, kept: found.size, ...judge(facts, head, found) };
  return { verdict, ...(before && { before }) };
}

function judge(
  { origin, kept }: SuccessorFacts,
  head: TreeHead | undefined,
  found: Awaited<ReturnType<typeof readKept>>,
): Pick<PredecessorVerdict, "verdict" | "message"> {
  if (found.size !== kept.size || found.root.toString("hex") !== kept.root) {
    const message = `the ${found.size} kept events of ${origin} are not the ${kept.size} that this log began with`;
    return { verdict: "tampered", message };
  }
  if (head === undefined) {
    const message = `${kept.size} events of ${origin} are kept as they were, and no checkpoint was known that says how many there were`;
    return { verdict: "incomplete", message };
  }
  const known = Number(head.size);
  if (kept.size < known) {
    const message = `${kept.size} events of ${origin} are kept as they were; the ${known - kept.size} after them were signed and are lost`;
    return { verdict: "incomplete", message };
  }
  if (found.rootAt === undefined || !equalBytes(found.rootAt, head.root)) {
    return { verdict: "tampered", message: `the kept events of ${origin} are not those that it had signed` };
  }
  return { verdict: "intact", message: `all ${known} events of ${origin} are kept as they were signed` };
}

/**
 * The logs that a log succeeds, newest first, as its first event names the one before, and that one's first event the one before
 * it. Each is checked against what its successor bound: the old log's own key need not be trustworthy any more.
 */
export async function checkPredecessors(
  dataDir: string,
  firstLine: Uint8Array | undefined,
): Promise<PredecessorVerdict[]> {
  const chain: PredecessorVerdict[] = [];
  let facts = firstLine && parseSuccessorEvent(firstLine);
  let place = dataDir;
  while (facts !== undefined && chain.length < MAX_CHAIN) {
    place = predecessorDir(place, facts.origin);
    const { verdict, before }: Checked = await checkOne(facts, place);
    chain.push(verdict);
    facts = before;
  }
  return chain;
}
