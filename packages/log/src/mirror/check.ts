// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import {
  equalBytes,
  formatVkey,
  type KeyRange,
  MerkleError,
  parseBundle,
  parseKeyHistory,
  parseVkey,
  RightEdge,
  TILE_WIDTH,
  type VerifierKey,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { readLeafTile, TileChecker } from "../check/tiles.js";
import { findUnwitnessed, judgeWitnessed, type WitnessTrust } from "../check/witnessed.js";
import { errnoOf, readFile } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { hashBundle, hashNode } from "../hash.js";
import { parseCertificate, type PruneCertificate } from "../prune/certificate.js";
import { describeRanges, type IndexRange, rangeAt } from "../prune/ranges.js";
import type { Verdict } from "../types.js";
import { DirectorySource } from "./directory.js";
import { type HeldCheckpoint, parseHeld } from "./held.js";
import { toKeys } from "./keys.js";
import { type MirrorPaths, mirrorPaths } from "./layout.js";
import { MAX_PIN_BYTES, type MirrorPin, parsePin } from "./pin.js";
import { widthOf } from "./source.js";

/** What a mirror says about itself: read without its lock, so also while it runs. */
export interface MirrorState {
  paths: MirrorPaths;
  pin: MirrorPin;
  /** The mirror's verifier key. */
  vkey: string;
  /** The pinned key, and all that it leads to. */
  logKey: VerifierKey;
  logKeys: readonly KeyRange[];
  held: HeldCheckpoint;
}

/** Read pin, keys and checkpoint of a mirror. LogError: `no_log` where nothing is held yet, `damaged`, `key_missing`. */
export async function readMirror(dir: string): Promise<MirrorState> {
  const paths = mirrorPaths(dir);
  const pinBytes = await readFile(nodeFileSystem, paths.pin, MAX_PIN_BYTES);
  if (pinBytes === undefined) throw new LogError("no_log", `nothing is mirrored in ${paths.dir} yet`);
  const pin = parsePin(pinBytes);
  const vkey = (await readFile(nodeFileSystem, paths.vkey, 1024))?.toString("utf8").trimEnd();
  if (vkey === undefined) throw new LogError("key_missing", `${paths.vkey} is missing`);
  const source = new DirectorySource(nodeFileSystem, paths.served);
  if (!existsSync(paths.checkpoint)) throw new LogError("no_log", `nothing is held in ${paths.dir} yet`);
  try {
    const logKey = parseVkey(nodeCrypto, pin.vkey);
    const text = await source.keys();
    const proven = text && { text, history: parseKeyHistory(nodeCrypto, text) };
    const logKeys = toKeys(logKey, proven);
    const held = parseHeld(await source.checkpoint(), logKeys, parseVkey(nodeCrypto, vkey));
    return { paths, pin, vkey, logKey, logKeys, held };
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    throw new LogError("damaged", `the keys in ${paths.dir} are damaged: ${error.message}`, { cause: error });
  }
}

export interface VerifyMirrorOptions {
  dir: string;
  /** The log's key as the verifier knows it; otherwise the one that the mirror pinned. */
  vkey?: string;
  /** Who has to have cosigned what is held, where the mirror's own word is not enough. The mirror may be one of them. */
  witness?: WitnessTrust;
  onProgress?: (progress: { checked: number; size: number }) => void;
}

/** All events of a mirror hashed again, in order. */
class MirrorReplay {
  readonly edge = new RightEdge(hashNode);
  readonly tiles: TileChecker;
  checked = 0;
  brokenAt: { event: number; message: string } | undefined;
  /** The newest certificate of a removal among the events. */
  certificate: PruneCertificate | undefined;
  readonly #state: MirrorState;
  readonly #source: DirectorySource;

  constructor(state: MirrorState) {
    this.#state = state;
    this.#source = new DirectorySource(nodeFileSystem, state.paths.served);
    this.tiles = new TileChecker(state.paths.served, TILE_WIDTH * Math.floor(state.held.size / TILE_WIDTH));
  }

  async run(onProgress: VerifyMirrorOptions["onProgress"]): Promise<void> {
    const { size } = this.#state.held;
    for (let n = 0; TILE_WIDTH * n < size; n++) {
      try {
        await this.#take(n, widthOf(n, size));
      } catch (error) {
        const isData = error instanceof MerkleError || error instanceof LogError || errnoOf(error) !== "";
        if (!isData) throw error;
        this.brokenAt = { event: this.edge.size, message: (error as Error).message };
        return;
      }
      onProgress?.({ checked: this.edge.size, size });
    }
  }

