// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { MISSING, REVIEW_KINDS } from "../review/content.js";
import { REVIEW_STATUSES } from "../review/review.js";

const count = z.int().min(0);
const instant = z.iso.datetime();

const by = z.object({
  kind: z.enum(["user", "key", "system"]),
  id: z.string(),
  name: z.string(),
  role: z.string(),
});

const sectionShape = z.object({
  id: z.string(),
  title: z.string(),
  query: z.string().nullable(),
  count: count.nullable(),
  complete: z.boolean(),
  missing: z.array(z.enum(MISSING)),
  groups: z.array(
    z.object({
      field: z.string(),
      distinct: count,
      top: z.array(z.object({ value: z.string(), count })),
    }),
  ),
  rows: z.array(
    z.object({
      index: count.nullable(),
      at: instant,
      level: z.string(),
      text: z.string(),
      alert: z.string().optional(),
    }),
  ),
});

const contentShape = z.object({
  v: z.literal(1),
  id: z.string(),
  kind: z.enum(REVIEW_KINDS),
  log: z.string(),
  period: z.object({ from: instant, to: instant, zone: z.string() }),
  made: instant,
  checkpoint: z.object({ size: count, root: z.string() }),
  indexed: count,
  rules: z.object({ set: z.string(), count }),
  integrity: z.object({ verdict: z.string(), from: count, to: count, time: instant }).nullable(),
  sections: z.array(sectionShape),
});

const summary = {
  id: z.string(),
  kind: z.enum(REVIEW_KINDS),
  name: z.string(),
  status: z.enum(REVIEW_STATUSES),
  from: instant,
  to: instant,
  created: instant,
  due: instant,
  complete: z.boolean(),
  counts: z.record(z.string(), count.nullable()),
  signedAt: instant.nullable(),
  signedBy: z.string().nullable(),
};

export const reviewCountsShape = z.object({ open: count, overdue: count });

export const reviewPageShape = z.object({
  reviews: z.array(z.object(summary)),
  next: z.string().nullable(),
  counts: reviewCountsShape,
});

export const reviewShape = z.object({
  ...summary,
  content: contentShape,
  contentSha256: z.string(),
  comments: z.array(z.object({ at: instant, by, text: z.string() })),
  signature: z
    .object({
      at: instant,
      by,
      statement: z.string(),
      contentSha256: z.string(),
      comments: count,
      eventId: z.string(),
      eventIndex: count.nullable(),
    })
    .nullable(),
  alert: z.string().nullable(),
});
