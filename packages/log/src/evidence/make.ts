// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from "node:timers/promises";
import {
  consistencyProof,
  equalBytes,
  formatAddCheckpoint,
  formatPolicy,
  formatReceipt,
  inclusionProof,
  keysFrom,
  parseKeyHistory,
  parseVkey,
  rangeOfOne,
  type TreeHead,
  TrustedTiles,
  verifyCheckpointBy,
} from "@telltale/merkle";
import {
  formatManifest,
  keyFingerprint,
  LAYOUT,
  type Manifest,
  MAX_EVENTS,
  proofName,
  toRanges,
} from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "../error.js";
import { hashOneLeaf } from "../hash.js";
import { formatReadme } from "./readme.js";
import type { EvidenceRequest, EvidenceSource } from "./source.js";
import { ZipWriter } from "./zip-writer.js";

export interface MakeEvidenceOptions {
  /** Events whose lines or whose proofs were written: each counts twice. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between two events: the zip is then cut, and no verifier takes it. */
  signal?: AbortSignal;
}

/** Pieces of lines are collected up to this, so that a short line is not a piece of its own. */
const PIECE = 64 * 1024;
/** About five milliseconds of work. */
const BREATHE_EVERY = 32;

/** Both checkpoints of a bundle, with their signatures verified, and the proven hashes of the larger tree. */
interface Heads {
  newest: { note: string; head: TreeHead };
  /** Present when it is another, smaller one. */
  witnessed?: { note: string; head: TreeHead };
  tiles: TrustedTiles;
}

async function openHeads(source: EvidenceSource): Promise<Heads> {
  const key = parseVkey(nodeCrypto, source.vkey);
  const { keyHistory } = source;
  const keys =
    keyHistory === undefined ? rangeOfOne(key) : keysFrom(parseKeyHistory(nodeCrypto, keyHistory), key);
  const open = (note: string) => ({ note, head: verifyCheckpointBy(nodeCrypto, note, keys) });
  const newest = open(source.checkpoint);
  const witnessed = source.witnessed === undefined ? undefined : open(source.witnessed);
  if (witnessed !== undefined && witnessed.head.size >= newest.head.size) {
    // The same tree, or the log has grown since the other was read: the one with the cosignatures counts.
    return openTiles(source, { newest: witnessed });
  }
  return openTiles(source, { newest, ...(witnessed && { witnessed }) });
}

async function openTiles(source: EvidenceSource, heads: Omit<Heads, "tiles">): Promise<Heads> {
  const tiles = await TrustedTiles.open(nodeCrypto, heads.newest.head, (level, n, width) =>
    source.tile(level, Number(n), width),
  );
  const { witnessed } = heads;
  if (witnessed !== undefined && !equalBytes(await tiles.rootAt(witnessed.head.size), witnessed.head.root))
    throw new LogError("root_mismatch", "what the witnesses cosigned is not the beginning of this log");
  return { ...heads, tiles };
}

function verifyRequest({ indices, record }: EvidenceRequest, size: number): void {
  if (indices.length > MAX_EVENTS)
    throw new LogError("bad_range", `a bundle holds at most ${MAX_EVENTS} events: narrow the selection`);
  let before = -1;
  for (const index of indices) {
    if (!Number.isSafeInteger(index) || index <= before || index >= size)
      throw new LogError("bad_range", `event ${index} is not in the log of ${size}, or not in order`);
    before = index;
  }
  if (record !== undefined && !indices.includes(record))
    throw new LogError("bad_range", "the record of the export is not among the events");
}

function toManifest(source: EvidenceSource, request: EvidenceRequest, origin: string): Manifest {
  const { indices, missing, ...rest } = request;
  return {
    ...rest,
    origin,
    events: toRanges(indices),
    missing: toRanges(missing),
    pruned: source.pruned.map(({ first, next }) => ({ first, next })),
  };
}

class Maker {
  readonly #source: EvidenceSource;
  readonly #request: EvidenceRequest;
  readonly #options: MakeEvidenceOptions;
  readonly #heads: Heads;
  #done = 0;

  constructor(source: EvidenceSource, request: EvidenceRequest, options: MakeEvidenceOptions, heads: Heads) {
    this.#source = source;
    this.#request = request;
    this.#options = options;
    this.#heads = heads;
  }

