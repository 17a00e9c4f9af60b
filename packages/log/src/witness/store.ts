// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import {
  type AddCheckpoint,
  formatKeyHistory,
  formatSignatures,
  formatVkey,
  type KeyHistory,
  type KeyRange,
  MerkleError,
  parseAddCheckpoint,
  parseKeyHistory,
  parseNote,
  toBase64,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { isDiskFull, listDirectory, makeDirectory, readFile, replaceFile, syncDirectory } from "../disk.js";
import { LogError, toError } from "../error.js";
import { type FileSystem, nodeFileSystem } from "../fs.js";
import { type DirectoryLock, lockDirectory } from "../lock.js";
import { type Cosigner, parseCosigner } from "../mirror/cosigner.js";
import { keepEvidence } from "../mirror/evidence.js";
import { type HeldCheckpoint, parseHeld } from "../mirror/held.js";
import { findKeysRefusal } from "./keys.js";
import { findRefusal, parseSubmitted, type Refusal, type Submitted } from "./judge.js";
import { originHash, WITNESS_FORMAT, type WitnessPaths, witnessPaths } from "./layout.js";
import { listWatched, readWatched, type WatchedLog } from "./logs.js";

const SMALL_FILE = 64 * 1024;
/** Of the file of a cosigned checkpoint: what a note may have. */
export const MAX_STATE = 1_000_000;

const PROVEN = `
offered.proof: the consistency proof (RFC 9162, 2.1.4) that came with it. It leads to the root that was offered and to another old root than the
one in held.checkpoint; of trees of one size the two roots are enough. So the same key signed two histories.
`;
const UNPROVEN = `
offered.proof: the consistency proof (RFC 9162, 2.1.4) that came with it. It does not hold, which anybody can bring about: by itself this accuses
nobody. Compare offered.checkpoint with what the log shows today.
`;

/** What a request comes to: a cosignature, or a refusal by the status codes of C2SP tlog-witness. */
export type Answer =
  | { status: 200; origin: string; size: bigint; body: string }
  | (Refusal & { origin?: string; evidence?: string });

/** What comes of showing a key history. */
export type KeysAnswer =
  | { status: 200; origin: string; keys: number }
  | { status: 400 | 403 | 404; why: string; origin?: string };

export interface OpenWitnessOptions {
  dir: string;
  /** For fault injection. Default: node:fs. */
  fs?: FileSystem;
  /** ms since 1970. */
  now?: () => number;
}

/** A log while the witness runs. One request of it at a time. */
interface Watch {
  log: WatchedLog;
  held: HeldCheckpoint | undefined;
  /** Ends when the requests before have been answered. */
  turn: Promise<unknown>;
  /** A write whose fate is unknown: nothing more is signed for this log until the next start reads what is there. */
  failed: Error | undefined;
}

/** The state of a witness, held by one process: what it cosigned of each log, and the key. */
export class WitnessStore {
  readonly paths: WitnessPaths;
  readonly cosigner: Cosigner;
  readonly #fs: FileSystem;
  readonly #now: () => number;
  readonly #lock: DirectoryLock;
  readonly #watches = new Map<string, Watch>();

  private constructor(
    options: OpenWitnessOptions,
    paths: WitnessPaths,
    lock: DirectoryLock,
    cosigner: Cosigner,
  ) {
    this.#fs = options.fs ?? nodeFileSystem;
    this.#now = options.now ?? Date.now;
    this.#lock = lock;
    this.paths = paths;
    this.cosigner = cosigner;
  }

  /**
   * Open the directory that `initWitness` made. What was cosigned is believed only with our own signature and the log's:
   * `no_log` where nothing was made, `newer_format`, `bad_format`, `key_missing`, `key_invalid`, `damaged`, `locked`.
   */
  static async open(options: OpenWitnessOptions): Promise<WitnessStore> {
    const { fs = nodeFileSystem } = options;
    const paths = witnessPaths(options.dir);
    await verifyWitnessFormat(fs, paths);
    const lock = await lockDirectory(paths.dir, "witness");
    try {
      const store = new WitnessStore(options, paths, lock, await readCosigner(fs, paths));
      await makeDirectory(fs, paths.logs);
      await makeDirectory(fs, paths.states);
      // What we read and stand on may be in the cache only, where the process before died before it had synced the name.
      for (const directory of [paths.logs, paths.states]) await syncDirectory(fs, directory);
      for (const hash of await listWatched(fs, paths)) await store.#load(hash);
      await store.#verifyNothingForgotten();
      return store;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  get vkey(): string {
    return this.cosigner.vkey;
  }

  /** Logs that are watched and were looked up since the start. */
  get logs(): { origin: string; size: number; seen: number | undefined }[] {
    return [...this.#watches.values()].map(({ log, held }) => ({
      origin: log.origin,
      size: held?.size ?? 0,
      seen: held?.seen,
    }));
  }

