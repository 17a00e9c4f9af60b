// SPDX-License-Identifier: Apache-2.0
import {
  equalBytes,
  HASH_BYTES,
  type KeyRange,
  MerkleError,
  parseBundle,
  parseVkey,
  TILE_WIDTH,
  type TreeHead,
  type TrustedTiles,
  verifyCheckpointBy,
} from "@telltale/merkle";
import { nodeCrypto } from "@telltale/merkle/node";
import { LogError } from "../error.js";
import { findOutsideGap, parseAllOutside } from "../check/outside.js";
import { findUnwitnessed, judgeWitnessed, type WitnessTrust } from "../check/witnessed.js";
import { hashBundle } from "../hash.js";
import { parseCertificate, type PruneCertificate } from "../prune/certificate.js";
import { describeRanges, type IndexRange, rangeAt } from "../prune/ranges.js";
import type { Verdict } from "../types.js";
import { fetchKeys, type ProvenKeys, toKeys, verifyChangesIn } from "./keys.js";
import { type MirrorSource, matchBundle, openTiles, provenLeaves, widthOf } from "./source.js";

/** Bundles under way at once: at most 100 MB with the largest events there can be, 1 MB with usual ones. */
const CONCURRENCY = 6;
const MAX_FINDINGS = 100;

/** A source that may keep its events to itself, and give the hashes all the same. */
export type ReadableSource = Pick<MirrorSource, "checkpoint" | "tile" | "keys"> & {
  bundle(n: number, width: number): Promise<Buffer | "pruned" | "withheld" | undefined>;
};

export interface VerifySourceOptions {
  source: ReadableSource;
  /** A key of the log, of whatever time. */
  vkey: string;
  requireWitness?: boolean;
  witness?: WitnessTrust;
  /** Checkpoints and receipts of the log that others kept: the log has to go on from each. */
  evidence?: readonly Buffer[];
  signal?: AbortSignal;
  onProgress?: (progress: { checked: number; size: number }) => void;
}

/** What one bundle turned out to be. `bad` is the first event of it that is not what was signed. */
type Piece =
  | { kind: "good"; certificate?: PruneCertificate }
  | { kind: "pruned" }
  | { kind: "withheld" }
  | { kind: "missing" }
  | { kind: "bad"; index: number; why: string };

function nothing(message: string, verdict: Verdict["verdict"] = "unverifiable"): Verdict {
  return { verdict, size: 0, checked: 0, message, findings: [message] };
}

class SourceCheck {
  readonly findings: string[] = [];
  readonly pruned: IndexRange[] = [];
  readonly missing: IndexRange[] = [];
  checked = 0;
  firstBad: number | undefined;
  isWithheld = false;
  isStopped = false;
  /** The newest certificate of a removal among the events. */
  certificate: PruneCertificate | undefined;
  readonly #options: VerifySourceOptions;
  readonly #tiles: TrustedTiles;
  readonly #size: number;

  constructor(options: VerifySourceOptions, tiles: TrustedTiles) {
    this.#options = options;
    this.#tiles = tiles;
    this.#size = Number(tiles.size);
  }

