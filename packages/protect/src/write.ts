// SPDX-License-Identifier: Apache-2.0

/** Raised inside a branch that cannot be protected in place; the branch is then hidden whole. */
export class BranchError extends Error {
  readonly kind: string;

  constructor(kind: string) {
    super(kind);
    this.kind = kind;
  }
}

/** Throws when the value cannot be set: a frozen object, a setter that does nothing. `__proto__` is data like any other name. */
export function write(node: object, key: string | number, value: unknown): void {
  if (key === "__proto__") {
    define(node, key, value);
    return;
  }
  const fields = node as Record<string | number, unknown>;
  fields[key] = value;
  if (fields[key] !== value) throw new BranchError("undecided");
}

/** New names for the fields of one object, given when the walk over it is over. The order of the fields stays. */
export class Renames {
  readonly #node: Record<string, unknown>;
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(node: Record<string, unknown>) {
    this.#node = node;
  }

  add(key: string, marker: string): string {
    let count = this.#counts.get(marker) ?? 0;
    let fresh: string;
    do fresh = ++count === 1 ? marker : `${marker}#${count}`;
    while (Object.hasOwn(this.#node, fresh));
    this.#counts.set(marker, count);
    this.#names.set(key, fresh);
    return fresh;
  }

  apply(): void {
    for (const [key, value] of Object.entries(this.#node)) {
      // Taken out and put back one by one, so that renamed fields keep their places.
      if (!Reflect.deleteProperty(this.#node, key)) throw new BranchError("undecided");
      define(this.#node, this.#names.get(key) ?? key, value);
    }
  }
}

function define(node: object, key: string, value: unknown): void {
  Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
}
