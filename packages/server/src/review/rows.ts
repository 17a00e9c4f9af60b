// SPDX-License-Identifier: Apache-2.0
import type { Kysely, Selectable } from "kysely";
import type { ReviewCommentTable, ReviewSignatureTable, ReviewTable, Tables } from "../state/tables.js";
import { parseContent, type ReviewKind } from "./content.js";
import type {
  Review,
  ReviewActor,
  ReviewComment,
  ReviewSignature,
  ReviewStatus,
  ReviewSummary,
} from "./review.js";

export type ReviewRow = Selectable<ReviewTable>;
export type SignatureRow = Selectable<ReviewSignatureTable>;
type CommentRow = Selectable<ReviewCommentTable>;

/** Who did it, as columns. */
export function toByColumns({ kind, id, name, role }: ReviewActor) {
  return { by_kind: kind, by_id: id, by_name: name, by_role: role };
}

function toActor(row: Pick<CommentRow, "by_kind" | "by_id" | "by_name" | "by_role">): ReviewActor {
  return { kind: row.by_kind as ReviewActor["kind"], id: row.by_id, name: row.by_name, role: row.by_role };
}

export function toComment(row: CommentRow): ReviewComment {
  return { at: row.at, by: toActor(row), text: row.text };
}

export function toSignature(row: SignatureRow): ReviewSignature {
  return {
    at: row.at,
    by: toActor(row),
    statement: row.statement,
    contentSha256: row.content_hash,
    comments: row.comments,
    eventId: row.event_id,
    eventIndex: row.event_index,
  };
}

/** A signature counts when its event is in the log. */
export function isSealed(row: SignatureRow | undefined): row is SignatureRow {
  return row !== undefined && row.sealed === 1;
}

type SummaryRow = Omit<
  ReviewRow,
  "content" | "tenant" | "log" | "overdue_size" | "overdue_settled" | "content_hash"
>;

/** Columns of a list: all but the content. */
export const SUMMARY_COLUMNS = [
  "id",
  "kind",
  "name",
  "from_time",
  "to_time",
  "created",
  "due",
  "complete",
  "counts",
  "overdue",
  "overdue_alert",
] as const;

export function toSummary(row: SummaryRow, signature: SignatureRow | undefined, now: number): ReviewSummary {
  const signed = isSealed(signature) ? signature : undefined;
  const isLate = row.overdue !== null || Date.parse(row.due) <= now;
  const status: ReviewStatus = signed !== undefined ? "signed" : isLate ? "overdue" : "open";
  return {
    id: row.id,
    kind: row.kind as ReviewKind,
    name: row.name,
    status,
    from: row.from_time,
    to: row.to_time,
    created: row.created,
    due: row.due,
    complete: row.complete === 1,
    counts: JSON.parse(row.counts) as Record<string, number | null>,
    signedAt: signed?.at ?? null,
    signedBy: signed?.by_name ?? null,
  };
}

export async function readSignatures(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SignatureRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("review_signatures").selectAll().where("review_id", "in", ids).execute();
  return new Map(rows.map((row) => [row.review_id, row]));
}

/** A whole review; undefined when there is none. */
export async function readReview(db: Kysely<Tables>, id: string, now: number): Promise<Review | undefined> {
  const row = await db.selectFrom("reviews").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  const signature = (await readSignatures(db, [id])).get(id);
  const comments = await db
    .selectFrom("review_comments")
    .selectAll()
    .where("review_id", "=", id)
    .orderBy("id")
    .execute();
  return {
    ...toSummary(row, signature, now),
    content: parseContent(row.content),
    contentSha256: row.content_hash,
    comments: comments.map(toComment),
    signature: isSealed(signature) ? toSignature(signature) : null,
    alert: row.overdue_alert,
  };
}
