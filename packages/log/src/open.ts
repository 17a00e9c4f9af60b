// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import path from "node:path";
import { emptyRoot, isKeyName, MerkleError, type TreeHead, verifyCheckpoint } from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { listDirectory, makeDirectory, readFile, syncDirectory, withFile, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import { type FileSystem, nodeFileSystem } from "./fs.js";
import { type HeadSlots, HeadStore, type StoredHead } from "./head.js";
import { createSigner, parseSigner, type Signer } from "./keys.js";
import { lockDirectory } from "./lock.js";
import { LogStore } from "./log.js";
import { type LogPaths, logPaths } from "./paths.js";
import { MAX_RECORD_BYTES, parseRecord, type PruneRecord } from "./prune/record.js";
import { Publisher, repairPublished } from "./publish.js";
import { recover } from "./recover.js";
import { Segments } from "./segments.js";
import type { Log, OpenLogOptions, Overridable } from "./types.js";
import { loadCodec } from "./zstd/codec.js";

/** Version of everything in a data directory. */
const FORMAT = 1;
/** A clock this far behind the newest head is a fault, not a correction. */
const CLOCK_TOLERANCE_MS = 10 * 60 * 1000;
const SMALL_FILE = 64 * 1024;

interface Context {
  fs: FileSystem;
  paths: LogPaths;
  options: OpenLogOptions;
  now: () => number;
}

async function readText(fs: FileSystem, file: string): Promise<string | undefined> {
  return (await readFile(fs, file, SMALL_FILE))?.toString("utf8");
}

/** The version of the directory: written once, refused when newer, part of no other file. */
async function prepareFormat({ fs, paths }: Context, mayCreate: boolean): Promise<void> {
  const text = await readText(fs, paths.format);
  const version = /^telltale-data ([1-9][0-9]{0,5})\n$/.exec(text ?? "")?.[1];
  if (Number(version) > FORMAT) {
    throw new LogError(
      "newer_format",
      `${paths.data} has format ${version}, this version knows up to ${FORMAT}: use a newer Telltale`,
    );
  }
  if (version !== undefined) return;
  const used = (await listDirectory(fs, path.dirname(paths.log))).length > 0;
  if (text !== undefined || used || !mayCreate) {
    throw new LogError(
      used || text !== undefined ? "bad_format" : "no_log",
      `${paths.format} is missing or not readable`,
    );
  }
  await writeDurable(fs, paths.format, Buffer.from(`telltale-data ${FORMAT}\n`));
}

async function hasLines({ fs, paths }: Context): Promise<boolean> {
  return (await listDirectory(fs, paths.segments)).length > 0;
}

/** The head store's newest head, with its signature verified. */
function openHead(signer: Signer, slots: HeadSlots, paths: LogPaths): { stored: StoredHead; head: TreeHead } {
  const { newest } = slots;
  if (newest === undefined) {
    const code = slots.damaged > 0 ? "head_damaged" : "head_missing";
    throw new LogError(
      code,
      `${paths.head} holds no readable signed head, so nothing says how long the log was`,
    );
  }
  try {
    return { stored: newest, head: verifyCheckpoint(nodeCrypto, newest.note, signer.verifier) };
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new LogError("head_damaged", `the head in ${paths.head} is not signed by this log's key`, {
      cause,
    });
  }
}

/**
 * Make a new log. The key gets its final name last: until then there is no log, and the next start begins again.
 */
async function createLog(context: Context, originName: string): Promise<Signer> {
  const { fs, paths, now } = context;
  const origin = `${originName}/${randomBytes(16).toString("hex")}`;
  if (!isKeyName(origin)) throw new LogError("bad_name", "an origin's name has no spaces and no +");
  const { signer, file } = createSigner(origin);
  for (const directory of [paths.segments, path.dirname(paths.head), path.dirname(paths.key)]) {
    await makeDirectory(fs, directory);
  }
  const head = await HeadStore.open(fs, paths.head, true);
  try {
    const note = signer.signCheckpoint(0, emptyRoot());
    await head.write({ generation: 1, time: now(), note });
    await head.write({ generation: 2, time: now(), note });
  } finally {
    await head.close();
  }
  await syncDirectory(fs, path.dirname(paths.head));
  await writeDurable(fs, paths.vkey, Buffer.from(`${signer.vkey}\n`));
  // The empty log is complete and its head is durable, but it has no key yet.
  // If we die here, the head belongs to a key that is gone; nothing was ever acknowledged under it.
  // The next start sees a head of size 0 without a key or lines, and creates the log again under a new origin.
  await writeDurable(fs, paths.key, Buffer.from(file));
  return signer;
}

async function loadSigner(context: Context): Promise<Signer> {
  const { fs, paths, options } = context;
  const file = await readText(fs, paths.key);
  if (file !== undefined) {
    const signer = parseSigner(file);
    const published = await readText(fs, paths.vkey);
    if (published === undefined) await writeDurable(fs, paths.vkey, Buffer.from(`${signer.vkey}\n`));
    else if (published !== `${signer.vkey}\n`) {
      throw new LogError(
        "key_invalid",
        `${paths.vkey} does not belong to ${paths.key}: one of them was replaced`,
      );
    }
    return signer;
  }
  if (await hasLines(context)) {
    throw new LogError(
      "key_missing",
      `${paths.key} is missing although there is a log: restore it from a backup`,
    );
  }
  const note = (await readFile(fs, paths.head, SMALL_FILE)) ?? Buffer.alloc(0);
  if (/\n[1-9][0-9]*\n/.test(note.toString("latin1"))) {
    throw new LogError("key_missing", `${paths.key} is missing although ${paths.head} speaks of events`);
  }
  if (options.create === undefined) throw new LogError("no_log", `there is no log ${paths.log}`);
  return createLog(context, options.create.originName);
}

function mayIgnore(options: OpenLogOptions, code: Overridable): boolean {
  return options.accept?.includes(code) ?? false;
}

function verifyClock({ options, now }: Context, stored: StoredHead): number {
  const behind = Math.max(0, stored.time - now());
  if (behind > CLOCK_TOLERANCE_MS && !mayIgnore(options, "clock_behind")) {
    throw new LogError(
      "clock_behind",
      `the clock is ${Math.round(behind / 1000)} s behind the newest signed head (${new Date(stored.time).toISOString()}): ` +
        "set the clock, or start with the explicit override",
    );
  }
  return behind;
}

async function openPublisher(
  context: Context,
  size: number,
  write: () => Promise<void>,
): Promise<{ publisher: Publisher; published: number }> {
  const { fs, paths, options } = context;
  const published = await repairPublished(fs, paths.checkpoints);
  if (published > size) {
    throw new LogError(
      "rolled_back",
      `a checkpoint of ${published} events was published but the signed head says ${size}: an old head was put back`,
    );
  }
  const bytes = await withFile(fs, paths.checkpoints, constants.O_RDONLY, (fd) => fs.size(fd));
  const fd = await fs.open(paths.checkpoints, constants.O_RDWR, 0o600);
  const publisher = new Publisher(fs, { fd, size: bytes }, write, (error) => options.onWarning?.(error));
  return { publisher, published };
}

/** What was pruned. A damaged record is refused: no crash leaves one, and without it nobody knows what may be missing. */
async function openRecord({ fs, paths }: Context): Promise<PruneRecord | undefined> {
  const bytes = await readFile(fs, paths.pruned, MAX_RECORD_BYTES);
  return bytes === undefined ? undefined : parseRecord(bytes);
}

async function openLocked(context: Context, release: () => Promise<void>): Promise<Log> {
  const { fs, paths, options, now } = context;
  await prepareFormat(context, options.create !== undefined);
  const signer = await loadSigner(context);
  const store = await HeadStore.open(fs, paths.head, false).catch((cause: unknown) => {
    throw new LogError("head_missing", `${paths.head} cannot be read: nothing says how long the log was`, {
      cause,
    });
  });
  let publisher: Publisher | undefined;
  try {
    const slots = store.slots();
    const { stored, head } = openHead(signer, slots, paths);
    const size = Number(head.size);
    const clockBehindMs = verifyClock(context, stored);
    const opened = await openPublisher(context, size, () => log.publishNow());
    publisher = opened.publisher;
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
        if (slots.damaged === 0 || beyond > 0 || mayIgnore(options, "head_damaged")) return;
        throw new LogError(
          "head_damaged",
          `a slot of ${paths.head} is unreadable and no interrupted write explains it`,
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
      signer,
      head: store,
      stored,
      segments,
      edge: found.edge,
      tiles: found.tiles,
      publisher,
      published: opened.published,
      recovery: { adopted, droppedBytes, headSlotDamaged, rebuilt, clockBehindMs },
      record: paths.pruned,
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
  const paths = logPaths(options.dataDir, options.name);
  const context = { fs: options.fs ?? nodeFileSystem, paths, options, now: options.now ?? Date.now };
  const lock = await lockDirectory(paths.data, options.name ?? "main", options.onControl);
  try {
    return await openLocked(context, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}
