// SPDX-License-Identifier: Apache-2.0
import type { ChainSender, Random } from "@telltale/testkit";
import type { ChainKind } from "../../../packages/server/src/chain/finding.js";

/** The numbers that have to be told, and as what. */
export type Told = Partial<Record<ChainKind, readonly number[]>>;

/** What the server is sent in the place of what the source wrote, and what it has to say of that. */
export interface Delivery {
  lines: readonly string[];
  told: Told;
}

/** One way to change events between their source and the log. One file each, one line in index.ts. */
export interface SourceAttack {
  name: string;
  /** As what the page says that it is found; "" where nothing is to be found. */
  as: string;
  /** One sentence. */
  how: string;
  run(source: ChainSender, random: Random): Delivery;
}

/** The numbers from one to another, both included. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** What a source wrote, and a few of it, neither the first nor the last: numbers `from` to `to`. */
export function someOf(source: ChainSender, random: Random): { lines: string[]; from: number; to: number } {
  const lines = source.take(40 + random.below(40));
  const from = 2 + random.below(20);
  return { lines, from, to: from + random.below(10) };
}
