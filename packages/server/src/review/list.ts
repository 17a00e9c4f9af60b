// SPDX-License-Identifier: Apache-2.0
import type { Kysely } from "kysely";
import { ApiError } from "../errors.js";
import type { Tables } from "../state/tables.js";
import type { ReviewCounts, ReviewPage, ReviewStatus } from "./review.js";
import { readSignatures, SUMMARY_COLUMNS, toSummary } from "./rows.js";

export interface ReviewFilter {
  /** `open` is everything that is not signed. */
  readonly status?: ReviewStatus;
  readonly limit?: number;
  readonly cursor?: string;
}

const TENANT = "";
const DEFAULT_LIMIT = 30;
const MAX_LIMIT = 200;

function toCursorText(to: string, id: string): string {
  return Buffer.from(JSON.stringify([to, id])).toString("base64url");
}

function parseCursor(text: string): [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text.slice(0, 200), "base64url").toString());
    if (Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "string"))
      return value as [string, string];
  } catch {
    // Falls through: what cannot be read is answered like what does not fit.
  }
  throw new ApiError("bad_request", { message: "cursor: not one that this server gave." });
}

function signed(db: Kysely<Tables>) {
  return db.selectFrom("review_signatures").select("review_id").where("sealed", "=", 1);
}

/** Reviews, the newest period first. Throws ApiError `bad_request` for a cursor that is none. */
export async function listReviews(
  db: Kysely<Tables>,
  { status, limit = DEFAULT_LIMIT, cursor }: ReviewFilter,
  now: number,
): Promise<ReviewPage> {
  const size = Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit)));
  let query = db
    .selectFrom("reviews")
    .select([...SUMMARY_COLUMNS])
    .where("tenant", "=", TENANT);
  if (status === "signed") query = query.where("id", "in", signed(db));
  else if (status !== undefined) query = query.where("id", "not in", signed(db));
  if (status === "overdue") query = query.where("due", "<=", new Date(now).toISOString());
  if (cursor !== undefined) {
    const [to, id] = parseCursor(cursor);
    query = query.where((eb) =>
      eb.or([eb("to_time", "<", to), eb.and([eb("to_time", "=", to), eb("id", "<", id)])]),
    );
  }
  const rows = await query
    .orderBy("to_time", "desc")
    .orderBy("id", "desc")
    .limit(size + 1)
    .execute();
  const page = rows.slice(0, size);
  const signatures = await readSignatures(
    db,
    page.map(({ id }) => id),
  );
  const last = page.at(-1);
  return {
    reviews: page.map((row) => toSummary(row, signatures.get(row.id), now)),
    next: rows.length > size && last !== undefined ? toCursorText(last.to_time, last.id) : null,
    counts: await countReviews(db, now),
  };
}

export async function countReviews(db: Kysely<Tables>, now: number): Promise<ReviewCounts> {
  const open = db
    .selectFrom("reviews")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("tenant", "=", TENANT)
    .where("id", "not in", signed(db));
  const all = await open.executeTakeFirstOrThrow();
  const overdue = await open.where("due", "<=", new Date(now).toISOString()).executeTakeFirstOrThrow();
  return { open: all.n, overdue: overdue.n };
}
