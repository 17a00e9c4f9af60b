// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";
import { toActor } from "../self-log.js";
import { hashContent, type ReviewContent, toReviewEventId } from "./content.js";
import { toPeriodName } from "./period-name.js";
import type { ReviewActor, ReviewComment, ReviewSignature } from "./review.js";

// What a review leaves in the log. All of an event follows from what is stored, nothing from the moment: sealed again
// after a crash it has the same id and the same bytes, and the sealer drops it.

/** A review as events speak of it. */
export interface ReviewFacts {
  readonly content: ReviewContent;
  readonly contentSha256: string;
}

const SYSTEM: ReviewActor = { kind: "system", id: "review", name: "Telltale", role: "" };

/** `toActor` with the roles left out where there are none. */
function actorOf({ role, ...by }: ReviewActor): NonNullable<SentEvent["actor"]> {
  return toActor(role === "" ? by : { ...by, role });
}

interface Parts extends Pick<SentEvent, "action" | "outcome" | "level"> {
  readonly part?: string;
  readonly at: string;
  readonly by: ReviewActor;
  readonly message: string;
  readonly data?: Record<string, unknown>;
}

function toEvent({ content, contentSha256 }: ReviewFacts, parts: Parts): SentEvent {
  const { action, outcome, level, part, at, by, message, data } = parts;
  const { id, period, checkpoint } = content;
  return {
    v: 1,
    id: toReviewEventId(id, action, part),
    time: at,
    // No version: an upgrade must not make another event of the same deed.
    source: { app: "telltale" },
    action,
    outcome,
    level,
    message,
    actor: actorOf(by),
    targets: [{ type: "review", id, name: toPeriodName(period) }],
    data: { period, contentSha256, size: checkpoint.size, root: checkpoint.root, ...data },
  };
}

export function toCreatedEvent(facts: ReviewFacts, by: ReviewActor = SYSTEM): SentEvent {
  const { kind, made, sections } = facts.content;
  return toEvent(facts, {
    action: "log_review_created",
    outcome: "success",
    level: "info",
    at: made,
    by,
    message: `The review of ${toPeriodName(facts.content.period)} was made`,
    data: { kind, counts: Object.fromEntries(sections.map(({ id, count }) => [id, count])) },
  });
}

/** `place` is the number of the comment in its review; it tells two equal comments apart. */
export function toCommentedEvent(
  facts: ReviewFacts,
  { at, by, text }: ReviewComment,
  place: number,
): SentEvent {
  return toEvent(facts, {
    action: "log_review_commented",
    outcome: "success",
    level: "info",
    part: String(place),
    at,
    by,
    message: text,
    data: { place },
  });
}

export type UnsealedSignature = Omit<ReviewSignature, "eventId" | "eventIndex">;

/** The signature: who says what about which bytes, made from which state of the log. */
export function toSignedEvent(facts: ReviewFacts, signature: UnsealedSignature): SentEvent {
  const { at, by, statement, comments } = signature;
  return toEvent(facts, {
    action: "log_review_signed",
    outcome: "success",
    level: "info",
    part: hashContent(JSON.stringify([by.id, at])),
    at,
    by,
    message: statement,
    data: { statement, comments },
  });
}

export function toOverdueEvent(facts: ReviewFacts, { at, due }: { at: string; due: string }): SentEvent {
  return toEvent(facts, {
    action: "log_review_overdue",
    outcome: "failure",
    level: "warn",
    at,
    by: SYSTEM,
    message: `Nobody signed the review of ${toPeriodName(facts.content.period)} by ${due}`,
    data: { due },
  });
}