  async #take(n: number, width: number): Promise<void> {
    if (rangeAt(this.#state.pin.absent, TILE_WIDTH * n) !== undefined) {
      this.edge.append(readLeafTile(this.#state.paths.served, n), width, this.tiles.add);
      return;
    }
    const bundle = await this.#source.bundle(n, width);
    if (bundle === undefined) throw new LogError("damaged", `entry bundle ${n} is missing`);
    const leaves = hashBundle(bundle, width);
    // Parsing every event would cost more than hashing it, and only these matter here.
    if (bundle.includes('"log_pruned"')) {
      for (const entry of parseBundle(bundle, width))
        this.certificate = parseCertificate(entry) ?? this.certificate;
    }
    this.edge.append(leaves, width, this.tiles.add);
    this.checked += width;
  }
}

/** Whether the log itself says that everything that is absent was removed by right. */
function isCertified(absent: readonly IndexRange[], certificate: PruneCertificate | undefined): boolean {
  return absent.every(({ first, next }) => (rangeAt(certificate?.pruned ?? [], first)?.next ?? -1) >= next);
}

function conclude({ held, pin }: MirrorState, replay: MirrorReplay): Verdict {
  const { edge, tiles, checked, brokenAt } = replay;
  const { absent } = pin;
  const { size } = held;
  const isProven = edge.size === size && equalBytes(edge.root(), held.head.root);
  const findings = tiles.mismatches.map(
    ({ path, event, problem }) => `${path} ${problem}, from event ${event} on`,
  );
  if (brokenAt !== undefined) findings.push(`event ${brokenAt.event} cannot be read: ${brokenAt.message}`);
  else if (!isProven) findings.push(`the ${size} events do not have the root that was signed`);
  const base = { size, checked, provenTo: isProven ? size : 0, findings: findings.slice(0, 100) };
  const gone = absent.length > 0 ? { pruned: absent } : {};
  if (size === 0)
    return {
      ...base,
      verdict: "unverifiable",
      message: "the mirrored log is empty: there was nothing to check",
    };
  if (findings.length > 0) {
    const leaves = tiles.mismatches.filter(({ level }) => level === 0).map(({ event }) => event);
    const bad = [
      ...(leaves.length > 0 ? leaves : tiles.mismatches.map(({ event }) => event)),
      ...(brokenAt ? [brokenAt.event] : []),
    ];
    const firstBad = bad.length > 0 ? { firstBad: Math.min(...bad) } : {};
    const message = `this mirror was changed or damaged: ${findings[0]}`;
    return { ...base, ...gone, ...firstBad, verdict: "tampered", message };
  }
  if (absent.length === 0) {
    return {
      ...base,
      verdict: "intact",
      message: `all ${size} events are as they were signed, and cosigned by this mirror`,
    };
  }
  const never = `the events ${describeRanges(absent)} were pruned at the source before they could be pulled and were never held here`;
  const kept = `the ${checked} other events are as they were signed`;
  return isCertified(absent, replay.certificate)
    ? { ...base, ...gone, verdict: "intact", message: `${kept}; ${never}, as a certificate in the log says` }
    : {
        ...base,
        ...gone,
        verdict: "incomplete",
        message: `${never}, and no certificate in the log says that they were pruned; ${kept}`,
      };
}

/** The verdict of a verifier who believes these witnesses. */
function withTrust(verdict: Verdict, { held, logKeys }: MirrorState, witness: WitnessTrust): Verdict {
  const claim = judgeWitnessed(Buffer.from(held.note), logKeys, witness);
  const why = claim.problem ?? findUnwitnessed(claim, held.size, witness);
  if (why === undefined || verdict.verdict !== "intact") return verdict;
  return { ...verdict, verdict: "unwitnessed", message: `${verdict.message}, but ${why}` };
}

function nothing(message: string): Verdict {
  return { verdict: "unverifiable", size: 0, checked: 0, message, findings: [message] };
}

/**
 * Check all files of a mirror from the bytes of the events: both signatures, every leaf, every tile, the root. Never throws,
 * whatever the directory holds; may be called while the mirror runs.
 */
export async function verifyMirror(options: VerifyMirrorOptions): Promise<Verdict> {
  try {
    const state = await readMirror(options.dir);
    const { vkey } = options;
    if (vkey !== undefined && !state.logKeys.some(({ key }) => formatVkey(key) === vkey)) {
      return nothing("this mirror is of a log with another key than the given one");
    }
    const replay = new MirrorReplay(state);
    await replay.run(options.onProgress);
    const verdict = conclude(state, replay);
    return options.witness === undefined ? verdict : withTrust(verdict, state, options.witness);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof LogError && error.code === "damaged") {
      return { ...nothing(`this mirror was changed or damaged: ${message}`), verdict: "tampered" };
    }
    return nothing(`the mirror could not be checked: ${message}`);
  }
}
