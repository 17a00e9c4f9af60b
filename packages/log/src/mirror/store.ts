// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import {
  equalBytes,
  type KeyRange,
  MAX_KEY_HISTORY_BYTES,
  MerkleError,
  parseKeyHistory,
  parseVkey,
  type TrustedTiles,
  type VerifierKey,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { listDirectory, makeDirectory, readFile, syncDirectory, writeDurable } from "../disk.js";
import { LogError } from "../error.js";
import { type FileSystem, nodeFileSystem } from "../fs.js";
import { type DirectoryLock, lockDirectory } from "../lock.js";
import { type Cosigner, createCosigner, parseCosigner } from "./cosigner.js";
import { DirectorySource } from "./directory.js";
import { type Kept, keepEvidence } from "./evidence.js";
import { type HeldCheckpoint, parseHeld } from "./held.js";
import { type ProvenKeys, toKeys } from "./keys.js";
import { MIRROR_FORMAT, type MirrorPaths, mirrorPaths } from "./layout.js";
import { formatPin, MAX_PIN_BYTES, type MirrorPin, parsePin } from "./pin.js";
import { matchBundle, openTiles, widthOf } from "./source.js";

const SMALL_FILE = 64 * 1024;

export interface OpenMirrorOptions {
  dir: string;
  /** For fault injection. Default: node:fs. */
  fs?: FileSystem;
}

/** The directory of a mirror, held by one process. */
export class MirrorStore {
  readonly fs: FileSystem;
  readonly paths: MirrorPaths;
  /** What it holds, as any reader sees it. */
  readonly local: DirectorySource;
  readonly #lock: DirectoryLock;
  #pin: MirrorPin | undefined;
  #keys: ProvenKeys | undefined;
  #held: HeldCheckpoint | undefined;
  #cosigner: Cosigner | undefined;
  #tiles: TrustedTiles | undefined;

  private constructor(fs: FileSystem, paths: MirrorPaths, lock: DirectoryLock) {
    this.fs = fs;
    this.paths = paths;
    this.#lock = lock;
    this.local = new DirectorySource(fs, paths.served);
  }

  /**
   * Open, or begin, a mirror. What is there is believed only after both signatures, the root and the newest events were
   * checked: `damaged`, `key_invalid`, `newer_format`, `bad_format` (not a mirror), `locked`.
   */
  static async open({ dir, fs = nodeFileSystem }: OpenMirrorOptions): Promise<MirrorStore> {
    const paths = mirrorPaths(dir);
    await verifyFormat(fs, paths);
    const lock = await lockDirectory(paths.dir, "mirror");
    try {
      await writeFormat(fs, paths);
      await makeDirectory(fs, paths.served);
      // What we read and stand on may be in the cache only, where the process before died before it had synced the name.
      for (const directory of [paths.dir, paths.served]) await syncDirectory(fs, directory);
      const store = new MirrorStore(fs, paths, lock);
      await store.#load();
      return store;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async #load(): Promise<void> {
    const pin = await readFile(this.fs, this.paths.pin, MAX_PIN_BYTES);
    if (pin !== undefined) this.#pin = parsePin(pin);
    this.#cosigner = await openCosigner(this.fs, this.paths);
    const history = await readFile(this.fs, this.paths.history, MAX_KEY_HISTORY_BYTES);
    if (history !== undefined) this.#keys = this.#believe(history);
    const bytes = await readFile(this.fs, this.paths.checkpoint, SMALL_FILE);
    if (bytes === undefined) return;
    if (this.#pin === undefined)
      throw new LogError("damaged", "mirror.json is gone although events are held");
    this.#held = parseHeld(bytes, this.logKeys, this.cosigner.verifier);
    await this.#verifyEdge(this.#held);
  }

  #believe(text: Buffer): ProvenKeys {
    try {
      const proven = { text, history: parseKeyHistory(nodeCrypto, text) };
      toKeys(this.logKey, proven);
      return proven;
    } catch (cause) {
      if (!(cause instanceof MerkleError)) throw cause;
      throw new LogError("damaged", `${this.paths.history} does not prove the log's keys: ${cause.message}`, {
        cause,
      });
    }
  }

  /** The root from the stored tiles, and the newest events against them. `telltale verify` looks at all the others. */
  async #verifyEdge({ size }: HeldCheckpoint): Promise<void> {
    try {
      const tiles = await this.tiles();
      const n = Math.floor((size - 1) / 256);
      if (size === 0 || this.pin.absent.some(({ first, next }) => 256 * n >= first && 256 * n < next)) return;
      const width = widthOf(n, size);
      const bundle = await this.local.bundle(n, width);
      if (bundle !== undefined && (await matchBundle(tiles, n, width, bundle)) !== undefined) return;
      throw new LogError("damaged", "the newest events that are held are not what was signed");
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LogError("damaged", `the mirror in ${this.paths.dir} was changed or damaged: ${why}`, {
        cause,
      });
    }
  }

