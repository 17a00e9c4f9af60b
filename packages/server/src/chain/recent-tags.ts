// SPDX-License-Identifier: Apache-2.0

/** Tags kept, 4 bytes each: as many as the window in which repeated ids are recognised. */
const CAPACITY = 1 << 20;
const MAX_SPANS = 64;

/** Where the tags of consecutive numbers lie. */
export interface TagSpan {
  from: number;
  to: number;
  at: number;
}

/**
 * The first 32 bits of the tags of the newest events of all chains: enough to tell whether an old number that comes again
 * has the bytes that it had. Bounded; what is too old is not known.
 */
export class RecentTags {
  readonly #tags = new Uint32Array(CAPACITY);
  #at = 0;

  /** Remembers the tags of consecutive numbers from `from` on; `spans` is the chain's own list. */
  add(spans: TagSpan[], from: number, tags: Uint32Array): void {
    const at = this.#at;
    for (const tag of tags) this.#tags[this.#at++ % CAPACITY] = tag;
    const to = from + tags.length - 1;
    const last = spans.at(-1);
    if (last !== undefined && last.to + 1 === from && last.at + (last.to - last.from) + 1 === at) {
      last.to = to;
      return;
    }
    spans.push({ from, to, at });
    if (spans.length > MAX_SPANS) spans.shift();
  }

  /** 0 when it is not known. */
  find(spans: readonly TagSpan[], seq: number): number {
    for (let i = spans.length - 1; i >= 0; i--) {
      const { from, to, at } = spans[i]!;
      if (seq < from || seq > to) continue;
      const place = at + seq - from;
      if (place >= this.#at - CAPACITY) return this.#tags[place % CAPACITY]!;
    }
    return 0;
  }
}
