// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { MAX_ENTRY_BYTES, type OnTileHash, RightEdge, TILE_WIDTH } from "@telltale/merkle";
import { listDirectory, readFile, removeFile, syncDirectory, writeDurable } from "./disk.js";
import { LogError } from "./error.js";
import type { FileSystem } from "./fs.js";
import { hashLeaves, hashNode } from "./hash.js";
import { Offsets } from "./lines.js";
import { parseSegmentName, segmentName } from "./paths.js";
import { findGapInCertificate, parseCertificate } from "./prune/certificate.js";
import { readLeaves } from "./prune/leaves.js";
import { firstOutside, type IndexRange, rangeAt } from "./prune/ranges.js";
import type { PruneRecord } from "./prune/record.js";
import { scanPlain, scanZst } from "./scan.js";
import {
  type AnySegment,
  bytesOf,
  countOf,
  type PlainSegment,
  Segments,
  sliceLines,
  type ZstSegment,
} from "./segments.js";
import { TileStore } from "./tiles.js";
import type { LineBatch } from "./types.js";
import type { Codec } from "./zstd/codec.js";
import { formatIndex, parseIndex, rebuildIndex } from "./zstd/file.js";

/** What recovery is told: the signed head that the lines must lead to. */
export interface RecoverInput {
  fs: FileSystem;
  codec: Codec;
  segmentDirectory: string;
  tileRoot: string;
  /** What was pruned, as recorded; believed only once its certificate is found in the proven log. */
  record: PruneRecord | undefined;
  head: { size: number; root: Uint8Array };
  /** Called once the head is proven and before anything on disk is changed; may refuse by throwing. */
  onProven(found: { beyond: number }): void;
}

/** The log as it is on disk now: everything durable, in the order of the index, and hashed. */
export interface Recovered {
  segments: AnySegment[];
  pruned: readonly IndexRange[];
  edge: RightEdge;
  tiles: TileStore;
  adopted: number;
  droppedBytes: number;
  rebuilt: boolean;
}

/** Tiles of so many events are kept in memory until the root is known: 32 MB. */
const MAX_BUFFERED = 1_000_000;
const MAX_ZST_BYTES = 4 * 1024 * 1024 * 1024;

interface Inventory {
  segments: AnySegment[];
  /** Files of pruned segments: the process died before it had removed them. */
  leftovers: string[];
  rebuilt: boolean;
}

function prunedIn({ record }: RecoverInput): readonly IndexRange[] {
  return record?.ranges ?? [];
}

/** The segments by their names, and for compressed ones by their index, which is derived again when it is bad. */
async function takeInventory(input: RecoverInput): Promise<Inventory> {
  const { fs, segmentDirectory } = input;
  const plain = new Set<number>();
  const compressed = new Set<number>();
  const leftovers: string[] = [];
  for (const name of await listDirectory(fs, segmentDirectory)) {
    const parsed = parseSegmentName(name);
    if (parsed !== undefined && rangeAt(prunedIn(input), parsed.first) !== undefined) {
      leftovers.push(path.join(segmentDirectory, name));
      continue;
    }
    if (parsed?.kind === "plain") plain.add(parsed.first);
    if (parsed?.kind === "zst") compressed.add(parsed.first);
    if (name.endsWith(".tmp")) await fs.unlink(path.join(segmentDirectory, name)); // never was part of the log
  }
  const segments: AnySegment[] = [];
  let rebuilt = false;
  for (const first of [...new Set([...plain, ...compressed])].sort((a, b) => a - b)) {
    const file = path.join(segmentDirectory, segmentName(first));
    if (plain.has(first)) {
      // Both forms: the process died while compressing. The plain one counts until it is gone.
      segments.push({ kind: "plain", first, path: file, ends: new Offsets() });
    } else {
      const { segment, derived } = await openCompressed(input, first, `${file}.zst`);
      rebuilt ||= derived;
      segments.push(segment);
    }
  }
  return { segments, leftovers, rebuilt };
}

async function openCompressed(
  input: RecoverInput,
  first: number,
  file: string,
): Promise<{ segment: ZstSegment; derived: boolean }> {
  const bytes = await readFile(input.fs, `${file}.idx`, 64 * 1024 * 1024);
  try {
    const index = parseIndex(bytes ?? Buffer.alloc(0));
    const end = index.places.at(-1);
    if (index.first === first && end !== undefined) {
      return {
        segment: { kind: "zst", first, count: index.count, bytes: end.offset, path: file },
        derived: false,
      };
    }
  } catch (error) {
    if (!(error instanceof LogError)) throw error; // a bad index is derived again below
  }
  const content = (await readFile(input.fs, file, MAX_ZST_BYTES)) ?? Buffer.alloc(0);
  const index = rebuildIndex(input.codec, first, content);
  await writeDurable(input.fs, `${file}.idx`, formatIndex(index));
  return {
    segment: { kind: "zst", first, count: index.count, bytes: content.length, path: file },
    derived: true,
  };
}

