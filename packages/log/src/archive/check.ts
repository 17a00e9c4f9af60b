// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { createReadStream, readdirSync } from "node:fs";
import path from "node:path";
import {
  equalBytes,
  formatVkey,
  type KeyHistory,
  type KeyRange,
  keysFrom,
  MAX_KEY_HISTORY_BYTES,
  MerkleError,
  parseKeyHistory,
  rangeOfOne,
  parseVkey,
  type TreeHead,
  verifyCheckpointBy,
  verifyRange,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { errnoOf, readFile } from "../disk.js";
import { LogError } from "../error.js";
import { nodeFileSystem } from "../fs.js";
import { hashLeaves } from "../hash.js";
import { describeRanges, type IndexRange } from "../prune/ranges.js";
import { scanZst } from "../scan.js";
import type { Verdict } from "../types.js";
import { loadCodec } from "../zstd/codec.js";
import {
  ARCHIVE_KEYS,
  type ArchiveManifest,
  MAX_ARCHIVE_MANIFEST,
  parseArchiveManifest,
} from "./manifest.js";

const COPY = /^([0-9]{20})\.ndjson\.zst$/;
const MANIFEST = /^([0-9]{20})\.ndjson\.zst\.json$/;
/** A segment has 48 MB by default: far more events than this in one file are none of ours. */
const MAX_EVENTS = 50_000_000;

export interface VerifyArchiveOptions {
  /** The archive's directory, or the folder of one log in it. */
  dir: string;
  /** The log's key as the verifier knows it; otherwise the one that came with the copies is believed. */
  vkey?: string;
  signal?: AbortSignal;
  /** In segments. */
  onProgress?: (progress: { done: number; total: number; checked: number }) => void;
}

/** An archive's verdict; `origin` and `vkey` say by which key. */
export interface ArchiveVerdict extends Verdict {
  vkey?: string;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return [];
  }
}

const holdsCopies = (directory: string): boolean =>
  list(directory).some((name) => COPY.test(name) || MANIFEST.test(name));

/** The folders of logs in an archive: the directory itself, or those below it. */
export function findArchives(directory: string): string[] {
  if (holdsCopies(directory)) return [directory];
  return list(directory)
    .map((name) => path.join(directory, name))
    .filter(holdsCopies)
    .sort();
}

class ArchiveCheck {
  readonly findings: string[] = [];
  readonly proven: IndexRange[] = [];
  /** Copies or manifests that are not there. */
  readonly lacking: string[] = [];
  firstBad: number | undefined;
  vkey: string | undefined;
  newest: TreeHead | undefined;
  isStopped = false;
  #keys: readonly KeyRange[] | undefined;
  #history: KeyHistory | undefined;
  readonly #options: VerifyArchiveOptions;
  readonly #folder: string;
  readonly #heads = new Map<string, Uint8Array>();

  constructor(options: VerifyArchiveOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
  }

