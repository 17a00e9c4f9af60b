// SPDX-License-Identifier: Apache-2.0
import type { SubjectRecord } from "@telltale/protect";
import type { ClassKey, KeyClass } from "../keys/class-keys.js";
import type { SubjectName } from "../keys/subject-store.js";

/** What a thread must have before it can protect a group of events. */
export interface Needs {
  readonly subjects: readonly SubjectName[];
  readonly classes: readonly KeyClass[];
}

/** What the main thread gives for it, durable already. `subjects[i]` is of `needs.subjects[i]`. */
export interface Supply {
  readonly subjects: readonly (SubjectName & { readonly record: SubjectRecord })[];
  readonly classes: readonly ClassKey[];
}

/** Gets or makes what is needed. Rejects when keys are not to be had; then nothing of the group may be sealed. */
export type Supplier = (needs: Needs) => Promise<Supply>;

/**
 * How often a group may come back for more: subjects first, then the keys of kinds that show up only behind them. What wants more often than that
 * is our own mistake.
 */
export const MAX_ROUNDS = 4;

/**
 * Prepares a group until it needs nothing more; `again` gets all that was supplied for it so far. Rejects as the supplier
 * does.
 */
export async function supplied<T extends { readonly needs?: Needs }>(
  first: T,
  supplier: Supplier,
  again: (supply: Supply) => T | Promise<T>,
): Promise<T> {
  let prepared = first;
  let have: Supply = { subjects: [], classes: [] };
  for (let round = 0; prepared.needs !== undefined; round++) {
    if (round === MAX_ROUNDS) throw new Error("BUG: a group of events wants keys without end");
    const more = await supplier(prepared.needs);
    have = {
      subjects: [...have.subjects, ...more.subjects],
      classes: [...have.classes, ...more.classes],
    };
    prepared = await again(have);
  }
  return prepared;
}
