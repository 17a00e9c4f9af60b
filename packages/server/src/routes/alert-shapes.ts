// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ALERT_LEVELS, ALERT_STATUSES, ALERT_VERDICTS, CHANGE_FIELDS } from "../alert/words.js";
import { EXCEPTION_STATES } from "../alert/exceptions/exception.js";

// The shapes of answers about alerts and exceptions, for /openapi.json.

const count = z.int().min(0);
const instant = z.iso.datetime();

const by = z.object({
  kind: z.enum(["user", "key", "system"]),
  id: z.string(),
  name: z.string().optional(),
});

export const alertShape = z.object({
  id: z.string(),
  kind: z.enum(["alert", "finding"]),
  ruleId: z.string(),
  title: z.string(),
  description: z.string().optional(),
  level: z.enum(ALERT_LEVELS),
  tags: z.array(z.string()),
  status: z.enum(ALERT_STATUSES),
  verdict: z.enum(ALERT_VERDICTS).optional(),
  duplicateOf: z.string().optional(),
  assignee: z.string().optional(),
  key: z.string(),
  group: z.record(z.string(), z.string()),
  count,
  firstTime: z.number(),
  lastTime: z.number(),
  evidence: z.array(count),
  risk: z.int().min(0).max(100),
  regressed: count,
  snoozedUntil: z.number().optional(),
  mutedUntilCount: count.optional(),
  checks: z.array(z.object({ step: z.string(), text: z.string(), at: instant, by })),
  createdAt: instant,
  raisedAt: instant,
  updatedAt: instant,
  history: z.array(
    z.object({
      at: instant,
      by,
      field: z.enum(CHANGE_FIELDS),
      from: z.string().optional(),
      to: z.string().optional(),
    }),
  ),
});

export const alertPageShape = z.object({
  alerts: z.array(alertShape),
  next: z.string().nullable(),
  total: count,
});

export const precisionShape = z.object({
  ruleId: z.string(),
  title: z.string(),
  level: z.enum(ALERT_LEVELS),
  alerts: count,
  hits: count,
  lastHit: z.number(),
  open: count,
  verdicts: z.partialRecord(z.enum(ALERT_VERDICTS), count),
  precision: z.number().min(0).max(1).nullable(),
});

const step = z.object({ step: z.string(), text: z.string() });

const ruleShape = z.object({
  title: z.string(),
  description: z.string().nullable(),
  condition: z.object({
    type: z.string(),
    groupBy: z.array(z.string()),
    timespanMs: z.number().nullable(),
    bounds: z.array(z.object({ operator: z.string(), value: z.number() })),
    valueFields: z.array(z.string()),
    of: z.array(z.string()),
  }),
  falsePositives: z.array(z.string()),
  references: z.array(z.string()),
  text: z.string().nullable(),
  checklist: z.array(step),
});

export const alertContextShape = z.object({
  /** Null: no rule in force has raised it. */
  rule: ruleShape.nullable(),
  risk: z.array(z.object({ why: z.string(), points: z.number() })),
  attack: z.object({ techniques: z.array(z.string()), tactics: z.array(z.string()) }),
  precision: precisionShape.nullable(),
  similar: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      level: z.enum(ALERT_LEVELS),
      status: z.enum(ALERT_STATUSES),
      verdict: z.enum(ALERT_VERDICTS).optional(),
      group: z.record(z.string(), z.string()),
      count,
      lastTime: z.number(),
      sameRule: z.boolean(),
    }),
  ),
});

export const exceptionShape = z.object({
  id: z.string(),
  ruleId: z.string(),
  title: z.string(),
  reason: z.string(),
  owner: z.string(),
  where: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]))),
  filter: z.string(),
  state: z.enum(EXCEPTION_STATES),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  endedAt: instant.optional(),
  endedBy: z.string().optional(),
  endReason: z.string().optional(),
  hits: count,
  lastHit: instant.optional(),
});

const previewed = z.object({
  id: z.string(),
  title: z.string(),
  lastTime: z.number(),
  verdict: z.string().nullable(),
  isTruePositive: z.boolean(),
});

export const previewShape = z.object({
  days: count,
  alerts: count,
  vanishing: count,
  vanish: z.array(previewed),
  shrinking: count,
  shrink: z.array(previewed),
  unknown: count,
  truePositives: z.array(previewed),
  complete: z.boolean(),
  rules: z.array(z.string()),
});
