// SPDX-License-Identifier: Apache-2.0
// How long the fault suite may take, and where its chance begins: scripts/faults.mjs says so in the environment.
import { Random } from "@telltale/testkit";

function read(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`${name} is no number: ${text}`);
  return Number(text);
}

/** Begins every choice; printed by the script. */
export const seed = read("TELLTALE_FAULTS_SEED") ?? 1;

/** Only the run of this seed. */
export const isReplay = process.env["TELLTALE_FAULTS_REPLAY"] === "1";

const seconds = read("TELLTALE_FAULTS_SECONDS");

/** True until this share of the whole time is over; always, where there is no limit. */
export function within(share: number): () => boolean {
  const end = Date.now() + (seconds ?? Number.POSITIVE_INFINITY) * 1000 * share;
  return () => Date.now() < end;
}

/** Everything in its order; in an order of the seed where time will not do for all. */
export function inTurn<T>(items: readonly T[]): T[] {
  if (seconds === undefined) return [...items];
  const random = new Random(seed);
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