/** Fill in the line ends of plain segments; the bytes after each one's last newline, by first index. */
async function scanEnds(input: RecoverInput, segments: AnySegment[]): Promise<Map<number, number>> {
  const torn = new Map<number, number>();
  for (const segment of segments) {
    if (segment.kind !== "plain") continue;
    let offset = 0;
    const rest = await scanPlain(input.fs, segment.path, (lines) => {
      for (const end of lines.ends) segment.ends.push(offset + end);
      offset += lines.bytes.length;
    });
    if (rest > 0) torn.set(segment.first, rest);
  }
  return torn;
}

/** Where the sequence of lines from index 0 ends, unbroken but for what was pruned, and the segments on it. */
function findSequence(
  input: RecoverInput,
  segments: AnySegment[],
  torn: Map<number, number>,
): { sound: AnySegment[]; end: number } {
  const sound: AnySegment[] = [];
  const pruned = prunedIn(input);
  let end = firstOutside(pruned, 0);
  for (const segment of segments) {
    if (segment.first !== end || (sound.length > 0 && torn.has(sound.at(-1)?.first ?? -1))) break;
    sound.push(segment);
    end = firstOutside(pruned, end + countOf(segment));
  }
  return { sound, end };
}

interface Tree {
  edge: RightEdge;
  tiles: TileStore;
}

/** Take pruned events into the tree by their kept hashes. Their leaf tiles are the only copy: never written again. */
async function passPruned({ edge, tiles }: Tree, range: IndexRange): Promise<void> {
  const addAbove: OnTileHash = (height, ...hash) => {
    if (height > 0) tiles.add(height, ...hash);
  };
  await readLeaves(tiles, range, (leaves, n) => {
    edge.append(leaves, TILE_WIDTH, addAbove);
    tiles.passLeafTile(n);
  });
}

/** Hash lines [from, to) of the log into the tree, in the order of append; what was pruned comes from its tiles. */
async function replay(
  input: RecoverInput,
  segments: readonly AnySegment[],
  range: { from: number; to: number },
  tree: Tree,
  onLeaves: (leaves: Buffer, count: number) => Promise<void> | void,
): Promise<void> {
  let at = range.from;
  for (const segment of segments) {
    const next = segment.first + countOf(segment);
    if (next <= range.from || segment.first >= range.to) continue;
    if (at < segment.first) await passPruned(tree, { first: at, next: segment.first });
    at = next;
    let index = segment.first;
    const take = async (lines: LineBatch): Promise<void> => {
      const begin = Math.max(0, range.from - index);
      const end = Math.min(lines.count, range.to - index);
      index += lines.count;
      if (begin >= end) return;
      await onLeaves(hashLeaves(sliceLines(lines, begin, end)), end - begin);
    };
    if (segment.kind === "plain") await scanPlain(input.fs, segment.path, take);
    else await scanZst(input.fs, input.codec, segment.path, take);
  }
}

/** The tree before the first segment that has to be hashed again, from the tiles on disk. */
async function restoreTree(input: RecoverInput, size: number): Promise<Tree> {
  const tiles = new TileStore(input.fs, input.tileRoot);
  await tiles.restore(size);
  const peaks = new Map<number, Buffer>();
  for (let height = 0, rest = size; rest > 0; height++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) peaks.set(height, await tiles.node(height, rest - 1));
  }
  const edge = RightEdge.restore(hashNode, size, (height) => peaks.get(height) as Buffer);
  return { edge, tiles };
}

interface Derived extends Tree {
  /** The first index that was hashed from bytes; everything before it came from tiles. */
  from: number;
}

interface Proven extends Derived {
  /** The tiles that should have spared most of the work could not be used. */
  rebuilt: boolean;
}

/**
 * The tree of the first `head.size` lines, hashed from index `from` on. Nothing is written: where there is much to
 * hash, tiles are only made once the root is known to be right, in a second pass.
 */
