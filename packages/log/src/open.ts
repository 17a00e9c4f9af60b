// SPDX-License-Identifier: Apache-2.0
import { constants } from "node:fs";
import { MerkleError, type TreeHead, verifyCheckpointBy } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { createLog } from "./create.js";
import { listDirectory, readFile, withFile } from "./disk.js";
import { LogError } from "./error.js";
import { FORMAT, migrate, prepareFormat } from "./format.js";
import { type FileSystem, nodeFileSystem } from "./fs.js";
import { HeadStore } from "./head.js";
import { type HeadSlots, type StoredHead, verifyStoredHead } from "./head-slot.js";
import { historyOfOne, type LoadedKeys, type LogKeys, loadKeys } from "./key-store.js";
import { lockDirectory } from "./lock.js";
import { LogStore } from "./log.js";
import { syncNames } from "./names.js";
import { type LogPaths, logPaths } from "./paths.js";
import { MAX_RECORD_BYTES, parseRecord, type PruneRecord } from "./prune/record.js";
import { firstPublished, Publisher, repairPublished } from "./publish.js";
import { recover } from "./recover.js";
import { Segments } from "./segments.js";
import type { Log, OpenLogOptions, Overridable } from "./types.js";
import { loadCodec } from "./zstd/codec.js";

/** A clock this far behind the newest head is a fault, not a correction. */
export const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;
const SMALL_FILE = 64 * 1024;

interface Context {
  fs: FileSystem;
  paths: LogPaths;
  options: OpenLogOptions;
  now: () => number;
  /** What was accepted although it stood against opening. */
  accepted: Overridable[];
}

async function hasLines({ fs, paths }: Context): Promise<boolean> {
  return (await listDirectory(fs, paths.segments)).length > 0;
}

/** What a start may say that cannot go on without the lost head, key or events. */
const SUCCESSOR = "where that is lost, `telltale restore` starts a successor log";

/** The head store's newest head, with all signatures verified. */
function openHead(
  { history }: LogKeys,
  slots: HeadSlots,
  paths: LogPaths,
): { stored: StoredHead; head: TreeHead } {
  const { newest, previous } = slots;
  if (newest === undefined) {
    const code = slots.damaged > 0 ? "head_damaged" : "head_missing";
    throw new LogError(
      code,
      `${paths.head} holds no readable signed head, so nothing says how long the log was: put the head file back; ${SUCCESSOR}`,
    );
  }
  const settings = { unsigned: false, where: paths.head }; // older formats were brought to this one before
  if (previous !== undefined) verifyStoredHead(previous, history.keys, settings);
  const head = verifyStoredHead(newest, history.keys, settings);
  const changedAt = history.keys.at(-1)?.from ?? 0n;
  if (head.size < changedAt) {
    throw new LogError(
      "rolled_back",
      `the signed head ends at ${head.size}, before the change of the log's key at ${changedAt}: an old head was put back; ` +
        SUCCESSOR,
    );
  }
  return { stored: newest, head };
}

async function loadOrCreate(context: Context): Promise<LoadedKeys> {
  const { fs, paths, options } = context;
  const loaded = await loadKeys(fs, paths);
  if (loaded !== undefined) return loaded;
  if (await hasLines(context)) {
    throw new LogError(
      "key_missing",
      `${paths.key} is missing although there is a log: restore it from a backup; ${SUCCESSOR}`,
    );
  }
  const note = (await readFile(fs, paths.head, SMALL_FILE)) ?? Buffer.alloc(0);
  if (/\n[1-9][0-9]*\n/.test(note.toString("latin1"))) {
    throw new LogError("key_missing", `${paths.key} is missing although ${paths.head} speaks of events`);
  }
  if (options.create === undefined) throw new LogError("no_log", `there is no log ${paths.log}`);
  const signer = await createLog(context, options.create.originName);
  return { signer, history: historyOfOne(signer) };
}

function mayIgnore({ options, accepted }: Context, code: Overridable): boolean {
  if (options.accept?.includes(code) !== true) return false;
  accepted.push(code);
  return true;
}

function verifyClock(context: Context, stored: StoredHead): number {
  const { now } = context;
  const behind = Math.max(0, stored.time - now());
  if (behind > CLOCK_TOLERANCE_MS && !mayIgnore(context, "clock_behind")) {
    throw new LogError(
      "clock_behind",
      `the clock is ${Math.round(behind / 1000)} s behind the newest signed head (${new Date(stored.time).toISOString()}): ` +
        "set the clock right and start again, or accept it (`--accept clock_behind`), which becomes an event. Was an old copy of this machine put back? `telltale restore` starts a successor log",
    );
  }
  return behind;
}

/** A first checkpoint that no key of the log signed: the key was changed, and what proves it is gone. */
async function verifyFirstKey({ fs, paths }: Context, { history }: LogKeys): Promise<void> {
  const note = await firstPublished(fs, paths.checkpoints);
  try {
    if (note !== undefined) verifyCheckpointBy(nodeCrypto, Buffer.from(note, "latin1"), history.keys);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    if (cause.code !== "signature_missing") return; // damaged, not of another key: for `telltale verify` to tell
    throw new LogError(
      "key_invalid",
      `the log began with another key, and ${paths.keyHistory}, which proves the change, is missing or cut: restore it`,
      { cause },
    );
  }
}

