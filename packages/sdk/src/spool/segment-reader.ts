// SPDX-License-Identifier: Apache-2.0
import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { LIMITS, type SentEvent } from "@telltale/event";
import { type ChainReader, idOf } from "../chain.js";
import type { Waiting } from "../waiting.js";
import { isOurs } from "./directory.js";
import { MAC_CHARS, parseHeader } from "./segment.js";

/** Told what is wrong with a segment; the text names file and number, never content. */
export interface Complaints {
  /** A line was changed after it was written; it is sent all the same, and the server sees it too. */
  readonly edited: (text: () => string) => void;
  /** Lines that are no events any more: lost. */
  readonly unreadable: (count: number) => void;
}

/** What a segment is read with. */
export interface ReaderParts {
  boot: string;
  apiKey: string;
  /** Where the reading of the chain stands. */
  chain: ChainReader;
  complaints: Complaints;
}

/** What a read gives. */
export interface Chunk {
  entries: Waiting[];
  /** Nothing follows. */
  isEnd: boolean;
}

const CHUNK = 1024 * 1024;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const LONGEST_LINE = MAC_CHARS + 1 + LIMITS.sealedBytes;
/** Steps of the chain's key in one turn of the event loop: 3 ms. */
const STEPS = 10_000;
/** So many numbers are passed over in one segment, some seconds of work; beyond that only the server checks. */
const MOST_STEPS = 2 ** 22;

/** The parts of one line, if it is an event of this chain. */
function parseLine(
  line: Buffer,
  boot: string,
): { mac: string; body: Buffer; json: string; event: SentEvent } | undefined {
  if (line.length < MAC_CHARS + 3 || line[MAC_CHARS] !== SPACE) return undefined;
  const mac = line.toString("latin1", 0, MAC_CHARS);
  const body = line.subarray(MAC_CHARS + 1);
  // A decoder that replaces what it does not understand would send other bytes than were written.
  if (!/^[0-9a-f]+$/.test(mac) || body.length > LIMITS.eventBytes || !isUtf8(body)) return undefined;
  const json = body.toString("utf8");
  try {
    const event = JSON.parse(json) as Partial<SentEvent> | null;
    const source = event?.source;
    const isOne = source?.boot === boot && Number.isSafeInteger(source.seq) && (source.seq ?? 0) > 0;
    return isOne ? { mac, body, json, event: event as SentEvent } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads one segment front to back in pieces of bounded size, whatever it holds: a torn end, zeros, other people's bytes.
 * Each line is checked against the chain as far as the key allows.
 */
export class SegmentReader {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #boot: string;
  readonly #chain: ChainReader | undefined;
  readonly #complaints: Complaints;
  #isChecked = true;
  #steps = MOST_STEPS;
  #at: number;
  #rest: Buffer = Buffer.alloc(0);
  /** A line that is longer than any: its rest is passed over. */
  #isSkipping = false;

  private constructor(
    file: FileHandle,
    place: { path: string; boot: string; at: number },
    chain: ChainReader | undefined,
    complaints: Complaints,
  ) {
    this.#file = file;
    this.#path = place.path;
    this.#boot = place.boot;
    this.#at = place.at;
    this.#chain = chain;
    this.#complaints = complaints;
  }

  /**
   * Opens a segment and reads its header. Undefined: a later version wrote it, or it is no file of ours; it is left alone.
   *
   * @throws {Error} of the file system
   */
  static async open(path: string, parts: ReaderParts): Promise<SegmentReader | undefined> {
    const file = await open(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const reader = await SegmentReader.#begin(file, path, parts);
      if (reader === undefined) await file.close();
      return reader;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static async #begin(
    file: FileHandle,
    path: string,
    { boot, apiKey, chain, complaints }: ReaderParts,
  ): Promise<SegmentReader | undefined> {
    const stats = await file.stat();
    if (!stats.isFile() || !isOurs(stats)) return undefined;
    const { bytesRead, buffer } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const end = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    const header = end === -1 ? undefined : parseHeader(buffer.toString("latin1", 0, end));
    if (header === "newer") return undefined;
    const isOtherKey = header !== undefined && header.keyId !== idOf(apiKey);
    if (isOtherKey)
      complaints.edited(() => `${path} was written with another key: only its server can check it`);
    if (header === undefined && bytesRead > 0)
      complaints.edited(() => `${path} does not begin as a spool does`);
    const place = { path, boot, at: header === undefined ? 0 : end + 1 };
    return new SegmentReader(file, place, isOtherKey ? undefined : chain, complaints);
  }

  /** The next events, no more than about a mebibyte of them. */
  async read(until: number): Promise<Chunk> {
    const want = Math.min(CHUNK, until - this.#at);
    const { bytesRead, buffer } =
      want <= 0
        ? { bytesRead: 0, buffer: Buffer.alloc(0) }
        : await this.#file.read(Buffer.alloc(want), 0, want, this.#at);
    this.#at += bytesRead;
    const isEnd = bytesRead === 0;
    const bytes = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
    const entries: Waiting[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      if (end === -1) break;
      await this.#take(bytes.subarray(start, end), entries);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    if (isEnd) {
      // The process died while it wrote this line; only if all of it but the line end is there it counts.
      if (this.#rest.length > 0) await this.#take(this.#rest, entries);
      this.#rest = Buffer.alloc(0);
    } else if (this.#rest.length > LONGEST_LINE) {
      if (!this.#isSkipping) this.#complaints.unreadable(1);
      this.#isSkipping = true;
      this.#rest = Buffer.alloc(0);
    }
    return { entries, isEnd };
  }

  async #take(line: Buffer, entries: Waiting[]): Promise<void> {
    if (this.#isSkipping) {
      this.#isSkipping = false;
      return;
    }
    const parsed = parseLine(line, this.#boot);
    if (parsed === undefined) {
      this.#complaints.unreadable(1);
      return;
    }
    const { mac, body, json, event } = parsed;
    const seq = event.source.seq ?? 0;
    if (!(await this.#fits(seq, body, mac))) {
      this.#complaints.edited(() => `event ${seq} in ${this.#path} was changed after it was written`);
    }
    const telemetry = event.action === "api_request";
    entries.push({ json, bytes: body.length, seq, mac, telemetry, losses: undefined, watch: undefined });
  }

  async #fits(seq: number, body: Buffer, mac: string): Promise<boolean> {
    const chain = this.#chain;
    // What was written twice as the process ended is sent twice: the server knows its id.
    if (chain === undefined || !this.#isChecked || seq < chain.next) return true;
    if (seq === chain.next) return chain.macOf(body) === mac;
    this.#steps -= seq - chain.next;
    if (this.#steps < 0) {
      // The beginning of what is left of a very long chain, or a number that nobody gave.
      this.#isChecked = chain.next > 1;
      return !this.#isChecked;
    }
    // On a copy: a number that somebody changed must not carry the chain past the lines that follow.
    const ahead = chain.copy();
    while (!ahead.skipTo(seq, STEPS)) await setImmediate();
    if (ahead.macOf(body) !== mac) return false;
    chain.become(ahead);
    return true;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