  /** From one key to all that the archive's history proves from it. */
  #believe(vkey: string): readonly KeyRange[] {
    const key = parseVkey(nodeCrypto, vkey);
    this.vkey = vkey;
    this.#keys = this.#history === undefined ? rangeOfOne(key) : keysFrom(this.#history, key);
    return this.#keys;
  }

  async #readKeys(): Promise<void> {
    const bytes = await readFile(
      nodeFileSystem,
      path.join(this.#folder, ARCHIVE_KEYS),
      MAX_KEY_HISTORY_BYTES,
    );
    try {
      if (bytes !== undefined) this.#history = parseKeyHistory(nodeCrypto, bytes);
      if (this.#options.vkey !== undefined) this.#believe(this.#options.vkey);
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      this.findings.push(`${ARCHIVE_KEYS}: ${error.message}`);
    }
  }

  get checked(): number {
    return this.proven.reduce((sum, { first, next }) => sum + next - first, 0);
  }

  async run(): Promise<void> {
    await this.#readKeys();
    const names = new Set(list(this.#folder));
    const firsts = new Set([...names].map((name) => (COPY.exec(name) ?? MANIFEST.exec(name))?.[1]));
    firsts.delete(undefined);
    const ordered = [...(firsts as Set<string>)].sort();
    for (const [done, first] of ordered.entries()) {
      if (this.#options.signal?.aborted === true) {
        this.isStopped = true;
        return;
      }
      const name = `${first}.ndjson.zst`;
      if (!names.has(name) || !names.has(`${name}.json`))
        this.lacking.push(names.has(name) ? `${name}.json` : name);
      else await this.#checkCopy(name, Number(first));
      this.#options.onProgress?.({ done: done + 1, total: ordered.length, checked: this.checked });
    }
  }

  async #checkCopy(name: string, first: number): Promise<void> {
    try {
      const file = path.join(this.#folder, name);
      const bytes = await readFile(nodeFileSystem, `${file}.json`, MAX_ARCHIVE_MANIFEST);
      const manifest = parseArchiveManifest(`${name}.json`, bytes ?? Buffer.alloc(0));
      if (manifest.first !== first) throw new LogError("damaged", `${name}.json is of another segment`);
      const head = this.#checkHead(name, manifest);
      await this.#checkEvents(file, manifest, head);
      const last = this.proven.at(-1);
      if (last !== undefined && manifest.first < last.next)
        throw new LogError("damaged", `${name} overlaps the one before`);
      if (last?.next === first) last.next = manifest.next;
      else this.proven.push({ first, next: manifest.next });
    } catch (error) {
      const isData = error instanceof LogError || error instanceof MerkleError || errnoOf(error) !== "";
      if (!isData) throw error;
      const message = (error as Error).message;
      this.findings.push(message.includes(name) ? message : `${name}: ${message}`);
      this.firstBad = Math.min(first, this.firstBad ?? first);
    }
  }

  #checkHead(name: string, manifest: ArchiveManifest): TreeHead {
    const keys = this.#keys ?? this.#believe(manifest.vkey);
    if (!keys.some(({ key }) => formatVkey(key) === manifest.vkey))
      throw new LogError("damaged", `${name} came with another key`);
    const head = verifyCheckpointBy(nodeCrypto, manifest.checkpoint, keys);
    if (head.origin !== manifest.origin || Number(head.size) !== manifest.treeSize)
      throw new LogError("damaged", `the manifest of ${name} and its checkpoint disagree`);
    const known = this.#heads.get(`${head.size}`);
    if (known !== undefined && !equalBytes(known, head.root))
      throw new LogError("root_mismatch", `two signed roots for size ${head.size}: this is proof of a fork`);
    this.#heads.set(`${head.size}`, head.root);
    if (this.newest === undefined || head.size > this.newest.size) this.newest = head;
    return head;
  }

  async #checkEvents(file: string, manifest: ArchiveManifest, { size, root }: TreeHead): Promise<void> {
    const { first, next, proof } = manifest;
    if (next - first > MAX_EVENTS)
      throw new LogError("damaged", `${path.basename(file)} is said to hold too many events`);
    const leaves = Buffer.alloc(32 * (next - first));
    let at = 0;
    await scanZst(nodeFileSystem, await loadCodec(), file, (lines) => {
      const hashes = hashLeaves(lines);
      if (at + hashes.length > leaves.length)
        throw new LogError("damaged", `${path.basename(file)} holds more events than its manifest says`);
      leaves.set(hashes, at);
      at += hashes.length;
    });
    if (at !== leaves.length)
      throw new LogError("damaged", `${path.basename(file)} holds fewer events than its manifest says`);
    const range = { first: BigInt(first), next: BigInt(next), size };
    await verifyRange(nodeCrypto, { ...range, leaves, proof, root });
    // Last: bytes that decode to the same events change no evidence, and a certificate in the log names this hash.
    if ((await hashFile(file)) !== manifest.sha256)
      throw new LogError(
        "damaged",
        `${path.basename(file)} holds the right events and is not the file that was copied`,
      );
  }
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

function gapsOf(proven: readonly IndexRange[]): IndexRange[] {
  let at = 0;
  return proven.flatMap(({ first, next }) => {
    const gap = first > at ? [{ first: at, next: first }] : [];
    at = next;
    return gap;
  });
}

function conclude(check: ArchiveCheck): ArchiveVerdict {
  const { findings, proven, lacking, firstBad, newest, checked } = check;
  const [start] = proven;
  const base = {
    size: Number(newest?.size ?? 0n),
    checked,
    provenTo: start?.first === 0 ? start.next : 0,
    findings: [...findings, ...lacking.map((name) => `${name} is missing`)],
    ...(firstBad !== undefined && { firstBad }),
    ...(check.vkey !== undefined && { vkey: check.vkey }),
  };
  const held =
    checked === 0 ? "no event is proven" : `the events ${describeRanges(proven)} are as they were signed`;
  if (findings.length > 0)
    return {
      ...base,
      verdict: "tampered",
      message: `the archive was changed or damaged: ${findings[0]}; ${held}`,
    };
  if (check.isStopped)
    return { ...base, verdict: "incomplete", message: `stopped; ${held}, the others were not looked at` };
  if (lacking.length > 0)
    return { ...base, verdict: "incomplete", message: `${lacking[0]} is missing; ${held}` };
  if (checked === 0)
    return { ...base, verdict: "unverifiable", message: "the archive is empty: there was nothing to check" };
  const gaps = gapsOf(proven);
  if (gaps.length > 0) {
    const message = `the events ${describeRanges(gaps)} are not in this archive: they are in the log yet, or went before there was an archive; ${held}`;
    return { ...base, verdict: "incomplete", message };
  }
  const key = newest === undefined ? "" : ` by the log ${newest.origin}`;
  return {
    ...base,
    verdict: "intact",
    message: `all ${checked} archived events (${describeRanges(proven)}) are as they were signed${key}`,
  };
}

function nothing(message: string): ArchiveVerdict {
  return { verdict: "unverifiable", size: 0, checked: 0, message, findings: [message] };
}

/**
 * Check an archive by itself, without its log: every event of every copy against the signed checkpoint beside it. Never throws,
 * whatever the directory holds.
 */
export async function verifyArchive(options: VerifyArchiveOptions): Promise<ArchiveVerdict> {
  try {
    const [folder, ...more] = findArchives(options.dir);
    if (folder === undefined) return nothing(`there is no archive in ${options.dir}`);
    if (more.length > 0)
      return nothing(`${options.dir} holds the archives of ${more.length + 1} logs: name the folder of one`);
    const check = new ArchiveCheck(options, folder);
    await check.run();
    return conclude(check);
  } catch (error) {
    return nothing(
      `the archive could not be checked: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
