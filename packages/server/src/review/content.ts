// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { escapeDeceptive, uuidV8 } from "@telltale/event";
import type { Period } from "./schedule.js";

export const REVIEW_KINDS = ["daily", "manual"] as const;
/** Made by the schedule, or asked for by a person. */
export type ReviewKind = (typeof REVIEW_KINDS)[number];

/** Why a section may not show all that happened. */
export const MISSING = ["indexing", "pruned", "timeout", "failed", "unreadable"] as const;
export type Missing = (typeof MISSING)[number];

export interface ReviewGroup {
  /** Field that was counted. */
  readonly field: string;
  /** How many different values there are. */
  readonly distinct: number;
  /** The most frequent, the first most. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
}

/** One thing that happened, as a sample. */
export interface ReviewRow {
  /** Place in the log; null for an alert without evidence. */
  readonly index: number | null;
  /** RFC 3339. */
  readonly at: string;
  readonly level: string;
  readonly text: string;
  /** Id of the alert, when the row is one. */
  readonly alert?: string;
}

export interface ReviewSection {
  readonly id: string;
  readonly title: string;
  /** What was asked, in the search language; null for what is not a search. */
  readonly query: string | null;
  /** Null: it could not be counted. */
  readonly count: number | null;
  readonly complete: boolean;
  readonly missing: readonly Missing[];
  readonly groups: readonly ReviewGroup[];
  /** The newest, bounded. */
  readonly rows: readonly ReviewRow[];
}

/** What a review says. Made once, never changed; its bytes are what a person signs. */
export interface ReviewContent {
  readonly v: 1;
  readonly id: string;
  readonly kind: ReviewKind;
  /** Origin of the log. */
  readonly log: string;
  /** RFC 3339, by `received`: `from` inside, `to` outside. The zone in which a day of the schedule ends. */
  readonly period: { readonly from: string; readonly to: string; readonly zone: string };
  readonly made: string;
  /** The tree that it was made from; the root is base64. */
  readonly checkpoint: { readonly size: number; readonly root: string };
  /** Events that the search knew. */
  readonly indexed: number;
  /** The rules in force: name of the set and how many. */
  readonly rules: { readonly set: string; readonly count: number };
  /** What the server's own last verification found; null before the first. */
  readonly integrity: {
    readonly verdict: string;
    readonly from: number;
    readonly to: number;
    readonly time: string;
  } | null;
  readonly sections: readonly ReviewSection[];
}

/** The id of the review of a period: made again after a crash, it is the same review. */
export function toReviewId(log: string, kind: ReviewKind, { from, to }: Period): string {
  const parts = JSON.stringify(["telltale review 1", log, kind, from, to]);
  return uuidV8(createHash("sha256").update(parts).digest());
}

/** The id of an event about a review. `part` tells events of one kind apart. */
export function toReviewEventId(reviewId: string, action: string, part = ""): string {
  const parts = JSON.stringify(["telltale review event 1", reviewId, action, part]);
  return uuidV8(createHash("sha256").update(parts).digest());
}

/** The bytes of a content: JSON in the order of the type, with characters that deceive as escapes. */
export function toContentText(content: ReviewContent): string {
  return escapeDeceptive(JSON.stringify(content));
}

/** SHA-256 in hex of the bytes. */
export function hashContent(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Our own bytes, read back. Throws when they are not: somebody has changed the state. */
export function parseContent(text: string): ReviewContent {
  const value = JSON.parse(text) as ReviewContent;
  if (value.v !== 1 || !Array.isArray(value.sections)) throw new Error("a stored review cannot be read");
  return value;
}

/** True when every section shows all that happened. */
export function isComplete(content: ReviewContent): boolean {
  return content.sections.every((section) => section.complete);
}
