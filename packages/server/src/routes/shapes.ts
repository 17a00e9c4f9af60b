// SPDX-License-Identifier: Apache-2.0
import { eventSchema } from "@telltale/event/schema";
import { z } from "zod";
import { KEY_ROLES, USER_ROLES } from "../access/permissions.js";
import { reviewCountsShape } from "./review-shapes.js";

// The shapes of answers, for /openapi.json. What comes in is validated by the same kind of schema in each route.

const count = z.int().min(0);
const instant = z.iso.datetime();

export const sessionShape = z.object({
  user: z.object({ id: z.string(), name: z.string(), role: z.enum(USER_ROLES) }),
  csrf: z.string(),
});

export const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(KEY_ROLES),
  app: z.string().optional(),
  created: instant,
  createdBy: z.string(),
  tenant: z.string().optional(),
  lastUsed: instant.nullable(),
  expires: instant.optional(),
  revoked: instant.optional(),
});

// The sender's part and what the server put in front.
const sealedEvent = (eventSchema as unknown as z.ZodObject).extend({
  received: instant,
  via: z.string(),
  tenant: z.string().optional(),
});

const sealedShape = z.object({ index: count, event: sealedEvent });

// Every answer says whether it covers all that is committed.
const completeness = {
  complete: z.boolean(),
  reason: z.enum(["indexing", "timeout", "unreadable"]).optional(),
  indexed: count,
  size: count,
};

export const searchShape = z.object({
  events: z.array(sealedShape),
  next: z.string().nullable(),
  ...completeness,
  /** Fields in which aliases or tokens were looked for, too. */
  resolved: z.array(z.object({ field: z.string(), as: z.enum(["alias", "token"]) })).optional(),
});

export const eventShape = z.object({ index: count, event: sealedEvent, line: z.string() });

export const histogramShape = z.object({
  from: z.number(),
  to: z.number(),
  bucketMs: z.number(),
  unit: z.string(),
  buckets: z.array(z.object({ t: z.number(), success: count, failure: count, denied: count, other: count })),
  total: count,
  ...completeness,
});

const witnessShape = z.object({
  state: z.enum(["witnessed", "pending", "unwitnessed"]),
  newest: z.object({ size: count, time: instant, checkpoint: z.string() }).nullable(),
  unwitnessedSince: instant.nullable(),
  witnesses: z.array(
    z.object({
      name: z.string(),
      vkey: z.string(),
      size: count,
      cosigned: instant.nullable(),
      trouble: z.object({ code: z.string(), message: z.string(), since: instant }).nullable(),
    }),
  ),
});

export const statusShape = z.object({
  version: z.string(),
  origin: z.string(),
  vkey: z.string(),
  size: count,
  checkpoint: z.object({ text: z.string(), size: count, root: z.string(), time: z.number() }),
  verified: z
    .object({
      from: count,
      to: count,
      verdict: z.enum(["intact", "unwitnessed", "incomplete", "tampered", "unverifiable"]),
      time: instant,
    })
    .nullable(),
  witness: witnessShape.nullable(),
  followers: z.array(
    z.object({
      name: z.string(),
      next: count,
      lag: count,
      /** Of a target of forwarding, unless it runs; `failed` needs a person. */
      state: z.enum(["waiting", "failed", "paused"]).optional(),
      error: z.string().optional(),
    }),
  ),
  alerts: z.object({ open: count }),
  reviews: reviewCountsShape,
  /** The rules in force; `problem` says why what lies in the folders is not. */
  rules: z
    .object({
      set: z.string(),
      count,
      since: count,
      problem: z
        .object({
          message: z.string(),
          code: z.string(),
          file: z.string().optional(),
          line: count.optional(),
          key: z.string().optional(),
          since: count,
        })
        .nullable(),
    })
    .optional(),
  uptimeMs: count,
  demo: z.boolean().optional(),
});

export const ingestShape = z.object({
  accepted: count,
  duplicates: count,
  rejected: z.array(z.object({ line: count, code: z.string(), message: z.string() })),
  rejectedTotal: count.optional(),
  first: count.nullable(),
  last: count.nullable(),
  checkpoint: z.string(),
  consistency: z.array(z.base64()).optional(),
});