  /** A state without its log would be read as "never cosigned" once the log is added again. */
  async #verifyNothingForgotten(): Promise<void> {
    for (const name of await listDirectory(this.#fs, this.paths.states)) {
      if (/^[0-9a-f]{64}$/.test(name) && !this.#watches.has(name)) {
        const file = path.join(this.paths.logs, name);
        throw new LogError("damaged", `${file} is gone although a checkpoint of this log was cosigned`);
      }
    }
  }

  async #load(hash: string): Promise<Watch | undefined> {
    const log = await readWatched(this.#fs, this.paths, hash);
    if (log === undefined) return undefined;
    const known = this.#watches.get(hash);
    if (known !== undefined) return known;
    const held = await this.#readHeld(hash, log);
    // Another request may have loaded it meanwhile: there is one turn for each log.
    const watch = this.#watches.get(hash) ?? { log, held, turn: Promise.resolve(), failed: undefined };
    this.#watches.set(hash, watch);
    return watch;
  }

  async #readHeld(hash: string, log: WatchedLog): Promise<HeldCheckpoint | undefined> {
    const bytes = await readFile(this.#fs, path.join(this.paths.states, hash), MAX_STATE);
    if (bytes === undefined) return undefined;
    try {
      return parseHeld(bytes, log.keys, this.cosigner.verifier);
    } catch (cause) {
      const file = path.join(this.paths.states, hash);
      throw new LogError("damaged", `${file}, what was cosigned of ${log.origin}, cannot be believed`, {
        cause,
      });
    }
  }

