// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { DiskWatch } from "../follow/retain/disk.js";
import { RetainError } from "../follow/retain/error.js";
import type { Hold } from "../follow/retain/holds.js";
import type { Retain } from "../follow/retain/retain.js";
import type { AccessRule } from "../http/guard.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { freeText, plainName, whyBody } from "./define.js";

export interface RetentionRouteParts {
  retain: Pick<Retain, "status" | "runNow" | "place" | "release">;
  disk: Pick<DiskWatch, "forecast">;
  /** Who may look, and who may remove and hold. */
  access: { read: AccessRule; manage: AccessRule };
}

const count = z.int().min(0);
const instant = z.iso.datetime();
const range = z.object({ first: count, next: count });

const index = z.int("must be a whole number").min(0).max(Number.MAX_SAFE_INTEGER);
const newHold = z.strictObject({
  name: plainName(1, 100),
  reason: freeText(1, 500),
  scope: z.union(
    [
      z.strictObject({ first: index, next: index }),
      z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
    ],
    "must be { first, next } of events or { from, to } in UTC",
  ),
});

const holdShape = z.object({
  id: z.string(),
  name: z.string(),
  reason: z.string(),
  scope: z.union([range, z.object({ from: instant, to: instant })]),
  placed: instant,
  placedBy: z.string(),
  released: instant.nullable(),
  releasedBy: z.string().nullable(),
  releaseReason: z.string().nullable(),
});

const retentionShape = z.object({
  policy: z.object({
    searchableDays: count,
    keptDays: count,
    clock: z.literal("received"),
    override: z.object({ name: z.string(), reason: z.string() }).nullable(),
    hash: z.string().nullable(),
  }),
  size: count,
  firstKept: count,
  pruned: z.array(range),
  searchableFrom: count,
  nextDue: instant.nullable(),
  waiting: count,
  archiving: z.boolean(),
  lastRun: instant.nullable(),
  lastError: z.string().nullable(),
  holds: z.array(holdShape),
  storage: z.object({
    segments: count,
    compressed: count,
    bytes: count,
    oldest: instant.nullable(),
    oldestSearchable: instant.nullable(),
  }),
  disk: z
    .object({
      freeBytes: count,
      totalBytes: count,
      limitBytes: count,
      bytesPerDay: z.number().nullable(),
      daysUntilFull: z.number().nullable(),
      since: instant.nullable(),
      freeBytesThen: count.nullable(),
      full: z.boolean(),
    })
    .nullable(),
});

const runShape = z.object({
  certified: count,
  waiting: count,
  blocked: z.array(z.object({ first: count, next: count, holds: z.array(z.string()) })),
});

function toHoldAnswer(hold: Hold): z.output<typeof holdShape> {
  const { released, releasedBy, releaseReason, ...rest } = hold;
  return {
    ...rest,
    released: released ?? null,
    releasedBy: releasedBy ?? null,
    releaseReason: releaseReason ?? null,
  };
}

function toInstant(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}

/** A failure of this stage as the API answers it. */
function toApiError(error: unknown): unknown {
  if (!(error instanceof RetainError)) return error;
  if (error.code === "retain_bad_hold")
    return new ApiError("bad_request", { message: error.message, cause: error });
  if (error.code === "retain_no_hold") return new ApiError("not_found", { cause: error });
  return new ApiError("unavailable", { cause: error, retryAfter: 60 });
}

async function orApiError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toApiError(error);
  }
}

async function toStatusAnswer({
  retain,
  disk,
}: RetentionRouteParts): Promise<z.output<typeof retentionShape>> {
  const status = await retain.status();
  const { searchableDays, keptDays, override } = status.policy;
  const forecast = disk.forecast();
  const { storage } = status;
  return {
    policy: {
      searchableDays,
      keptDays,
      clock: "received",
      override: override === undefined ? null : { name: override.name, reason: override.reason },
      hash: status.policyHash ?? null,
    },
    size: status.size,
    firstKept: status.firstKept,
    pruned: status.pruned.map(({ first, next }) => ({ first, next })),
    searchableFrom: status.searchableFrom,
    nextDue: toInstant(status.nextDue),
    waiting: status.waiting,
    archiving: status.archiving,
    lastRun: toInstant(status.lastRun),
    lastError: status.lastError ?? null,
    holds: status.holds.map(toHoldAnswer),
    storage: {
      ...storage,
      oldest: toInstant(storage.oldest),
      oldestSearchable: toInstant(storage.oldestSearchable),
    },
    disk:
      forecast === undefined
        ? null
        : {
            ...forecast,
            since: toInstant(forecast.since),
            freeBytesThen: forecast.freeBytesThen ?? null,
            bytesPerDay: forecast.bytesPerDay ?? null,
            daysUntilFull: forecast.daysUntilFull ?? null,
          },
  };
}

/** What is kept, until when, and what must be. */
export function registerRetention(api: Api, parts: RetentionRouteParts): void {
  const { retain, access } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/retention",
      access: access.read,
      summary: "Policy, what was pruned, holds, and how long the disk lasts",
      answer: retentionShape,
    },
    () => toStatusAnswer(parts),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/retention/run",
      access: access.manage,
      summary: "Remove now what the policy no longer keeps and no hold blocks",
      answer: runShape,
      errors: ["unavailable"],
    },
    () =>
      orApiError(async (): Promise<z.output<typeof runShape>> => {
        const { certified, waiting, blocked } = await retain.runNow();
        return {
          certified,
          waiting,
          blocked: blocked.map(({ first, next, holds }) => ({ first, next, holds: [...holds] })),
        };
      }),
  );
  registerHolds(api, parts);
}

function registerHolds(api: Api, { retain, access }: RetentionRouteParts): void {
  api.route(
    {
      method: "POST",
      url: "/v1/holds",
      access: access.manage,
      summary: "Place a legal hold on events or on a time; nothing under it is removed from the answer on",
      body: newHold,
      answer: z.object({ hold: holdShape }),
    },
    async ({ body, request, reply }) => {
      const hold = await orApiError(async () => retain.place(body, toCaller(request)));
      void reply.status(201);
      return { hold: toHoldAnswer(hold) };
    },
  );
  api.route(
    {
      method: "DELETE",
      url: "/v1/holds/:id",
      access: access.manage,
      summary: "Release a legal hold; it stays in the list, with who released it",
      params: z.object({ id: z.string().max(100) }),
      body: whyBody.optional(),
      answer: z.object({ hold: holdShape }),
      errors: ["not_found"],
    },
    async ({ params, body, request }) => ({
      hold: toHoldAnswer(await orApiError(() => retain.release(params.id, toCaller(request), body?.reason))),
    }),
  );
}
