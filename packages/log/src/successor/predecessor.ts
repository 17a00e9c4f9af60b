// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  formatVkey,
  type KeyHistory,
  type KeyRange,
  keysFrom,
  MerkleError,
  parseKeyHistory,
  parseVkey,
  rangeOfOne,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf } from "../disk.js";
import { parseOutside } from "../check/outside.js";
import { LogError } from "../error.js";
import { parseSlots } from "../head-slot.js";
import { isMirror, mirrorPaths } from "../mirror/layout.js";
import { parsePin } from "../mirror/pin.js";
import { logPaths } from "../paths.js";
import { splitPublished } from "../publish.js";
import { archivedCheckpoints, isArchive } from "./archive.js";
import { type Kept, readKept } from "./kept.js";

/** A log that has come to its end, as a directory and whatever else is known of it say. */
export interface Predecessor extends Kept {
  dir: string;
  kind: "data" | "mirror" | "archive";
  origin: string;
  /** The newest key that is known to follow from the one that it was verified with. */
  vkey: string;
  /** The newest checkpoint that one of its keys signed, wherever it was found. */
  newest?: { text: string; size: number; root: Uint8Array };
}

export interface PredecessorOptions {
  dir: string;
  /** A key of the old log, where the one in the directory is not to be believed or is gone. */
  vkey?: string;
  headDir?: string;
  /** Checkpoints and receipts of the old log that others kept: mirrors, witnesses, SDKs, people. */
  evidence?: readonly Buffer[];
  /** Told of the events that can be read, in chunks: whole lines with their newlines. May be told of some twice. */
  onLines?: (lines: Uint8Array) => void;
}

const MAX_FILE = 4 * 1024 * 1024;
const TAIL = 64 * 1024;

function readOr(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes.length > MAX_FILE ? bytes.subarray(-MAX_FILE) : bytes;
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "EISDIR"].includes(errnoOf(error))) return undefined;
    throw error;
  }
}

/** What a directory says of its own key, history and checkpoints; nothing of it is verified yet. */
interface Sources {
  kind: Predecessor["kind"];
  vkey: string | undefined;
  history: Buffer | undefined;
  notes: (Buffer | string)[];
}

function readSources({ dir, headDir }: PredecessorOptions): Sources {
  if (isMirror(dir)) {
    const paths = mirrorPaths(dir);
    const pin = readOr(paths.pin);
    const note = readOr(paths.checkpoint);
    return {
      kind: "mirror",
      vkey: pin && parsePin(pin).vkey,
      history: readOr(paths.history),
      notes: note === undefined ? [] : [note],
    };
  }
  if (isArchive(dir))
    return { kind: "archive", vkey: undefined, history: undefined, notes: archivedCheckpoints(dir) };
  const paths = logPaths(dir, "main", headDir);
  if (!existsSync(paths.log)) {
    throw new LogError(
      "no_log",
      `${dir} holds no log: name a data directory, a mirror or the folder of a log in an archive`,
    );
  }
  const { newest, previous } = parseSlots(readOr(paths.head) ?? Buffer.alloc(0));
  const published = readOr(paths.checkpoints)?.subarray(-TAIL).toString("latin1") ?? "";
  const witnessed = readOr(paths.witnessed);
  return {
    kind: "data",
    vkey: readOr(paths.vkey)?.toString("utf8").trimEnd(),
    history: readOr(paths.keyHistory),
    notes: [
      ...[newest, previous].flatMap((head) => (head === undefined ? [] : [head.note])),
      ...splitPublished(published).notes.map((note) => Buffer.from(note, "latin1")),
      ...(witnessed === undefined ? [] : [witnessed]),
    ],
  };
}

function keysOf(given: string | undefined, { vkey, history: text }: Sources): readonly KeyRange[] {
  const known = given ?? vkey;
  if (known === undefined) {
    throw new LogError("key_missing", "nothing says which key the old log had: give it with --vkey");
  }
  try {
    const key = parseVkey(nodeCrypto, known);
    if (text === undefined) return rangeOfOne(key);
    const history: KeyHistory = parseKeyHistory(nodeCrypto, text);
    return keysFrom(history, key);
  } catch (cause) {
    if (!(cause instanceof MerkleError)) throw cause;
    throw new LogError("key_invalid", `the keys of the old log cannot be believed: ${cause.message}`, {
      cause,
    });
  }
}

function toNewest(bytes: Buffer | string, keys: readonly KeyRange[]): Predecessor["newest"] {
  const found = parseOutside(bytes, keys);
  return found && { text: found.text, size: Number(found.head.size), root: found.head.root };
}

/**
 * Look at a log that is to be succeeded: which events are there, and the newest checkpoint of it that anybody can show. What is
 * given as evidence MUST be signed by a key of that log (`bad_certificate`), so that a mistaken file is not passed over in silence.
 */
export async function inspectPredecessor(options: PredecessorOptions): Promise<Predecessor> {
  const { dir, headDir, evidence = [], onLines } = options;
  const sources = readSources(options);
  const keys = keysOf(options.vkey, sources);
  const last = keys.at(-1);
  if (last === undefined) throw new Error("BUG: a log without a key");
  const given = evidence.map((bytes) => {
    const found = toNewest(bytes, keys);
    if (found !== undefined) return found;
    throw new LogError(
      "bad_certificate",
      "what is given as evidence is no checkpoint or receipt of the old log",
    );
  });
  const found = sources.notes.map((note) => toNewest(note, keys)).filter((each) => each !== undefined);
  const [newest] = [...given, ...found].sort((a, b) => b.size - a.size);
  const vkey = formatVkey(last.key);
  const kept = await readKept({ dir, vkey, ...(headDir && { headDir }), ...(onLines && { onLines }) });
  const { size, root, verdict } = kept;
  const place = path.resolve(dir);
  return {
    dir: place,
    kind: sources.kind,
    origin: last.key.name,
    vkey,
    size,
    root,
    verdict,
    ...(newest && { newest }),
  };
}
