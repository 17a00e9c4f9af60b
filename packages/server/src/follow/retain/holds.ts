// SPDX-License-Identifier: Apache-2.0
import { RetainError } from "./error.js";
import type { SegmentFacts } from "./segment-facts.js";

/** What must be kept whatever the policy says: events [first, next), or those received in [from, to). */
export type HoldScope =
  | { readonly first: number; readonly next: number }
  /** RFC 3339 UTC. */
  | { readonly from: string; readonly to: string };

/** A legal hold. It beats the policy until it is released; rows are never removed. */
export interface Hold {
  readonly id: string;
  /** The matter, for people. */
  readonly name: string;
  readonly reason: string;
  readonly scope: HoldScope;
  readonly placed: string;
  readonly placedBy: string;
  readonly released?: string;
  readonly releasedBy?: string;
  /** Why; absent when nobody said. */
  readonly releaseReason?: string;
}

export interface NewHold {
  readonly name: string;
  readonly reason: string;
  readonly scope: HoldScope;
}

/** Where holds are kept; every change is durable when its promise resolves. */
export interface HoldStore {
  /** All that there ever were, oldest first. */
  list(): Promise<Hold[]>;
  add(hold: Hold): Promise<void>;
  /** Marks it as released; false when there is none, or it was released before. */
  release(id: string, at: string, by: string, why?: string): Promise<boolean>;
  /** How often anything was placed or released: a certificate names the state of the holds by it. */
  revision(): Promise<number>;
}

const TEXT = /^[^\p{C}]*\S[^\p{C}]*$/u;

function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function fail(why: string): never {
  throw new RetainError("retain_bad_hold", why);
}

/** Throws `retain_bad_hold` unless it has a name, a reason and a range that holds something. */
export function verifyHold({ name, reason, scope }: NewHold): void {
  if (!TEXT.test(name) || name.length > 100) fail("a hold needs a name of 1 to 100 printable characters");
  if (!TEXT.test(reason) || reason.length > 500)
    fail("a hold needs a reason of 1 to 500 printable characters");
  if ("first" in scope) {
    const { first, next } = scope;
    const isRange = Number.isSafeInteger(first) && Number.isSafeInteger(next) && first >= 0 && next > first;
    if (!isRange) fail("a hold on events needs a first index and a greater one behind the last");
  } else if (!isTime(scope.from) || !isTime(scope.to) || Date.parse(scope.to) <= Date.parse(scope.from)) {
    fail("a hold on a time needs a start and a later end, in UTC");
  }
}

/** True when an event of the segment may be under the hold. */
export function isBlocking(
  hold: Hold,
  segment: Pick<SegmentFacts, "first" | "next" | "oldest" | "newest">,
): boolean {
  if (hold.released !== undefined) return false;
  const { scope } = hold;
  if ("first" in scope) return scope.first < segment.next && segment.first < scope.next;
  return Date.parse(scope.from) <= segment.newest && segment.oldest < Date.parse(scope.to);
}

/** The event ranges among the holds that are in force; holds on a time have none. */
export function heldRanges(holds: readonly Hold[]): { first: number; next: number }[] {
  return holds.flatMap(({ released, scope }) =>
    released === undefined && "first" in scope ? [{ first: scope.first, next: scope.next }] : [],
  );
}
