// SPDX-License-Identifier: Apache-2.0
import type { ChainReader } from "../chain.js";
import type { LossCounts } from "../losses.js";
import type { Waiting, Watch } from "../waiting.js";
import { type Complaints, SegmentReader } from "./segment-reader.js";
import type { Segment } from "./segment-writer.js";

interface Spill {
  segment: Segment;
  /** Numbers of the first and last event here that is not in memory. */
  first: number;
  last: number;
  /** Events, and bytes of their text. */
  count: number;
  bytes: number;
}

/** An event that was read back. */
export interface ReadBack {
  entry: Waiting;
  segment: Segment;
}

export interface SpilledParts {
  boot: string;
  apiKey: string;
  /** At the beginning of the chain. */
  chain: ChainReader;
  onEdited: Complaints["edited"];
  /** So many events could not be read back. */
  onMissing: (count: number) => void;
}

/** Events of this process that are on disk only, as memory was full; read back in order. */
export class Spilled {
  readonly #parts: { boot: string; apiKey: string; chain: ChainReader; complaints: Complaints };
  readonly #onMissing: (count: number) => void;
  readonly #spills: Spill[] = [];
  /** What cannot be written down: who waits for an event, and what it reports as lost. By number. */
  readonly #attached = new Map<number, { watch: Watch | undefined; losses: LossCounts | undefined }>();
  #reader: { segment: Segment; reader: SegmentReader } | undefined;
  #count = 0;
  #bytes = 0;

  constructor(parts: SpilledParts) {
    const { boot, apiKey, chain, onEdited: edited } = parts;
    this.#onMissing = parts.onMissing;
    // How many cannot be read is known at the end of a spill, as it is known how many there were.
    this.#parts = { boot, apiKey, chain, complaints: { edited, unreadable: () => undefined } };
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The lowest number. */
  get first(): number | undefined {
    return this.#spills[0]?.first;
  }

  add({ seq, bytes, watch, losses }: Waiting, segment: Segment): void {
    let spill = this.#spills.at(-1);
    if (spill?.segment !== segment) {
      spill = { segment, first: seq, last: seq, count: 0, bytes: 0 };
      this.#spills.push(spill);
    }
    spill.last = seq;
    spill.count++;
    spill.bytes += bytes;
    this.#count++;
    this.#bytes += bytes;
    if (watch !== undefined || losses !== undefined) this.#attached.set(seq, { watch, losses });
  }

  /**
   * The next events; may be empty while there are more.
   *
   * @throws {Error} of the file system; then `giveUp`
   */
  async read(): Promise<ReadBack[]> {
    const [spill] = this.#spills;
    if (spill === undefined) return [];
    const { segment } = spill;
    const reader = await this.#readerOf(segment);
    const { entries, isEnd } = await reader.read(segment.bytes);
    // What was in memory when it was written stands in the same file in front of it.
    const wanted = entries.filter(({ seq }) => seq >= spill.first && seq <= spill.last);
    for (const { seq, bytes } of wanted) {
      spill.first = seq + 1;
      spill.count--;
      spill.bytes -= bytes;
      this.#count--;
      this.#bytes -= bytes;
    }
    if (spill.count <= 0 || isEnd) this.#drop(spill);
    return wanted.map((entry) => ({ entry: { ...entry, ...this.#takeAttached(entry.seq) }, segment }));
  }

  #takeAttached(seq: number): { watch: Watch | undefined; losses: LossCounts | undefined } {
    const attached = this.#attached.get(seq);
    this.#attached.delete(seq);
    return attached ?? { watch: undefined, losses: undefined };
  }

  /** Ends a spill; its events that were not read are settled: they are lost. */
  #drop(spill: Spill): void {
    this.#spills.shift();
    spill.segment.unsettled -= spill.count;
    this.#count -= spill.count;
    this.#bytes -= spill.bytes;
    for (const [seq, { watch }] of this.#attached) {
      if (seq < spill.first || seq > spill.last) continue;
      watch?.lost("spool_damaged");
      this.#attached.delete(seq);
    }
    if (spill.count > 0) this.#onMissing(spill.count);
  }

  async #readerOf(segment: Segment): Promise<SegmentReader> {
    if (this.#reader?.segment === segment) return this.#reader.reader;
    await this.#reader?.reader.close();
    this.#reader = undefined;
    const reader = await SegmentReader.open(segment.path, this.#parts);
    if (reader === undefined) throw new Error(`${segment.path} is no spool of this process any more`);
    this.#reader = { segment, reader };
    return reader;
  }

  /** The oldest segment cannot be read: its events are lost. */
  giveUp(): void {
    const [spill] = this.#spills;
    if (spill !== undefined) this.#drop(spill);
  }

  async close(): Promise<void> {
    await this.#reader?.reader.close().catch(() => undefined);
    this.#reader = undefined;
    this.#parts.chain.destroy();
  }
}
