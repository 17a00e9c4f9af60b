// SPDX-License-Identifier: Apache-2.0

/** Boots that are remembered, and how many more of which only the last number is. */
export interface BootLimits {
  boots: number;
  evicted: number;
}

export const BOOT_LIMITS: BootLimits = { boots: 10_000, evicted: 50_000 };

/** What became of a boot that is not there. */
export type Absent = { kind: "new" } | { kind: "evicted"; head: number } | { kind: "forgotten" };

/**
 * A bounded map of boots by key. When it is full, the boot that was quiet for longest goes, of the key that has most: whoever
 * sends ever new boots pushes out its own. Of those that went the last number is remembered, bounded too.
 */
export class Boots<T> {
  readonly #limits: BootLimits;
  readonly #headOf: (value: T) => number;
  readonly #byVia = new Map<string, Map<string, T>>();
  readonly #evicted = new Map<string, number>();
  #size = 0;
  #hasForgotten: boolean;

  /** `hasForgotten`: it is not known of every boot whether it was here before. */
  constructor(headOf: (value: T) => number, limits: BootLimits = BOOT_LIMITS, hasForgotten = false) {
    this.#headOf = headOf;
    this.#limits = limits;
    this.#hasForgotten = hasForgotten;
  }

  get size(): number {
    return this.#size;
  }

  get hasForgotten(): boolean {
    return this.#hasForgotten;
  }

  /** The boot, which is the one used last from now on. */
  use(via: string, boot: string): T | undefined {
    const boots = this.#byVia.get(via);
    const value = boots?.get(boot);
    if (value === undefined) return undefined;
    boots!.delete(boot);
    boots!.set(boot, value);
    return value;
  }

  /** What is known of a boot that `use` did not find. */
  absent(via: string, boot: string): Absent {
    const head = this.#evicted.get(`${via} ${boot}`);
    if (head !== undefined) return { kind: "evicted", head };
    return { kind: this.#hasForgotten ? "forgotten" : "new" };
  }

  add(via: string, boot: string, value: T): void {
    let boots = this.#byVia.get(via);
    if (boots === undefined) this.#byVia.set(via, (boots = new Map()));
    boots.set(boot, value);
    this.#size++;
    this.#evicted.delete(`${via} ${boot}`);
    if (this.#size > this.#limits.boots) this.#evictOne();
  }

  /** Says of a boot that is not here how far it had come. */
  addEvicted(via: string, boot: string, head: number): void {
    this.#evicted.set(`${via} ${boot}`, head);
    if (this.#evicted.size <= this.#limits.evicted) return;
    this.#evicted.delete(this.#evicted.keys().next().value!);
    this.#hasForgotten = true;
  }

  /** In the order in which `add` restores them. */
  *entries(): Generator<[via: string, boot: string, value: T]> {
    for (const [via, boots] of this.#byVia) for (const [boot, value] of boots) yield [via, boot, value];
  }

  /** Pairs of key and boot in one text, and the last number. */
  evicted(): IterableIterator<[string, number]> {
    return this.#evicted.entries();
  }

  #evictOne(): void {
    let most: [string, Map<string, T>] | undefined;
    for (const each of this.#byVia) if (most === undefined || each[1].size > most[1].size) most = each;
    const [via, boots] = most!;
    const [boot, value] = boots.entries().next().value!;
    boots.delete(boot);
    if (boots.size === 0) this.#byVia.delete(via);
    this.#size--;
    this.addEvicted(via, boot, this.#headOf(value));
  }
}
