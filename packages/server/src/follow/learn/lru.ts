// SPDX-License-Identifier: Apache-2.0

/**
 * A bounded map in two parts: what is young, and what has been promoted. Each part forgets what was used least recently.
 * The young may use what room the promoted leave, and give it back: whoever invents names pushes out young entries only.
 */
export class TwoPartMap<V> {
  readonly #maxOld: number;
  readonly #maxYoung: number;
  readonly #onEvict: (value: V) => void;
  readonly #old = new Map<string, V>();
  readonly #young = new Map<string, V>();
  /** Entries forgotten for want of room. */
  evicted = 0;

  constructor(limits: { old: number; young: number }, onEvict: (value: V) => void = () => {}) {
    this.#maxOld = limits.old;
    this.#maxYoung = limits.young;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#old.size + this.#young.size;
  }

  /** Says that the entry is used now. */
  touch(key: string): void {
    const part = this.#old.has(key) ? this.#old : this.#young;
    const value = part.get(key);
    if (value === undefined) return;
    part.delete(key);
    part.set(key, value);
  }

  get(key: string): V | undefined {
    return this.#old.get(key) ?? this.#young.get(key);
  }

  addYoung(key: string, value: V): void {
    this.#young.set(key, value);
    this.#trim();
  }

  isOld(key: string): boolean {
    return this.#old.has(key);
  }

  /** Moves a young entry to the promoted ones. */
  promote(key: string): void {
    const value = this.#young.get(key);
    if (value === undefined) return;
    this.#young.delete(key);
    this.#old.set(key, value);
    this.#trim();
  }

  /** Puts an entry back where `entries` found it. */
  restore(key: string, value: V, old: boolean): void {
    if (!old) return this.addYoung(key, value);
    this.#old.set(key, value);
    this.#trim();
  }

  /** All entries, young ones first, least recently used first: restoring them in this order gives the same map. */
  *entries(): Generator<[key: string, value: V, old: boolean]> {
    for (const [key, value] of this.#young) yield [key, value, false];
    for (const [key, value] of this.#old) yield [key, value, true];
  }

  #trim(): void {
    while (this.#old.size > this.#maxOld) this.#evict(this.#old);
    while (this.size > this.#maxOld + this.#maxYoung) this.#evict(this.#young);
  }

  #evict(part: Map<string, V>): void {
    const [key, value] = part.entries().next().value!;
    part.delete(key);
    this.evicted++;
    this.#onEvict(value);
  }
}

/** A bounded memory of answers that can be computed again; when full, the older half goes. */
export class Cache<V> {
  readonly #limit: number;
  #fresh = new Map<string, V>();
  #stale = new Map<string, V>();

  constructor(limit: number) {
    this.#limit = Math.max(1, limit >> 1);
  }

  get size(): number {
    return this.#fresh.size + this.#stale.size;
  }

  get(key: string, make: (key: string) => V): V {
    let value = this.#fresh.get(key);
    if (value !== undefined) return value;
    value = this.#stale.get(key) ?? make(key);
    if (this.#fresh.size >= this.#limit) {
      this.#stale = this.#fresh;
      this.#fresh = new Map();
    }
    this.#fresh.set(key, value);
    return value;
  }
}
