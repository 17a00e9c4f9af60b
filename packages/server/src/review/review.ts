// SPDX-License-Identifier: Apache-2.0
import type { ReviewContent, ReviewKind } from "./content.js";

export const REVIEW_STATUSES = ["open", "overdue", "signed"] as const;
/** `overdue` is open past its time. */
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

/** Who did something to a review. */
export interface ReviewActor {
  readonly kind: "user" | "key" | "system";
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

export interface ReviewComment {
  readonly at: string;
  readonly by: ReviewActor;
  readonly text: string;
}

export interface ReviewSignature {
  readonly at: string;
  readonly by: ReviewActor;
  readonly statement: string;
  /** SHA-256 of the content that was signed, hex. */
  readonly contentSha256: string;
  /** Comments that were there when it was signed. */
  readonly comments: number;
  /** Id of the sealed event, and its index; null for the moment in which it is not known yet. */
  readonly eventId: string;
  readonly eventIndex: number | null;
}

/** A review in a list. */
export interface ReviewSummary {
  readonly id: string;
  readonly kind: ReviewKind;
  /** What people call the period: `2026-11-22`, or both its ends. */
  readonly name: string;
  readonly status: ReviewStatus;
  readonly from: string;
  readonly to: string;
  readonly created: string;
  readonly due: string;
  /** False: some section does not show all that happened. */
  readonly complete: boolean;
  /** Findings by section. */
  readonly counts: Readonly<Record<string, number | null>>;
  readonly signedAt: string | null;
  readonly signedBy: string | null;
}

export interface Review extends ReviewSummary {
  readonly content: ReviewContent;
  /** SHA-256 of the content's bytes, hex: what a signature names. */
  readonly contentSha256: string;
  readonly comments: readonly ReviewComment[];
  readonly signature: ReviewSignature | null;
  /** Alert that says it is overdue. */
  readonly alert: string | null;
}

export interface ReviewCounts {
  /** Not signed, overdue ones included. */
  readonly open: number;
  readonly overdue: number;
}

export interface ReviewPage {
  readonly reviews: readonly ReviewSummary[];
  readonly next: string | null;
  readonly counts: ReviewCounts;
}