  /**
   * Answer the body of an add-checkpoint request. A cosignature is on disk, with all that it says, before this resolves. Throws
   * LogError `log_failed` or the system's error when it could not be kept: then nothing was signed that anybody has seen.
   */
  async addCheckpoint(body: Uint8Array): Promise<Answer> {
    let request: AddCheckpoint;
    try {
      request = parseAddCheckpoint(body);
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      return { status: 400, why: error.message };
    }
    const submitted = parseSubmitted(request);
    if (submitted === undefined) return { status: 400, why: "what follows the empty line is no checkpoint" };
    const { origin } = submitted.head;
    const hash = originHash(origin);
    const watch = this.#watches.get(hash) ?? (await this.#load(hash));
    if (watch === undefined) return { status: 404, why: "the log is not watched", origin };
    // Check and persist are one step: the next request of this log is looked at when this one is on disk.
    const answer = watch.turn.then(() => this.#decide(watch, request, submitted));
    watch.turn = answer.catch(() => undefined); // the caller has the error
    return answer;
  }

  async #decide(watch: Watch, request: AddCheckpoint, submitted: Submitted): Promise<Answer> {
    const { log, held, failed } = watch;
    if (failed !== undefined) {
      throw new LogError("log_failed", `${log.origin}: a write failed, start the witness again`, {
        cause: failed,
      });
    }
    const refusal = findRefusal(request, submitted, { keys: log.keys, head: held?.head });
    if (refusal !== undefined) return this.#refuse(refusal, watch, request);
    const { head } = submitted;
    // A clock that was set back must not make it look as if we had seen less than we had.
    const seconds = Math.max(Math.floor(this.#now() / 1000), held?.seen ?? 0, 1);
    const cosigned = this.cosigner.cosign(onlyKnown(submitted, log), seconds);
    await this.#persist(watch, cosigned);
    const line = parseNote(cosigned).signatures.filter(({ keyId }) => keyId === this.cosigner.verifier.keyId);
    return { status: 200, origin: log.origin, size: head.size, body: formatSignatures(line) };
  }

  async #persist(watch: Watch, cosigned: string): Promise<void> {
    const bytes = Buffer.from(cosigned);
    const held = parseHeld(bytes, watch.log.keys, this.cosigner.verifier);
    if (watch.held !== undefined && held.size < watch.held.size) throw new Error("BUG: a witness goes back");
    const file = path.join(this.paths.states, originHash(watch.log.origin));
    try {
      await replaceFile(this.#fs, file, bytes, true);
      await syncDirectory(this.#fs, this.paths.states);
    } catch (error) {
      // A full disk took nothing: the old file is still in place. After anything else we do not know which one is, and must
      // not sign on top of the wrong one.
      if (!isDiskFull(error)) watch.failed = toError(error);
      throw error;
    }
    // The cosigned checkpoint is durable and nobody has the cosignature yet.
    // If we die here, the log asks again with the old size, gets 409 with the new one, and then a new cosignature.
    // Nobody needs to repair anything: no tree but this one, or one that extends it, can be cosigned from now on.
    watch.held = held;
  }

  async #refuse(refusal: Refusal, { log, held }: Watch, request: AddCheckpoint): Promise<Answer> {
    const { origin } = log;
    if (refusal.status !== 422) return { ...refusal, origin };
    // Bounded, and by kind: what anybody can send leaves room for what only the log's key can sign.
    const kept = await keepEvidence(
      this.#fs,
      this.paths.evidence,
      refusal.proven ? "inconsistent" : "unproven",
      {
        "README.txt": `${refusal.why}\n\nheld.checkpoint: what this witness had cosigned. offered.checkpoint: what it was asked to cosign then, signed\nby the log's key.\n${refusal.proven ? PROVEN : UNPROVEN}`,
        "held.checkpoint": held?.note ?? "none\n",
        "offered.checkpoint": request.checkpoint,
        "offered.proof": request.proof.map((hash) => `${toBase64(hash)}\n`).join(""),
      },
    );
    return { ...refusal, origin, ...("evidence" in kept && kept) };
  }

  /**
   * Learn that a log changed its key. Believed when the key that is known named the new one, both signed the tree of that change,
   * and that tree is the one that was cosigned last: so whoever stole an old key cannot change it in another history. Durable
   * when it resolves; the same again changes nothing.
   */
  async addKeys(text: Uint8Array): Promise<KeysAnswer> {
    let history: KeyHistory;
    try {
      history = parseKeyHistory(nodeCrypto, text);
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      return { status: 400, why: error.message };
    }
    const { origin } = history;
    const hash = originHash(origin);
    const watch = this.#watches.get(hash) ?? (await this.#load(hash));
    if (watch === undefined) return { status: 404, why: "the log is not watched", origin };
    const answer = watch.turn.then(() => this.#learn(watch, history));
    watch.turn = answer.catch(() => undefined); // the caller has the error
    return answer;
  }

  async #learn(watch: Watch, history: KeyHistory): Promise<KeysAnswer> {
    const { log, held } = watch;
    const why = findKeysRefusal(log, held, history);
    if (why !== undefined) return { status: 403, why, origin: log.origin };
    if (history.keys.length > log.keys.length) {
      const first = formatVkey((history.keys[0] as KeyRange).key);
      const file = path.join(this.paths.logs, originHash(log.origin));
      await replaceFile(
        this.#fs,
        `${file}.keys`,
        Buffer.from(formatKeyHistory(first, history.changes)),
        true,
      );
      await syncDirectory(this.#fs, this.paths.logs);
      // The history is durable: a checkpoint of the new key is believed from the next start on in any case.
      // If we die here, nobody has the answer; the log shows the history again, which changes nothing.
      // Nobody needs to repair anything.
      watch.log = { origin: log.origin, keys: history.keys, history };
    }
    return { status: 200, origin: log.origin, keys: watch.log.keys.length };
  }

  /** The newest checkpoint of the log whose origin has this hash, with both signatures; undefined when there is none. */
  async checkpointOf(hash: string): Promise<string | undefined> {
    const watch = this.#watches.get(hash) ?? (await this.#load(hash));
    return watch?.held?.note;
  }

  /** Waits for what is being written and frees the directory. */
  async close(): Promise<void> {
    await Promise.all([...this.#watches.values()].map(({ turn }) => turn));
    await this.#lock.release();
  }
}

/** The note with the log's own signatures only: a stranger's line has no place in what we keep and serve. */
function onlyKnown({ note }: Submitted, log: WatchedLog): string {
  const lines = note.signatures.filter((line) =>
    log.keys.some(({ key }) => key.name === line.name && key.keyId === line.keyId),
  );
  return `${note.text}\n${formatSignatures(lines.slice(0, 16))}`;
}

/** `no_log`, `newer_format` or `bad_format` unless the directory is a witness's. */
export async function verifyWitnessFormat(fs: FileSystem, paths: WitnessPaths): Promise<void> {
  const format = (await readFile(fs, paths.format, SMALL_FILE))?.toString("latin1");
  if (format === WITNESS_FORMAT) return;
  if (format === undefined) throw new LogError("no_log", `there is no witness in ${paths.dir}`);
  if (format.startsWith("telltale-witness ")) {
    throw new LogError("newer_format", `${paths.dir} was written by a newer version: use a newer Telltale`);
  }
  throw new LogError("bad_format", `${paths.dir} is not a witness's directory`);
}

async function readCosigner(fs: FileSystem, paths: WitnessPaths): Promise<Cosigner> {
  const text = await readFile(fs, paths.key, SMALL_FILE);
  if (text === undefined) throw new LogError("key_missing", `${paths.key} is missing`);
  return parseCosigner(text.toString("utf8"));
}
