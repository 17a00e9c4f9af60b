// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { RightEdge, TILE_WIDTH, type WitnessPolicy } from "@telltale/merkle";
import { verifyLog } from "../verify.js";
import { readWitnessedFile } from "../check/witnessed.js";
import { errnoOf } from "../disk.js";
import { LogError } from "../error.js";
import { hashNode } from "../hash.js";
import { parseSlots } from "../head-slot.js";
import { logPaths } from "../paths.js";
import { rangeAt } from "../prune/ranges.js";
import type { LineBatch, Verdict } from "../types.js";
import { Newest } from "./newest.js";
import type { EvidenceSource } from "./source.js";

export interface DirectoryEvidenceOptions {
  dataDir: string;
  name: string;
  /** The log's key as the caller knows it; otherwise the one beside the log. */
  vkey?: string;
  policy?: Pick<WitnessPolicy, "witnesses" | "quorum">;
  /** Whether an event belongs into the bundle; the line is valid during the call. */
  isWanted(index: number, line: Buffer): boolean;
  /** The newest so many. */
  limit: number;
  /** Two files that begin so hold what was selected, until `close`. */
  spool: string;
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** What a data directory gives for a bundle. */
export interface DirectoryEvidence {
  /** All of the log was verified on the way; only an intact one gives evidence. */
  verdict: Verdict;
  /** Absent where the log is not in order. */
  source?: EvidenceSource;
  indices: number[];
  limited: boolean;
  close(): void;
}

/** Something that is appended, read at random, and removed. */
class SpoolFile {
  readonly #path: string;
  readonly #fd: number;
  size = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, "wx+", 0o600);
  }

  append(bytes: Uint8Array): number {
    const at = this.size;
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#fd, bytes, done, bytes.length - done, at + done);
    this.size += bytes.length;
    return at;
  }

  read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (readSync(this.#fd, bytes, 0, length, at) !== length)
      throw new LogError("io", `${this.#path} is shorter than what was written to it`);
    return bytes;
  }

  remove(): void {
    closeSync(this.#fd);
    rmSync(this.#path, { force: true });
  }
}

function* eachLine(lines: LineBatch): Generator<Buffer> {
  let start = 0;
  for (let i = 0; i < lines.count; i++) {
    const end = lines.ends[i] as number;
    yield lines.bytes.subarray(start, end - 1);
    start = end;
  }
}

/** The hash tiles of a log, from its events: of level 0 those with a selected event, in a file; the others are few, in memory. */
class TileSpool {
  readonly edge = new RightEdge(hashNode);
  readonly #size: number;
  readonly #wanted: ReadonlySet<number>;
  readonly #file: SpoolFile;
  readonly #places = new Map<number, number>();
  readonly #upper: Buffer[][] = [];
  #leaves: Buffer = Buffer.alloc(0);

  constructor(size: number, indices: readonly number[], file: SpoolFile) {
    this.#size = size;
    this.#wanted = new Set(indices.map((index) => Math.floor(index / TILE_WIDTH)));
    this.#file = file;
  }

  take(leaves: Buffer): void {
    const { edge } = this;
    const count = Math.min(leaves.length / 32, this.#size - edge.size);
    for (let done = 0; done < count; ) {
      const n = Math.floor(edge.size / TILE_WIDTH);
      const part = Math.min(count - done, TILE_WIDTH * (n + 1) - edge.size);
      const bytes = leaves.subarray(32 * done, 32 * (done + part));
      edge.append(bytes, part, (height, _index, from, at) => {
        if (height > 0) (this.#upper[height / 8] ??= []).push(Buffer.from(from.subarray(at, at + 32)));
      });
      this.#leaves = Buffer.concat([this.#leaves, bytes]);
      done += part;
      if (edge.size % TILE_WIDTH === 0 || edge.size === this.#size) this.#keep(n);
    }
  }

  #keep(n: number): void {
    const isLast = this.edge.size === this.#size && this.#size % TILE_WIDTH !== 0;
    if (this.#wanted.has(n) || isLast) this.#places.set(n, this.#file.append(this.#leaves));
    this.#leaves = Buffer.alloc(0);
  }

  tile(level: number, n: number, width: number): Buffer | undefined {
    if (level > 0)
      return Buffer.concat(this.#upper[level]?.slice(TILE_WIDTH * n, TILE_WIDTH * n + width) ?? []);
    const at = this.#places.get(n);
    return at === undefined ? undefined : this.#file.read(at, 32 * width);
  }
}

type OnEvents = (first: number, leaves: Buffer, lines: LineBatch | undefined) => void;

/** Reads all of a log of `size` events, verifying it; `begin` is called again whenever the reading begins again. */
async function walk(options: DirectoryEvidenceOptions, pass: 0 | 1, begin: () => OnEvents): Promise<Verdict> {
  let take = begin();
  return verifyLog({
    dataDir: options.dataDir,
    name: options.name,
    ...(options.vkey !== undefined && { vkey: options.vkey }),
    onProgress: ({ checked, size }) => options.onProgress?.({ done: pass * size + checked, total: 2 * size }),
    onEvents: (first, leaves, lines) => {
      if (first === 0) take = begin();
      take(first, leaves, lines);
    },
  });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trimEnd();
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return undefined;
  }
}

function readHead(file: string): { note: string; size: number } | undefined {
  try {
    const note = parseSlots(readFileSync(file)).newest?.note;
    return note === undefined ? undefined : { note, size: Number(note.split("\n")[1]) };
  } catch (error) {
    if (errnoOf(error) === "") throw error;
    return undefined;
  }
}

const OK: ReadonlySet<Verdict["verdict"]> = new Set(["intact", "unwitnessed"]);

/**
 * Select events of a data directory without its server, a copy on a read-only disk included; a running server's can be read too, as it
 * was when this began. Reads the log twice: to select, and to take. Memory grows with the limit only.
 */
export async function readDirectoryEvidence(options: DirectoryEvidenceOptions): Promise<DirectoryEvidence> {
  const paths = logPaths(options.dataDir, options.name);
  // Before the events: what a running server adds is then behind it.
  const head = readHead(paths.head);
  const size = head?.size ?? 0;
  let newest = new Newest(options.limit);
  const verdict = await walk(options, 0, () => {
    newest = new Newest(options.limit);
    return (first, _leaves, lines) => {
      let index = first;
      if (lines !== undefined)
        for (const line of eachLine(lines)) {
          if (index < size && options.isWanted(index, line)) newest.push(index);
          index++;
        }
    };
  });
  const indices = newest.all;
  const vkey = options.vkey ?? readText(paths.vkey);
  const nothing = { verdict, indices, limited: newest.limited, close: () => undefined };
  if (!OK.has(verdict.verdict) || head === undefined || vkey === undefined) return nothing;
  const spooled = await spool(options, size, indices);
  const keyHistory = readText(paths.keyHistory);
  const witnessed = readWitnessedFile(paths)?.toString("utf8");
  const source: EvidenceSource = {
    vkey,
    ...(keyHistory === undefined ? {} : { keyHistory }),
    checkpoint: head.note,
    ...(witnessed === undefined ? {} : { witnessed }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    pruned: verdict.pruned ?? [],
    tile: async (level, n, width) => spooled.tiles.tile(level, n, width),
    lines: () => spooled.lines(),
  };
  return { ...nothing, source, close: spooled.close };
}

async function spool(options: DirectoryEvidenceOptions, size: number, indices: readonly number[]) {
  const eventFile = new SpoolFile(`${options.spool}.events`);
  let tileFile: SpoolFile;
  try {
    tileFile = new SpoolFile(`${options.spool}.tiles`);
  } catch (error) {
    eventFile.remove();
    throw error;
  }
  const close = (): void => {
    eventFile.remove();
    tileFile.remove();
  };
  const wanted = new Set(indices);
  let places: [at: number, length: number][] = [];
  let tiles = new TileSpool(size, indices, tileFile);
  const begin = (): OnEvents => {
    places = [];
    tiles = new TileSpool(size, indices, tileFile);
    return (first, leaves, lines) => {
      tiles.take(leaves);
      let index = first;
      if (lines !== undefined)
        for (const line of eachLine(lines))
          if (wanted.has(index++)) places.push([eventFile.append(line), line.length]);
    };
  };
  try {
    const { pruned } = await walk(options, 1, begin);
    const gone = indices.find((index) => rangeAt(pruned ?? [], index) !== undefined);
    if (gone !== undefined)
      throw new LogError("pruned", `event ${gone} was removed by retention while it was read`);
  } catch (error) {
    close();
    throw error;
  }
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const [at, length] of places) yield eventFile.read(at, length);
  }
  return { tiles, lines, close };
}
