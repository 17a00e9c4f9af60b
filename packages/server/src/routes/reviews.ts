// SPDX-License-Identifier: Apache-2.0
import { LogError } from "@telltale/log";
import { protectText } from "@telltale/protect";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { ApiError, type ErrorCode } from "../errors.js";
import { SearchError } from "../follow/index/error.js";
import { addressOf } from "../http/address.js";
import { ReviewError, type ReviewErrorCode } from "../review/error.js";
import { toPeriodName } from "../review/period-name.js";
import { REPORT_CSP, toReport } from "../review/report.js";
import { REVIEW_STATUSES, type Review } from "../review/review.js";
import type { Reviews } from "../review/reviews.js";
import type { SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import { createFoldedLog } from "../self-log-fold.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { plainText, wholeNumber } from "./define.js";
import { reviewPageShape, reviewShape } from "./review-shapes.js";
import { parseTime } from "./time.js";

export interface ReviewRouteParts {
  reviews: Pick<Reviews, "list" | "get" | "contentText" | "make" | "comment" | "sign">;
  selfLog: SelfLog;
  now: () => number;
}

const id = z.object({ id: z.string().max(100) });
const words = (most: number) => plainText(1, most).refine((text) => text.trim() !== "", "must say something");
const OPENED_WINDOW_MS = 5 * 60_000;

const ERRORS: Readonly<Record<ReviewErrorCode, ErrorCode>> = {
  not_found: "not_found",
  signed: "conflict",
  changed: "conflict",
  full: "conflict",
  bad_period: "bad_request",
  behind: "unavailable",
  busy: "unavailable",
};
const RETRY_S = 10;

/** A failure of the reviews as the API answers it. */
function toApiError(cause: unknown): unknown {
  if (cause instanceof ReviewError) {
    const code = ERRORS[cause.code];
    const retry = code === "unavailable" ? { retryAfter: RETRY_S } : {};
    return new ApiError(code, { message: cause.message, cause, ...retry });
  }
  // Nothing of the deed is lost: what was begun is finished when the log or the search can work again.
  if (cause instanceof LogError || cause instanceof SearchError)
    return new ApiError("unavailable", { cause, retryAfter: RETRY_S });
  return cause;
}

async function orApiError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toApiError(error);
  }
}

/** Writes down who opened which review; the same within five minutes is one event. */
function createOpened(selfLog: SelfLog, now: () => number) {
  const folded = createFoldedLog(selfLog, now, { windowMs: OPENED_WINDOW_MS });
  return (request: FastifyRequest, { id, content }: Review, how: "page" | "report" | "content"): void => {
    const caller = toCaller(request);
    folded.emit(`${caller.id} ${id} ${how}`, {
      action: "log_review_opened",
      outcome: "success",
      actor: toActor(caller),
      targets: [{ type: "review", id, name: toPeriodName(content.period) }],
      client: { ip: addressOf(request) },
      data: { how },
    });
  };
}

/** List, make, read, comment and sign reviews. */
export function registerReviews(api: Api, parts: ReviewRouteParts): void {
  const { reviews } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/reviews",
      access: "reviews.read",
      summary: "List reviews, the newest period first; status `open` is everything that is not signed",
      query: z.strictObject({
        status: z.enum(REVIEW_STATUSES).optional(),
        limit: wholeNumber(1, 200, 30),
        cursor: z.string().max(300).optional(),
      }),
      answer: reviewPageShape,
    },
    ({ query: { status, limit, cursor } }) =>
      reviews.list({
        limit,
        ...(status === undefined ? {} : { status }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
  );
  registerReading(api, parts);
  registerDeeds(api, parts);
}

function registerReading(api: Api, { reviews, selfLog, now }: ReviewRouteParts): void {
  const opened = createOpened(selfLog, now);
  const mustGet = async (reviewId: string): Promise<Review> => {
    const review = await reviews.get(reviewId);
    if (review === undefined)
      throw new ApiError("not_found", { message: "There is no review with this id." });
    return review;
  };
  api.route(
    {
      method: "GET",
      url: "/v1/reviews/:id",
      access: "reviews.read",
      summary: "One review with its comments and its signature; opening it is an event",
      params: id,
      answer: reviewShape,
      errors: ["not_found"],
    },
    async ({ params, request }) => {
      const review = await mustGet(params.id);
      opened(request, review, "page");
      return review;
    },
  );
  api.route(
    {
      method: "GET",
      url: "/v1/reviews/:id/content",
      access: "reviews.read",
      summary: "The exact bytes whose SHA-256 a signature names",
      params: id,
      answer: "application/json",
      errors: ["not_found"],
    },
    async ({ params, request, reply }) => {
      opened(request, await mustGet(params.id), "content");
      void reply.type("application/json; charset=utf-8");
      return reviews.contentText(params.id);
    },
  );
  api.route(
    {
      method: "GET",
      url: "/v1/reviews/:id/report.html",
      access: "reviews.read",
      summary: "The review as one page that needs nothing else",
      params: id,
      answer: "text/html",
      errors: ["not_found"],
    },
    async ({ params, request, reply }) => {
      const review = await mustGet(params.id);
      opened(request, review, "report");
      void reply
        .type("text/html; charset=utf-8")
        .header("content-security-policy", `${REPORT_CSP}; frame-ancestors 'none'; sandbox`);
      return toReport(review);
    },
  );
}

function registerDeeds(api: Api, { reviews, now }: Pick<ReviewRouteParts, "reviews" | "now">): void {
  api.route(
    {
      method: "POST",
      url: "/v1/reviews",
      access: "reviews.write",
      summary: "Make the review of a period that is over; asked for again, it is the same review",
      body: z.strictObject({ from: z.string().min(1).max(40), to: z.string().min(1).max(40) }),
      answer: reviewShape,
      errors: ["unavailable"],
    },
    async ({ body, request, reply }) => {
      const at = now();
      const from = parseTime("from", body.from, at) ?? at;
      const to = parseTime("to", body.to, at) ?? at;
      const { review, made } = await orApiError(reviews.make({ from, to }, toCaller(request)));
      if (made) void reply.status(201);
      return review;
    },
  );
  api.route(
    {
      method: "POST",
      url: "/v1/reviews/:id/comments",
      access: "reviews.write",
      summary: "Comment on a review; the comment is an event before the answer",
      params: id,
      body: z.strictObject({ text: words(4_000) }),
      answer: reviewShape,
      errors: ["not_found", "conflict", "unavailable"],
    },
    // People paste what they found: a comment goes through protect like an event does.
    ({ params, body, request }) =>
      orApiError(reviews.comment(params.id, protectText(body.text).text, toCaller(request))),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/reviews/:id/sign",
      access: "reviews.sign",
      summary: "Sign a review, as a person; the signature is in the log before the answer",
      params: id,
      body: z.strictObject({
        statement: words(2_000),
        contentSha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits"),
      }),
      answer: reviewShape,
      errors: ["not_found", "conflict", "unavailable"],
    },
    ({ params, body, request }) =>
      orApiError(
        reviews.sign(
          params.id,
          { statement: protectText(body.statement).text, contentSha256: body.contentSha256 },
          toCaller(request),
        ),
      ),
  );
}