  /** What was pinned; throws before first contact. */
  get pin(): MirrorPin {
    if (this.#pin === undefined) throw new LogError("no_log", "nothing is mirrored here yet");
    return this.#pin;
  }

  get isPinned(): boolean {
    return this.#pin !== undefined;
  }

  get logKey(): VerifierKey {
    return parseVkey(nodeCrypto, this.pin.vkey);
  }

  /** The pinned key and those that followed it, each with the trees that it speaks for. */
  get logKeys(): readonly KeyRange[] {
    return toKeys(this.logKey, this.#keys);
  }

  /** Believe changes of the log's key, which MUST have been found in the log's own tree. Durable when it resolves. */
  async setKeys(proven: ProvenKeys): Promise<void> {
    toKeys(this.logKey, proven);
    // The new keys are proven, the checkpoint that is held is signed by an older one.
    // If we die here, that checkpoint is still good: each key speaks for the trees of its own time.
    // Nobody needs to repair anything; the next pull goes on with the new keys.
    await writeDurable(this.fs, this.paths.history, proven.text);
    this.#keys = proven;
  }

  get cosigner(): Cosigner {
    if (this.#cosigner === undefined) throw new LogError("key_missing", "the mirror has no key yet");
    return this.#cosigner;
  }

  /** The newest checkpoint whose events are all here, durable; undefined before the first. */
  get held(): HeldCheckpoint | undefined {
    return this.#held;
  }

  get size(): number {
    return this.#held?.size ?? 0;
  }

  /** The proven hashes of what is held. */
  async tiles(): Promise<TrustedTiles> {
    if (this.#held === undefined) throw new LogError("no_log", "nothing is held here yet");
    this.#tiles ??= await openTiles(this.local, this.#held.head);
    return this.#tiles;
  }

  /** Pin the key of a log, from which all others have to follow, and where it is pulled from, until that changes. Durable when it resolves. */
  async setPin(pin: MirrorPin): Promise<void> {
    if (this.#pin !== undefined && this.#pin.vkey !== pin.vkey) {
      throw new LogError("key_invalid", "this mirror is of another log; use another directory");
    }
    await writeDurable(this.fs, this.paths.pin, formatPin(pin));
    this.#pin = pin;
  }

  /** Cosign a verified checkpoint and put it into place. Every event, tile and pin that it covers MUST be durable. */
  async replaceHead(note: Uint8Array, now: number): Promise<void> {
    const before = this.#held;
    // A clock that was set back must not make it look as if we had seen less than we had.
    const seconds = Math.max(Math.floor(now / 1000), before?.seen ?? 0);
    const bytes = Buffer.from(this.cosigner.cosign(note, seconds));
    const held = parseHeld(bytes, this.logKeys, this.cosigner.verifier);
    const goesBack = before !== undefined && held.size < before.size;
    const isFork =
      before !== undefined && held.size === before.size && !equalBytes(held.head.root, before.head.root);
    // Whoever calls has proven that the tree extends ours; this is the last line, behind which nothing is append-only.
    if (goesBack || isFork) throw new LogError("bad_range", "a mirror never goes back");
    await writeDurable(this.fs, this.paths.checkpoint, bytes);
    if (before?.size !== held.size) this.#tiles = undefined;
    this.#held = held;
  }

  /** Keep what proves that the log misbehaved. */
  keepEvidence(kind: string, files: Record<string, string | Uint8Array>): Promise<Kept> {
    return keepEvidence(this.fs, this.paths.evidence, kind, files);
  }

  close(): Promise<void> {
    return this.#lock.release();
  }
}

async function readFormat(fs: FileSystem, paths: MirrorPaths): Promise<string | undefined> {
  return (await readFile(fs, paths.format, SMALL_FILE))?.toString("latin1");
}

/** Nothing is written into a directory that is somebody else's, not even a lock. */
async function verifyFormat(fs: FileSystem, paths: MirrorPaths): Promise<void> {
  const format = await readFormat(fs, paths);
  if (format === MIRROR_FORMAT) return;
  if (format?.startsWith("telltale-mirror ") === true) {
    throw new LogError("newer_format", `${paths.dir} was written by a newer version: use a newer Telltale`);
  }
  const names = await listDirectory(fs, paths.dir);
  if (names.some((name) => !/^(?:lock|control\.sock|format\.tmp)$/.test(name))) {
    throw new LogError(
      "bad_format",
      `${paths.dir} is not a mirror and not empty: name a directory of its own`,
    );
  }
}

async function writeFormat(fs: FileSystem, paths: MirrorPaths): Promise<void> {
  if ((await readFormat(fs, paths)) !== undefined) return;
  await writeDurable(fs, paths.format, Buffer.from(MIRROR_FORMAT));
}

/** The mirror's own key, made at its first run. The file with the public one follows from it. */
async function openCosigner(fs: FileSystem, paths: MirrorPaths): Promise<Cosigner> {
  await makeDirectory(fs, paths.keys);
  const text = await readFile(fs, paths.key, SMALL_FILE);
  let cosigner: Cosigner;
  if (text === undefined) {
    // A name that no other key has: a cosignature does not say whose it is but by the key.
    const made = createCosigner(`telltale-mirror/${randomBytes(16).toString("hex")}`);
    await writeDurable(fs, paths.key, Buffer.from(made.file));
    cosigner = made.cosigner;
  } else cosigner = parseCosigner(text.toString("utf8"));
  const vkey = Buffer.from(`${cosigner.vkey}\n`);
  const known = await readFile(fs, paths.vkey, SMALL_FILE);
  if (known?.equals(vkey) !== true) await writeDurable(fs, paths.vkey, vkey);
  return cosigner;
}