  async #look(n: number): Promise<Piece> {
    const { source } = this.#options;
    const width = widthOf(n, this.#size);
    const first = TILE_WIDTH * n;
    try {
      // The leaves, too: with the events alone a damaged tile of level 0 would stay unseen.
      const leaves = await provenLeaves(this.#tiles, n, width);
      const bundle = this.isWithheld ? "withheld" : await source.bundle(n, width);
      if (bundle === undefined) return { kind: "missing" };
      if (bundle === "withheld" || bundle === "pruned") return { kind: bundle };
      if ((await matchBundle(this.#tiles, n, width, bundle)) === undefined) {
        const found = hashBundle(bundle, width);
        const at = Array.from({ length: width }, (_, i) => i).find(
          (i) => !equalBytes(part(found, i), part(leaves, i)),
        );
        return { kind: "bad", index: first + (at ?? 0), why: "is not what was signed" };
      }
      const certificate = bundle.includes('"log_pruned"') ? findCertificate(bundle, width) : undefined;
      return { kind: "good", ...(certificate && { certificate }) };
    } catch (error) {
      if (!(error instanceof MerkleError)) throw error;
      return { kind: "bad", index: first, why: `cannot be right: ${error.message}` };
    }
  }

  #take(n: number, piece: Piece): void {
    const width = widthOf(n, this.#size);
    const range = { first: TILE_WIDTH * n, next: TILE_WIDTH * n + width };
    if (piece.kind === "good") {
      this.checked += width;
      this.certificate = piece.certificate ?? this.certificate;
    } else if (piece.kind === "pruned") extend(this.pruned, range);
    else if (piece.kind === "missing") extend(this.missing, range);
    else if (piece.kind === "withheld") this.isWithheld = true;
    else {
      this.firstBad ??= piece.index;
      if (this.findings.length < MAX_FINDINGS) this.findings.push(`event ${piece.index} ${piece.why}`);
    }
  }

  async run(): Promise<void> {
    const { signal, onProgress } = this.#options;
    const end = Math.ceil(this.#size / TILE_WIDTH);
    const running: Promise<Piece>[] = [];
    try {
      for (let n = 0, started = 0; n < end; n++) {
        if (signal?.aborted === true) {
          this.isStopped = true;
          return;
        }
        while (started < end && running.length < CONCURRENCY) {
          const piece = this.#look(started++);
          piece.catch(() => undefined); // it is awaited in its turn, which may be later than it fails
          running.push(piece);
        }
        this.#take(n, await (running[0] as Promise<Piece>));
        void running.shift();
        onProgress?.({ checked: Math.min(this.#size, TILE_WIDTH * (n + 1)), size: this.#size });
      }
    } finally {
      await Promise.allSettled(running);
    }
  }
}

const part = (leaves: Uint8Array, i: number): Uint8Array =>
  leaves.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1));

function extend(ranges: IndexRange[], { first, next }: IndexRange): void {
  const last = ranges.at(-1);
  if (last?.next === first) last.next = next;
  else ranges.push({ first, next });
}

function findCertificate(bundle: Buffer, width: number): PruneCertificate | undefined {
  let found: PruneCertificate | undefined;
  for (const entry of parseBundle(bundle, width)) found = parseCertificate(entry) ?? found;
  return found;
}

function conclude(check: SourceCheck, size: number, unwitnessed: string | undefined): Verdict {
  const { findings, pruned, missing, checked, firstBad } = check;
  const base = {
    size,
    checked,
    provenTo: firstBad ?? missing[0]?.first ?? (check.isWithheld || check.isStopped ? 0 : size),
    findings,
    ...(pruned.length > 0 && { pruned }),
  };
  const kept = `${checked} of ${size} events are as they were signed`;
  if (firstBad !== undefined)
    return {
      ...base,
      firstBad,
      verdict: "tampered",
      message: `the server serves what was not signed: ${findings[0]}; ${kept}`,
    };
  if (size === 0)
    return { ...base, verdict: "unverifiable", message: "the log is empty: there was nothing to check" };
  if (check.isStopped)
    return { ...base, verdict: "incomplete", message: `stopped; ${kept}, the others were not looked at` };
  if (check.isWithheld) {
    const message = `the signature holds and the hashes of all ${size} events lead to the signed root, but the events themselves were not given: none was verified`;
    return { ...base, verdict: "unverifiable", message };
  }
  if (missing.length > 0)
    return {
      ...base,
      verdict: "incomplete",
      message: `the events ${describeRanges(missing)} were signed and are not served; ${kept}`,
    };
  const isCertified = pruned.every(
    ({ first, next }) => (rangeAt(check.certificate?.pruned ?? [], first)?.next ?? -1) >= next,
  );
  if (!isCertified) {
    const message = `the events ${describeRanges(pruned)} are said to be pruned, and no certificate in the log says so; ${kept}`;
    return { ...base, verdict: "incomplete", message };
  }
  if (checked === 0)
    return { ...base, verdict: "unverifiable", message: "no event is left: there was nothing to check" };
  const gone =
    pruned.length === 0
      ? ""
      : `; the events ${describeRanges(pruned)} were pruned, as a certificate in the log says`;
  const what =
    pruned.length === 0
      ? `all ${size} events are as they were signed`
      : `all ${checked} kept events of ${size} are as they were signed`;
  return unwitnessed === undefined
    ? { ...base, verdict: "intact", message: `${what}${gone}` }
    : { ...base, verdict: "unwitnessed", message: `${what}, but ${unwitnessed}${gone}` };
}

interface Signed {
  keys: readonly KeyRange[];
  /** What leads from the known key to the others, if there are others. */
  proven: ProvenKeys | undefined;
  head: TreeHead;
  note: Buffer;
}

async function readSigned({ source, vkey }: VerifySourceOptions): Promise<Signed | Verdict> {
  const note = await source.checkpoint();
  try {
    const known = parseVkey(nodeCrypto, vkey);
    const proven = await fetchKeys(source, known);
    const keys = toKeys(known, proven);
    const head = verifyCheckpointBy(nodeCrypto, note, keys);
    if (!Number.isSafeInteger(Number(head.size))) return nothing("no log has so many events", "tampered");
    return { keys, proven, head, note };
  } catch (error) {
    if (!(error instanceof MerkleError)) throw error;
    return nothing(`the checkpoint is not signed with the key of this log: ${error.message}`, "tampered");
  }
}

function whyUnwitnessed(
  options: VerifySourceOptions,
  { keys, head, note }: Signed,
): string | undefined | Verdict {
  const { witness, requireWitness } = options;
  if (witness === undefined)
    return requireWitness === true ? "only this server vouches for the head" : undefined;
  const claim = judgeWitnessed(note, keys, witness);
  if (claim.problem !== undefined) return nothing(claim.problem, "tampered");
  return findUnwitnessed(claim, Number(head.size), witness);
}

/**
 * Verify a log where it is served, without storing any of it: the checkpoint's signature, every hash tile up to the root, every event
 * that is given. Nothing that the source says is believed. What the source throws when it cannot be reached passes through.
 */
export async function verifySource(options: VerifySourceOptions): Promise<Verdict> {
  const signed = await readSigned(options);
  if ("verdict" in signed) return signed;
  const unwitnessed = whyUnwitnessed(options, signed);
  if (typeof unwitnessed === "object") return unwitnessed;
  let tiles: TrustedTiles;
  let gap: string | undefined;
  try {
    tiles = await openTiles(options.source, signed.head);
    gap = await findOutsideGap(parseAllOutside(options.evidence ?? [], signed.keys), tiles);
    if (signed.proven !== undefined) await verifyChangesIn(signed.proven, tiles);
  } catch (error) {
    if (error instanceof LogError && error.code === "bad_certificate") return nothing(error.message);
    if (!(error instanceof MerkleError)) throw error;
    return {
      ...nothing(`the hash tiles do not lead to the signed root: ${error.message}`, "tampered"),
      size: Number(signed.head.size),
    };
  }
  if (gap !== undefined) return { ...nothing(gap, "tampered"), size: Number(signed.head.size) };
  const check = new SourceCheck(options, tiles);
  await check.run();
  return conclude(check, Number(signed.head.size), unwitnessed);
}