async function derive(
  input: RecoverInput,
  segments: AnySegment[],
  from: number,
): Promise<Derived | undefined> {
  const { head } = input;
  const tree = await restoreTree(input, from);
  const range = { from, to: head.size };
  const once = head.size - from <= MAX_BUFFERED;
  await replay(input, segments, range, tree, (leaves, count) =>
    tree.edge.append(leaves, count, once ? tree.tiles.add : undefined),
  );
  if (tree.edge.size !== head.size || !Buffer.from(tree.edge.root()).equals(head.root)) return undefined;
  if (once) return { ...tree, from };
  const again = await restoreTree(input, from);
  await replay(input, segments, range, again, (leaves, count) => extend(again, leaves, count));
  return { ...again, from };
}

/** As append does it: leaves to the edge, the edge's hashes to the tiles, full tiles to disk. */
async function extend(tree: Tree, leaves: Buffer, count: number): Promise<void> {
  let failure: Error | undefined;
  tree.edge.append(leaves, count, tree.tiles.add);
  await tree.tiles.flush((error) => {
    failure = error;
  });
  if (failure !== undefined) throw failure;
}

/** Prove the head: from tiles and the uncompressed segments where possible, otherwise from all events. */
async function proveHead(input: RecoverInput, segments: AnySegment[]): Promise<Proven> {
  const { head } = input;
  const firstPlain = segments.find((segment) => segment.kind === "plain")?.first;
  const wanted = Math.min(firstPlain ?? head.size, head.size);
  const starts = [...new Set([wanted, 0])];
  let failure: unknown;
  for (const from of starts) {
    try {
      const derived = await derive(input, segments, from);
      if (derived !== undefined) return { ...derived, rebuilt: from < wanted };
    } catch (error) {
      // A tile is missing: everything is derived from the events. A bad event has no such way out.
      if (from === 0 || !(error instanceof LogError)) throw error;
      failure = error;
    }
  }
  throw new LogError(
    "root_mismatch",
    `the first ${head.size} events do not hash to the signed root: something was changed after it was signed. ` +
      "Nothing is appended to such a log. `telltale verify` names the first bad event, `telltale restore` starts a successor log",
    { cause: failure },
  );
}

/**
 * Lines beyond the head that may be adopted: up to the first that append would have refused. After a power cut any sector of what
 * was not synced may be missing, and a missing one reads as zeros: a line with a zero byte in it is two halves that nobody sent.
 */
async function soundLines({ fs, head }: RecoverInput, segment: PlainSegment): Promise<number> {
  const from = Math.max(0, head.size - segment.first);
  if (from >= segment.ends.length) return segment.ends.length;
  let line = 0;
  let sound = segment.ends.length;
  await scanPlain(fs, segment.path, ({ bytes, ends, count }) => {
    for (let i = 0, start = 0; i < count && line < sound; i++, line++) {
      const end = (ends[i] as number) - 1;
      const length = end - start;
      const isSound = length >= 1 && length <= MAX_ENTRY_BYTES && !bytes.subarray(start, end).includes(0);
      if (line >= from && !isSound) sound = line;
      start = end + 1;
    }
  });
  return sound;
}

/**
 * Lines beyond the signed head: complete ones are adopted, a torn one and what follows is dropped.
 * They were never acknowledged, so either would keep the promise "once, or not at all"; adopting loses nothing
 * that reached the disk, and a sender that repeats them is recognised by id.
 */
async function adoptTail(
  input: RecoverInput,
  segments: AnySegment[],
  torn: Map<number, number>,
): Promise<{ adopted: number; dropped: number }> {
  const { fs, head, segmentDirectory } = input;
  const { sound, end } = findSequence(input, segments, torn);
  const tail: AnySegment[] = segments.splice(sound.length);
  const dirty = new Set(torn.keys());
  let dropped = [...torn.values()].reduce((sum, bytes) => sum + bytes, 0);
  let adoptedTo = end;
  for (const segment of sound) {
    if (segment.kind !== "plain") continue;
    // An empty file may have a name that is not durable yet.
    if (segment.first + countOf(segment) > head.size || countOf(segment) === 0) dirty.add(segment.first);
    const keep = await soundLines(input, segment);
    if (keep === segment.ends.length) continue;
    tail.unshift(...segments.splice(segments.indexOf(segment) + 1));
    dropped += bytesOf(segment) - segment.ends.at(keep - 1);
    segment.ends.truncate(keep);
    adoptedTo = segment.first + keep;
    break;
  }
  // From the end, so that what is left is an unbroken sequence whenever we die.
  for (const segment of tail.reverse()) {
    dropped += bytesOf(segment);
    await fs.unlink(segment.path);
  }
  for (const segment of segments) {
    if (segment.kind === "plain" && dirty.has(segment.first)) await copyAnew(input, segment);
  }
  if (tail.length > 0) await syncDirectory(fs, segmentDirectory);
  return { adopted: adoptedTo - head.size, dropped };
}

