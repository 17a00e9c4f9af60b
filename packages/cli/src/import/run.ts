// SPDX-License-Identifier: Apache-2.0
import type { IngestAnswer } from "../client/answers.js";
import type { LineReader } from "./format.js";
import { createLineIds, type LineIds } from "./line-ids.js";
import { type Line, LineCutter, MAX_LINE_BYTES } from "./lines.js";
import { type Batch, MAX_BATCH_BYTES, type Sender } from "./sender.js";

export interface RejectedLine {
  line: number;
  code: string;
  message: string;
}

/** What an import did. Of the rejected lines only the first are named; `rejectedTotal` counts all. */
export interface ImportResult {
  lines: number;
  accepted: number;
  duplicates: number;
  skipped: Record<string, number>;
  rejected: RejectedLine[];
  rejectedTotal: number;
  first: number | null;
  last: number | null;
  /** False when it was stopped before the end of the file. */
  complete: boolean;
}

export interface ImportOptions {
  chunks: AsyncIterable<Buffer>;
  reader: LineReader;
  send: Sender;
  batchEvents: number;
  signal: AbortSignal;
  onProgress?: (result: Readonly<ImportResult>) => void;
  /** Milliseconds since 1970; an event that happened earlier is old. */
  oldBefore: number;
  /** Told once, of the first old event, before it is sent. */
  onOld?: (time: string) => void;
}

export const MAX_REJECTED_NAMED = 1000;

class Importer {
  readonly result: ImportResult = {
    lines: 0,
    accepted: 0,
    duplicates: 0,
    skipped: {},
    rejected: [],
    rejectedTotal: 0,
    first: null,
    last: null,
    complete: false,
  };
  readonly #options: ImportOptions;
  #ids: LineIds | undefined;
  #batch: Batch = { lines: [], events: [], bytes: 0 };
  #sending: Promise<void> | undefined;
  #told = false;

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /** Sends full batches as they come; one is under way while the next is read, never more. */
  async take(lines: readonly Line[]): Promise<void> {
    for (const { number, bytes } of lines) {
      this.result.lines = number;
      if (bytes === undefined) {
        this.#reject(number, "event_too_large", `the line is longer than ${MAX_LINE_BYTES} bytes`);
        continue;
      }
      this.#ids ??= createLineIds(bytes);
      if (bytes.length === 0) continue;
      const read = this.#options.reader(number, bytes, this.#ids);
      if (read.kind === "skipped") this.result.skipped[read.why] = (this.result.skipped[read.why] ?? 0) + 1;
      else if (read.kind === "rejected") this.#reject(number, read.code, read.message);
      else {
        this.#noticeOld(read.times);
        for (const event of read.events) await this.#add(number, event);
      }
    }
  }

  /** Before the first of them is sent: who wanted another key can still stop. */
  #noticeOld(times: readonly (string | undefined)[]): void {
    const { oldBefore, onOld } = this.#options;
    if (this.#told || onOld === undefined) return;
    const old = times.find((time) => time !== undefined && Date.parse(time) < oldBefore);
    if (old === undefined) return;
    this.#told = true;
    onOld(old);
  }

  async #add(line: number, event: string): Promise<void> {
    const bytes = Buffer.byteLength(event) + 1;
    const { events } = this.#batch;
    if (events.length >= this.#options.batchEvents || this.#batch.bytes + bytes > MAX_BATCH_BYTES)
      await this.flush();
    this.#batch.lines.push(line);
    this.#batch.events.push(event);
    this.#batch.bytes += bytes;
  }

  /** Waits for the batch under way, then sends what has gathered. */
  async flush(): Promise<void> {
    await this.settle();
    if (this.#batch.events.length === 0) return;
    const batch = this.#batch;
    this.#batch = { lines: [], events: [], bytes: 0 };
    this.#sending = this.#options.send(batch).then((answer) => this.#count(batch, answer));
    // Looked at by settle(); until then a failure must not count as unhandled.
    this.#sending.catch(() => {});
  }

  async settle(): Promise<void> {
    const sending = this.#sending;
    this.#sending = undefined;
    await sending;
  }

  #count(batch: Batch, answer: IngestAnswer): void {
    const { result } = this;
    result.accepted += answer.accepted;
    result.duplicates += answer.duplicates;
    result.first ??= answer.first;
    result.last = answer.last ?? result.last;
    for (const { line, code, message } of answer.rejected)
      this.#reject(batch.lines[line - 1] ?? 0, code, message);
    result.rejectedTotal += answer.rejectedTotal - answer.rejected.length;
    this.#options.onProgress?.(result);
  }

  #reject(line: number, code: string, message: string): void {
    this.result.rejectedTotal++;
    if (this.result.rejected.length < MAX_REJECTED_NAMED) this.result.rejected.push({ line, code, message });
  }
}

/**
 * Reads, sends and counts. Memory is bounded by two batches whatever the size of the file. Throws what sending
 * throws; what was acknowledged before is in the log, and a repeated import adds only the rest.
 */
export async function runImport(options: ImportOptions): Promise<ImportResult> {
  const cutter = new LineCutter();
  const importer = new Importer(options);
  for await (const chunk of options.chunks) {
    if (options.signal.aborted) break;
    await importer.take(cutter.push(chunk));
  }
  const stopped = options.signal.aborted;
  if (!stopped) {
    await importer.take(cutter.end());
    await importer.flush();
  }
  await importer.settle();
  importer.result.rejected.sort((a, b) => a.line - b.line);
  importer.result.complete = !stopped;
  return importer.result;
}
