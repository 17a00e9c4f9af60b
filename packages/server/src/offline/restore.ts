// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import {
  copyPredecessor,
  inspectPredecessor,
  listPredecessors,
  LogError,
  parseSuccessorEvent,
  type Predecessor,
  type PredecessorOptions,
  readKept,
} from "@telltale/log";
import { type Destroyed, findCertificates } from "../protect/erase/find-certificates.js";
import type { SelfActor } from "../self-log.js";
import { toActor } from "../self-log.js";
import { type Carried, carryState } from "./carry-state.js";
import { openOffline } from "./open.js";

export interface RestoreOptions {
  /** The old log: a data directory as it is or was, or a mirror of it. It is only read. */
  from: PredecessorOptions;
  /**
   * A backup of the old data directory from which people and keys come, where `from` is something that has none (a mirror, an archive) or has
   * newer events. Default: `from`. What certificates in the events of `from` say was destroyed does not come along.
   */
  stateFrom?: string;
  /** Where the successor begins; not there yet, or empty. */
  dataDir: string;
  /** Where the successor's head store lies, when not inside its data. */
  headDir?: string;
  by: SelfActor;
  why: string;
}

export interface Restored {
  predecessor: Predecessor;
  origin: string;
  vkey: string;
  carried: Carried;
}

function toUnfinished(dataDir: string): string {
  return `${dataDir}.restoring`;
}

async function namesIn(directory: string): Promise<string[] | undefined> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

async function verifyEmpty({ dataDir, headDir }: RestoreOptions): Promise<void> {
  if (((await namesIn(dataDir)) ?? []).length > 0) {
    throw new LogError("bad_format", `${dataDir} is not empty: a successor begins in a directory of its own`);
  }
  if ((await namesIn(toUnfinished(dataDir))) !== undefined) {
    throw new LogError(
      "bad_format",
      `${toUnfinished(dataDir)} is left from a run that did not end: remove it first`,
    );
  }
  if (headDir !== undefined && (await namesIn(headDir))?.includes("main") === true) {
    throw new LogError(
      "bad_format",
      `${path.join(headDir, "main")} is the head of a log already: move it to a directory of its own and name that with --from-head-dir: it may know more than the data`,
    );
  }
}

/** A data directory says in its key of which log it is: keys and people of another one have no business in the successor. */
function verifySameLog(stateFrom: string, { origin }: Predecessor): void {
  const file = path.join(stateFrom, "keys", "main.vkey");
  if (!existsSync(file)) return;
  const name = readFileSync(file, "utf8").split("+", 1)[0];
  if (name === origin) return;
  throw new LogError(
    "bad_format",
    `${stateFrom} is the data directory of another log than the one to succeed`,
  );
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The new log with its first event, in a directory that nobody starts. */
async function begin(
  options: RestoreOptions,
  predecessor: Predecessor,
  place: string,
): Promise<{ origin: string; vkey: string }> {
  const { origin, vkey, newest, size, root } = predecessor;
  const originName = origin.slice(0, Math.max(1, origin.lastIndexOf("/")));
  const facts = {
    origin,
    vkey,
    checkpoint: newest?.text ?? null,
    kept: { size, root: root.toString("hex") },
  };
  const opened = await openOffline({ dataDir: place, create: { originName } });
  try {
    const lost = Math.max(0, (newest?.size ?? 0) - size);
    await opened.selfLog.seal([
      {
        action: "log_successor_started",
        reason: "restored",
        message: `This log succeeds ${origin}, of which ${size} events are kept${lost > 0 ? ` and ${lost} are lost` : ""}`,
        actor: toActor(options.by),
        targets: [{ type: "log", id: origin }],
        data: { ...facts, lost, why: options.why },
      },
    ]);
    const { bytes } = await opened.log.read(0, 1);
    // What binds the old log must stand there as it is; nothing on the way may have taken it for a secret.
    if (JSON.stringify(parseSuccessorEvent(bytes.subarray(0, -1))) !== JSON.stringify(facts))
      throw new Error("BUG: the first event does not say what it should");
    return { origin: opened.log.origin, vkey: opened.log.vkey };
  } finally {
    await opened.close();
  }
}

/**
 * Begin a successor of a log that cannot go on: a new origin and key, whose first event carries the newest checkpoint that is known
 * of the old log, and what of its events is kept. LogError when the old log cannot be read or the place is not empty.
 */
export async function restoreLog(options: RestoreOptions): Promise<Restored> {
  const { dataDir, headDir, from } = options;
  await verifyEmpty(options);
  const destroyed: Destroyed[] = [];
  const onLines = (lines: Uint8Array): void => {
    destroyed.push(...findCertificates(Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength)));
  };
  const predecessor = await inspectPredecessor({ ...from, onLines });
  for (const dir of listPredecessors(from.dir)) await readKept({ dir, onLines });
  const stateFrom = options.stateFrom ?? from.dir;
  verifySameLog(stateFrom, predecessor);
  const place = toUnfinished(dataDir);
  await mkdir(place, { recursive: true, mode: 0o700 });
  try {
    await copyPredecessor(predecessor, place, from.headDir);
    const begun = await begin(options, predecessor, place);
    const carried = await carryState(stateFrom, place, destroyed);
    if (headDir !== undefined) await moveHead(place, headDir);
    // The successor is whole, with its first event, under a name that no server is started on.
    // If we die here, the place that was asked for is empty as it was, and the old log was not touched.
    // Whoever starts this again is told to remove what is left over, and begins anew.
    if ((await namesIn(dataDir)) !== undefined) await rmdir(dataDir);
    await rename(place, dataDir);
    await syncDirectory(path.dirname(dataDir));
    return { predecessor, ...begun, carried };
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw error;
  }
}

async function moveHead(place: string, headDir: string): Promise<void> {
  await mkdir(headDir, { recursive: true, mode: 0o700 });
  const [from, to] = [path.join(place, "head", "main"), path.join(headDir, "main")];
  await copyFile(from, `${to}.tmp`);
  const handle = await open(`${to}.tmp`, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${to}.tmp`, to);
  await syncDirectory(headDir);
  await rm(from);
}