async function openPublisher(
  context: Context,
  keys: LogKeys,
  size: number,
  write: () => Promise<void>,
): Promise<{ publisher: Publisher; published: number }> {
  const { fs, paths, options } = context;
  const published = await repairPublished(fs, paths.checkpoints);
  await verifyFirstKey(context, keys);
  if (published > size) {
    throw new LogError(
      "rolled_back",
      `a checkpoint of ${published} events was published but the signed head says ${size}: an old head was put back. ` +
        `Put the newest head file back; ${SUCCESSOR}`,
    );
  }
  const { size: bytes } = await withFile(fs, paths.checkpoints, constants.O_RDONLY, (fd) => fs.stat(fd));
  const fd = await fs.open(paths.checkpoints, constants.O_RDWR, 0o600);
  const publisher = new Publisher(fs, { fd, size: bytes }, write, (error) => options.onWarning?.(error));
  return { publisher, published };
}

/** What was pruned. A damaged record is refused: no crash leaves one, and without it nobody knows what may be missing. */
async function openRecord({ fs, paths }: Context): Promise<PruneRecord | undefined> {
  const bytes = await readFile(fs, paths.pruned, MAX_RECORD_BYTES);
  return bytes === undefined ? undefined : parseRecord(bytes);
}

/** Where the last commit began, at the latest: what it holds may be the event of a key change that was interrupted. */
function sizeBefore({ previous }: HeadSlots, { history }: LogKeys): number {
  if (previous === undefined) return 0;
  return Number(verifyStoredHead(previous, history.keys, { unsigned: false, where: "" }).size);
}

/** The keys and the head store, in today's format. */
async function openSigned(
  context: Context,
): Promise<{ keys: LoadedKeys; store: HeadStore; migratedFrom: number }> {
  const { fs, paths, options } = context;
  const version = await prepareFormat(fs, paths, options.create !== undefined);
  const keys = await loadOrCreate(context);
  const { signer, history } = keys;
  await migrate({ fs, paths, signer, keys: history.keys }, version);
  const store = await HeadStore.open(fs, paths.head, false).catch((cause: unknown) => {
    const moved =
      options.headDir === undefined ? "" : ` (a head store that moves there comes from ${paths.data}/head)`;
    throw new LogError(
      "head_missing",
      `${paths.head} cannot be read: nothing says how long the log was. Put the head file there${moved}; ${SUCCESSOR}`,
      { cause },
    );
  });
  return { keys, store, migratedFrom: version < FORMAT ? version : 0 };
}

async function openLocked(context: Context, release: () => Promise<void>): Promise<Log> {
  const { fs, paths, options, now, accepted } = context;
  const { keys, store, migratedFrom } = await openSigned(context);
  let publisher: Publisher | undefined;
  try {
    const slots = store.slots();
    const { stored, head } = openHead(keys, slots, paths);
    const size = Number(head.size);
    const clockBehindMs = verifyClock(context, stored);
    const opened = await openPublisher(context, keys, size, () => log.publishNow());
    publisher = opened.publisher;
    await syncNames(context);
    await store.renew();
    const codec = await loadCodec();
    const found = await recover({
      fs,
      codec,
      segmentDirectory: paths.segments,
      tileRoot: paths.tileRoot,
      record: await openRecord(context),
      head: { size, root: head.root },
      onProven: ({ beyond }) => {
        // An interrupted commit leaves lines beyond the head. Without them, somebody damaged the head, perhaps to
        // make an older one count and cut the log to its size.
        if (slots.damaged === 0 || beyond > 0 || mayIgnore(context, "head_damaged")) return;
        throw new LogError(
          "head_damaged",
          `a slot of ${paths.head} is unreadable and no interrupted write explains it: put the head file back, or accept the older ` +
            "head that is left (`--accept head_damaged`), which becomes an event",
        );
      },
    });
    const segments = new Segments(fs, paths.segments, codec, found.segments, found.pruned);
    const { adopted, droppedBytes, rebuilt } = found;
    const headSlotDamaged = slots.damaged > 0;
    const log: LogStore = new LogStore({
      options,
      fs,
      now,
      keys,
      ...(keys.pending && { pending: { next: keys.pending, from: sizeBefore(slots, keys) } }),
      head: store,
      stored,
      segments,
      edge: found.edge,
      tiles: found.tiles,
      publisher,
      published: opened.published,
      recovery: { adopted, droppedBytes, headSlotDamaged, rebuilt, clockBehindMs, migratedFrom, accepted },
      paths,
      release,
    });
    await log.start(size);
    return log;
  } catch (error) {
    await publisher?.close();
    await store.close();
    throw error;
  }
}

/** Open a log, recovering it where the last process died; refuses with a `LogError` rather than guess. */
export async function openLog(options: OpenLogOptions): Promise<Log> {
  const { name = "main", headDir } = options;
  const paths = logPaths(options.dataDir, name, headDir);
  const context = {
    fs: options.fs ?? nodeFileSystem,
    paths,
    options,
    now: options.now ?? Date.now,
    accepted: [],
  };
  const lock = await lockDirectory(paths.data, name, options.onControl);
  const locks = [lock];
  const release = async (): Promise<void> => {
    for (const each of locks.reverse()) await each.release();
  };
  try {
    // A copy of the data, opened beside the original, is another directory: only here the two meet.
    if (headDir !== undefined) locks.push(await lockDirectory(headDir, `head of ${name}`));
    return await openLocked(context, release);
  } catch (error) {
    await release();
    throw error;
  }
}