  /** The small files, first: whoever lists the zip sees at once what it is. */
  async small(): Promise<[name: string, content: string][]> {
    const { vkey, policy = { witnesses: [], quorum: { kind: "none" } as const } } = this.#source;
    const { newest, witnessed, tiles } = this.#heads;
    const manifest = toManifest(this.#source, this.#request, newest.head.origin);
    const size = Number(newest.head.size);
    const cosigned = newest.note === this.#source.witnessed ? size : witnessed && Number(witnessed.head.size);
    const fingerprint = keyFingerprint(nodeCrypto, vkey);
    const files: [string, string][] = [
      [LAYOUT.readme, formatReadme({ manifest, size, vkey, fingerprint, witnessed: cosigned })],
      [LAYOUT.manifest, formatManifest(manifest)],
      [LAYOUT.vkey, `${vkey}\n`],
      [LAYOUT.policy, formatPolicy([vkey], policy)],
      [LAYOUT.checkpoint, newest.note],
    ];
    const { keyHistory } = this.#source;
    if (keyHistory !== undefined) files.push([LAYOUT.keys, keyHistory]);
    if (witnessed === undefined) return files;
    const oldSize = witnessed.head.size;
    const proof = await consistencyProof(nodeCrypto, oldSize, newest.head.size, tiles.node);
    return [
      ...files,
      [LAYOUT.witnessed, witnessed.note],
      [LAYOUT.consistency, formatAddCheckpoint({ oldSize, proof, checkpoint: newest.note })],
    ];
  }

  async #step(): Promise<void> {
    const { onProgress, signal } = this.#options;
    signal?.throwIfAborted();
    onProgress?.({ done: ++this.#done, total: 2 * this.#request.indices.length });
    // What is in memory comes without a turn of the event loop: a server that makes a bundle answers others meanwhile.
    if (this.#done % BREATHE_EVERY === 0) await setImmediate();
  }

  /** The lines, each compared with the proven leaf: what is not what was signed is not exported. */
  async *lines(): AsyncGenerator<Uint8Array> {
    const { indices } = this.#request;
    let at = 0;
    let pieces: Uint8Array[] = [];
    let size = 0;
    for await (const line of this.#source.lines(indices)) {
      const index = indices[at++];
      if (index === undefined)
        throw new LogError("damaged", "the log gave more events than it was asked for");
      const leaf = await this.#heads.tiles.hash(0, BigInt(index));
      if (!equalBytes(leaf, hashOneLeaf(line)))
        throw new LogError("root_mismatch", `event ${index} is not what was signed: run telltale verify`);
      pieces.push(Buffer.from(line), NEWLINE);
      size += line.length + 1;
      if (size >= PIECE) {
        yield Buffer.concat(pieces);
        pieces = [];
        size = 0;
      }
      await this.#step();
    }
    if (at !== indices.length)
      throw new LogError("damaged", `the log gave ${at} of ${indices.length} events`);
    yield Buffer.concat(pieces);
  }

  /** Against what witnesses cosigned where that reaches, so that the proof alone carries their word. */
  async *proofs(): AsyncGenerator<[name: string, content: string]> {
    const { newest, witnessed, tiles } = this.#heads;
    for (const at of this.#request.indices) {
      const index = BigInt(at);
      const { note, head } = witnessed !== undefined && index < witnessed.head.size ? witnessed : newest;
      const proof = await inclusionProof(nodeCrypto, index, head.size, tiles.node);
      yield [proofName(at), formatReceipt({ index, proof, checkpoint: note })];
      await this.#step();
    }
  }
}

const NEWLINE = Buffer.of(10);

/**
 * A bundle of evidence, as the pieces of a zip. Everything is proven against the log's signed root before it is written. Memory does not
 * grow with the number of events. Throws LogError (`bad_range`, `root_mismatch`, or what reading gives) and MerkleError, before the
 * first piece wherever the request or the log's heads are at fault.
 */
export async function makeEvidence(
  source: EvidenceSource,
  request: EvidenceRequest,
  options: MakeEvidenceOptions = {},
): Promise<AsyncGenerator<Buffer>> {
  const heads = await openHeads(source);
  verifyRequest(request, Number(heads.newest.head.size));
  const maker = new Maker(source, request, options, heads);
  return pieces(maker, await maker.small());
}

async function* pieces(maker: Maker, small: [string, string][]): AsyncGenerator<Buffer> {
  const zip = new ZipWriter();
  for (const [name, content] of small) yield zip.file(name, Buffer.from(content));
  yield* zip.stream(LAYOUT.events, maker.lines());
  for await (const [name, content] of maker.proofs()) yield zip.file(name, Buffer.from(content));
  yield zip.end();
}