/**
 * After a failed fsync the page cache may show bytes that are not on the disk, and a second fsync would say all is
 * well. So what lies beyond the head is written anew.
 */
async function copyAnew(input: RecoverInput, segment: PlainSegment): Promise<void> {
  const { fs } = input;
  const whole = await readFile(fs, segment.path, MAX_ZST_BYTES);
  const bytes = whole?.subarray(0, segment.ends.at(segment.ends.length - 1)) ?? Buffer.alloc(0);
  // The lines up to the head are durable where they are, and proven.
  // If we die before the rename, the old file is as it was; after it, the new one is complete and durable.
  // Either way the next recovery does the same again.
  await writeDurable(fs, segment.path, bytes);
}

function verifyReach(
  input: RecoverInput,
  segments: AnySegment[],
  sequence: { sound: AnySegment[]; end: number },
): void {
  const { head } = input;
  if (sequence.end < head.size) {
    const behind = segments[sequence.sound.length];
    if (behind !== undefined && behind.first > sequence.end) {
      throw new LogError(
        "segment_missing",
        `the events from ${sequence.end} to ${behind.first - 1} are missing: put their files back; where they are lost, \`telltale restore\` starts a successor log`,
      );
    }
    throw new LogError(
      "head_ahead_of_data",
      `the signed head covers ${head.size} events but only ${sequence.end} are there: the end was cut off, or an ` +
        "old copy of the events was put back. Put the missing events back; where they are lost, `telltale restore` starts a successor log",
    );
  }
  // A segment is compressed only when the head covers it, so such a head is older than the data.
  const late = segments.find(
    (segment) => segment.kind === "zst" && segment.first + segment.count > head.size,
  );
  if (late !== undefined) {
    throw new LogError(
      "rolled_back",
      `the signed head ends at ${head.size}, inside or before a compressed segment`,
    );
  }
}

/**
 * The record says what may be missing, so it must not be believed alone: with a forged one, somebody could have
 * this process remove the very lines that they want gone. Its certificate has to be a line of the proven log.
 */
async function verifyRecord(input: RecoverInput, segments: AnySegment[]): Promise<void> {
  const { fs, codec, head, record, segmentDirectory } = input;
  if (record === undefined) return;
  const { certificate, ranges } = record;
  const isKept = certificate < head.size && rangeAt(ranges, certificate) === undefined;
  const lines = isKept
    ? await new Segments(fs, segmentDirectory, codec, segments, ranges).read(certificate, certificate + 1, 1)
    : undefined;
  const gap = findGapInCertificate(record, lines && parseCertificate(lines.bytes.subarray(0, -1)));
  if (gap === undefined) return;
  throw new LogError("bad_certificate", `${gap}: nobody certified that these events may be missing`);
}

/** Finish what an interrupted removal began. */
async function removeLeftovers({ fs, segmentDirectory }: RecoverInput, leftovers: string[]): Promise<void> {
  for (const file of leftovers) await removeFile(fs, file);
  if (leftovers.length > 0) await syncDirectory(fs, segmentDirectory);
}

/** Bring the log on disk to a state that append could have left, or refuse and change nothing. */
export async function recover(input: RecoverInput): Promise<Recovered> {
  const { segments, leftovers, rebuilt } = await takeInventory(input);
  const torn = await scanEnds(input, segments);
  const sequence = findSequence(input, segments, torn);
  verifyReach(input, segments, sequence);
  const { edge, tiles, from, rebuilt: derivedAll } = await proveHead(input, sequence.sound);
  await verifyRecord(input, sequence.sound);
  const beyond = sequence.end - input.head.size + torn.size;
  input.onProven({ beyond });
  await removeLeftovers(input, leftovers);
  const { adopted, dropped } = await adoptTail(input, segments, torn);
  const to = input.head.size + adopted;
  const tree = { edge, tiles };
  await replay(input, segments, { from: input.head.size, to }, tree, (leaves, count) =>
    extend(tree, leaves, count),
  );
  tiles.accept();
  await tiles.settle();
  // Tiles below compressed segments are not derived at each start, so those that were written anew must be durable again.
  const last = segments.findLast((segment) => segment.kind === "zst");
  const compressedTo = last === undefined ? 0 : last.first + countOf(last);
  if (from < compressedTo) await tiles.sync(from, compressedTo);
  const pruned = prunedIn(input);
  return { segments, pruned, edge, tiles, adopted, droppedBytes: dropped, rebuilt: rebuilt || derivedAll };
}
