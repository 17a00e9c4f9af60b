// SPDX-License-Identifier: Apache-2.0
import {
  MerkleError,
  TILE_WIDTH,
  type TreeHead,
  type TrustedTiles,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { MirrorError } from "./error.js";
import { Intake } from "./intake.js";
import { fetchKeys, type ProvenKeys, toKeys, verifyChangesIn } from "./keys.js";
import { type Offered, verifyNoMisbehaviour } from "./misbehaviour.js";
import { matchBundle, type MirrorSource, openTiles, provenLeaves, widthOf } from "./source.js";
import type { MirrorStore } from "./store.js";

/** Bundles under way at once: at most 100 MB with the largest events there can be, 1 MB with usual ones. */
const CONCURRENCY = 6;
/** How often an unchanged checkpoint is cosigned again, to tell that the log still stood there. */
const RESIGN_SECONDS = 300;

export interface PullOptions {
  store: MirrorStore;
  source: MirrorSource;
  /** ms since 1970. */
  now: () => number;
  /** Stops between two bundles; what was fetched is kept for the next pull. */
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** What one pull did. */
export interface Pulled {
  before: number;
  size: number;
  /** Events that the source has pruned, and that were never held here. */
  absent: number;
  /** False when it was stopped: nothing of it is visible yet. */
  finished: boolean;
}

/** What the source says is the source's fault when it is malformed or does not prove what it should. */
async function fromSource<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    throw new MirrorError("bad_source", `the source serves ${what} that cannot be right: ${error.message}`, {
      cause: error,
    });
  }
}

const NOT_OURS = new Set(["signature_missing", "signature_invalid", "wrong_origin", "key_out_of_range"]);

/** The head by the known keys, or by new ones that these lead to; those are still to be found in the tree. */
async function verifyOffered(
  store: MirrorStore,
  source: MirrorSource,
  note: Buffer,
): Promise<{ head: TreeHead; changed?: ProvenKeys }> {
  try {
    return { head: verifyCheckpointBy(nodeCrypto, note, store.logKeys) };
  } catch (error) {
    if (!(error instanceof MerkleError) || !NOT_OURS.has(error.code)) throw error;
    const changed = await fetchKeys(source, store.logKey, store.logKeys);
    if (changed === undefined) throw error;
    return { head: verifyCheckpointBy(nodeCrypto, note, toKeys(store.logKey, changed)), changed };
  }
}

/** The checkpoint that the source offers, signed by the log's key. `wrong_key` keeps it as evidence. */
async function readOffered(
  store: MirrorStore,
  source: MirrorSource,
): Promise<Offered & { changed?: ProvenKeys }> {
  const note = await source.checkpoint();
  return fromSource("a checkpoint", async () => {
    try {
      const { head, changed } = await verifyOffered(store, source, note);
      const size = Number(head.size);
      if (!Number.isSafeInteger(size)) throw new MerkleError("bad_checkpoint", "its size cannot be");
      return { note, head, size, ...(changed && { changed }) };
    } catch (error) {
      if (!(error instanceof MerkleError) || !NOT_OURS.has(error.code)) throw error;
      const message = `the checkpoint of this server is not signed with the key of the log that is mirrored here (${error.message})`;
      const kept = await store.keepEvidence("wrong_key", { "offered.checkpoint": note });
      throw new MirrorError("wrong_key", message, { cause: error, ...kept });
    }
  });
}

interface Taken {
  leaves: Buffer;
  isAbsent: boolean;
}

/** The events of one bundle: from the disk when an earlier pull left them there, else from the source; proven either way. */
async function takeBundle(
  intake: Intake,
  source: MirrorSource,
  theirs: TrustedTiles,
  n: number,
): Promise<Taken> {
  const width = widthOf(n, Number(theirs.size));
  const found = width === TILE_WIDTH ? await intake.find(n) : undefined;
  if (found !== undefined) return { leaves: found, isAbsent: false };
  const from = TILE_WIDTH * n;
  const range = `the events ${from} to ${from + width - 1}`;
  const bundle = await fromSource(range, () => source.bundle(n, width));
  if (bundle === undefined)
    throw new MirrorError("bad_source", `the source signed ${range} and does not have them`);
  return fromSource(range, async () => {
    if (bundle === "pruned") {
      if (width < TILE_WIDTH) throw new MerkleError("bad_bundle", "its newest events are said to be pruned");
      return { leaves: await provenLeaves(theirs, n, width), isAbsent: true };
    }
    const leaves = await matchBundle(theirs, n, width, bundle);
    if (leaves === undefined) throw new MerkleError("proof_mismatch", "they are not those that were signed");
    await intake.write(n, width, bundle);
    return { leaves, isAbsent: false };
  });
}

async function takeAll(
  options: PullOptions,
  intake: Intake,
  theirs: TrustedTiles,
): Promise<number | undefined> {
  const total = Number(theirs.size);
  const end = Math.ceil(total / TILE_WIDTH);
  const running: Promise<Taken>[] = [];
  let absent = 0;
  try {
    for (let n = intake.first, started = n; n < end; n++) {
      if (options.signal?.aborted === true) return undefined;
      while (started < end && running.length < CONCURRENCY) {
        const taken = takeBundle(intake, options.source, theirs, started++);
        taken.catch(() => undefined); // it is awaited in its turn, which may be later than it fails
        running.push(taken);
      }
      const { leaves, isAbsent } = await (running[0] as Promise<Taken>);
      void running.shift();
      await intake.append(leaves, isAbsent);
      if (isAbsent) absent += leaves.length / 32;
      options.onProgress?.({ done: Math.min(total, TILE_WIDTH * (n + 1)), total });
    }
    return absent;
  } finally {
    // Nothing may write into the directory any more once this has returned.
    await Promise.allSettled(running);
  }
}

async function takeKeys(store: MirrorStore, changed: ProvenKeys, tiles: TrustedTiles): Promise<void> {
  await fromSource("a key history", () => verifyChangesIn(changed, tiles));
  await store.setKeys(changed);
}

/**
 * Bring the mirror to the newest checkpoint of the source: signature, append-only against what is held, every event
 * against the signed root, data durable before the head. MirrorError when the source misbehaves, LogError when the
 * directory is damaged or cannot be written; whatever the source throws passes through. After each of these the mirror
 * holds what it held.
 */
export async function pull(options: PullOptions): Promise<Pulled> {
  const { store, source, now } = options;
  const before = store.size;
  const offered = await readOffered(store, source);
  const { note, head, size, changed } = offered;
  const isLarger = store.held === undefined || size > before;
  if (!isLarger) {
    await verifyNoMisbehaviour(store, source, offered);
    if (changed !== undefined) await takeKeys(store, changed, await store.tiles());
    const age = now() / 1000 - (store.held?.seen ?? 0);
    if (age >= RESIGN_SECONDS || changed !== undefined) await store.replaceHead(note, now());
    return { before, size, absent: 0, finished: true };
  }
  const tiles = await fromSource("hash tiles", () => openTiles(source, head));
  await fromSource("hash tiles", () => verifyNoMisbehaviour(store, source, offered, tiles));
  if (changed !== undefined) await takeKeys(store, changed, tiles);
  const intake = await Intake.begin(store, { head, tiles });
  const absent = await takeAll(options, intake, tiles);
  if (absent === undefined) return { before, size: before, absent: 0, finished: false };
  await intake.commit(note, now());
  return { before, size, absent, finished: true };
}
