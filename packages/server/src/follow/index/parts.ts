// SPDX-License-Identifier: Apache-2.0

/** A stretch of the index: a table of fresh rows or a Parquet file. Holds the rows of [first, next). */
export interface Part {
  readonly first: number;
  readonly next: number;
  /** What stands after FROM. */
  readonly source: { readonly table: string } | { readonly file: string };
  /** Earliest and latest `received` in Unix milliseconds; absent for a table, which grows. */
  readonly received?: { readonly min: number; readonly max: number };
}

/** The parts as they were at one moment. They stay readable until `release`. */
export interface Snapshot {
  /** In log order, without gaps. */
  readonly parts: readonly Part[];
  /** One past the last event that can be found. */
  readonly indexed: number;
  release(): void;
}

/**
 * Which parts there are. Searches take a snapshot; what is replaced meanwhile is removed when the last snapshot that
 * knows it is released, so a search never meets a file or table that has gone.
 */
export class Parts {
  #parts: readonly Part[] = [];
  /** One past the newest event that was left out or dropped: what `indexed` is while there is no part. */
  #from = 0;
  readonly #readers = new Set<readonly Part[]>();
  #retired: { part: Part; remove: () => Promise<void> }[] = [];
  readonly #removing = new Set<Promise<void>>();
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  get list(): readonly Part[] {
    return this.#parts;
  }

  get indexed(): number {
    return this.#parts.at(-1)?.next ?? this.#from;
  }

  snapshot(): Snapshot {
    const parts = this.#parts;
    const key = [...parts];
    this.#readers.add(key);
    return {
      parts,
      indexed: this.indexed,
      release: () => {
        this.#readers.delete(key);
        this.#sweep();
      },
    };
  }

  /** The index begins at this event; only before there is a part. */
  beginAt(first: number): void {
    this.#from = first;
  }

  /** Takes parts off the front; `remove` runs for each when nobody reads it. */
  drop(dropped: readonly Part[], remove: (part: Part) => Promise<void>): void {
    this.#from = Math.max(this.#from, dropped.at(-1)?.next ?? 0);
    this.#parts = this.#parts.filter((part) => !dropped.includes(part));
    this.#retire(dropped, remove);
  }

  /** Puts a part at the end, or a longer version of the last one in its place. */
  extend(part: Part): void {
    this.#parts = [...this.#parts.filter((old) => old.source !== part.source), part];
  }

  /** Puts `added` in the place of `removed`, in one step as searches see it; `remove` runs when nobody reads them. */
  replace(removed: readonly Part[], added: Part, remove: (part: Part) => Promise<void>): void {
    const kept = this.#parts.filter((part) => !removed.includes(part));
    this.#parts = [...kept, added].sort((a, b) => a.first - b.first);
    this.#retire(removed, remove);
  }

  /** Resolves when what nobody reads any more is gone from the disk too, or could not be removed and was reported. */
  async removed(): Promise<void> {
    await Promise.all(this.#removing);
  }

  #retire(parts: readonly Part[], remove: (part: Part) => Promise<void>): void {
    this.#retired.push(...parts.map((part) => ({ part, remove: () => remove(part) })));
    this.#sweep();
  }

  #sweep(): void {
    const inUse = ({ source }: Part) =>
      [...this.#readers].some((parts) => parts.some((part) => part.source === source));
    const free = this.#retired.filter(({ part }) => !inUse(part));
    this.#retired = this.#retired.filter(({ part }) => inUse(part));
    for (const { remove } of free) this.#remove(remove);
  }

  #remove(remove: () => Promise<void>): void {
    const removing = remove()
      .catch((error: Error) => this.#onError(error))
      .finally(() => this.#removing.delete(removing));
    this.#removing.add(removing);
  }
}
