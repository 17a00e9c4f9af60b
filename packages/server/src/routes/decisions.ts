// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Access } from "../access/access.js";
import { ApiError } from "../errors.js";
import type { Decision } from "../respond/decision.js";
import { DECISION_KINDS, TARGET_TYPES } from "../respond/decision.js";
import type { DecisionStream } from "../respond/decision-stream.js";
import { type Decisions, MAX_FOR_MS } from "../respond/decisions.js";
import { mustPrincipal, toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { freeText, plainText, whyBody, wholeNumber } from "./define.js";

export interface DecisionRouteParts {
  decisions: Decisions;
  decisionStream: DecisionStream;
  access: Pick<Access, "keys">;
  now: () => number;
}

const instant = z.iso.datetime();
const targetShape = z.object({ type: z.enum(TARGET_TYPES), value: z.string() });
const decisionShape = z.object({
  id: z.string(),
  kind: z.enum(DECISION_KINDS),
  /** An actor who has an alias is shown by it, a session by its SHA-256. */
  target: targetShape,
  app: z.string().optional(),
  reason: z.string(),
  made: instant,
  by: z.string(),
  alert: z.string().optional(),
  expires: instant,
  inForce: z.boolean(),
  ended: instant.optional(),
  endedBy: z.string().optional(),
  endReason: z.string().optional(),
});

function toAnswer(decision: Decision, now: number): z.output<typeof decisionShape> {
  const { id, kind, target, app, reason, made, by, alert, expires, ended, endedBy, endReason } = decision;
  return {
    id,
    kind,
    target: { ...target },
    ...(app === undefined ? {} : { app }),
    reason,
    made,
    by: by.name ?? by.id,
    ...(alert === undefined ? {} : { alert }),
    expires: new Date(expires).toISOString(),
    inForce: ended === undefined && expires > now,
    ...(ended === undefined ? {} : { ended }),
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(endReason === undefined ? {} : { endReason }),
  };
}

const newDecision = z.strictObject({
  kind: z.enum(DECISION_KINDS),
  target: z.strictObject({ type: z.enum(TARGET_TYPES), value: plainText(1, 256) }),
  reason: freeText(1, 500),
  forSeconds: z
    .int()
    .min(1, "must be at least 1")
    .max(MAX_FOR_MS / 1_000, `must be at most ${MAX_FOR_MS / 1_000}`),
  app: plainText(1, 128).optional(),
  alert: z.string().max(100).optional(),
});

/** Decisions that applications follow: made and lifted by people, listed, and streamed to the SDK. */
export function registerDecisions(api: Api, parts: DecisionRouteParts): void {
  const { decisions, now } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/decisions",
      access: "decisions.read",
      summary: "What applications are told to do, and were: the newest first",
      query: z.strictObject({ limit: wholeNumber(1, 500, 100) }),
      answer: z.object({ decisions: z.array(decisionShape) }),
    },
    async ({ query }) => ({
      decisions: (await decisions.list(query.limit)).map((each) => toAnswer(each, now())),
    }),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/decisions",
      access: "decisions.make",
      summary:
        "Have applications block an actor or address, ask for more proof or end a session; in the log before it is in force",
      body: newDecision,
      answer: z.object({ decision: decisionShape }),
      errors: ["conflict"],
    },
    async ({ body, request, reply }) => {
      const { forSeconds, ...wanted } = body;
      const { tenant } = mustPrincipal(request);
      const made = await decisions.make({ ...wanted, tenant, forMs: forSeconds * 1_000 }, toCaller(request));
      void reply.status(201);
      return { decision: toAnswer(made, now()) };
    },
  );
  api.route(
    {
      method: "DELETE",
      url: "/v1/decisions/:id",
      access: "decisions.make",
      summary: "Lift a decision before its time; in the log before it is so",
      params: z.object({ id: z.string().max(100) }),
      body: whyBody,
      answer: z.object({ decision: decisionShape }),
      errors: ["not_found"],
    },
    async ({ params, body, request }) => ({
      decision: toAnswer(await decisions.lift(params.id, body.reason, toCaller(request)), now()),
    }),
  );
  registerFollow(api, parts);
}

function registerFollow(api: Api, { decisionStream, access }: DecisionRouteParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/decisions/stream",
      access: "decisions.follow",
      summary: "Follow the decisions about one application: `state`, then `made`, `ended` and `alive`",
      query: z.strictObject({ app: plainText(1, 128).optional() }),
      answer: "text/event-stream",
      errors: ["overloaded"],
    },
    ({ query, request, reply }) => {
      const principal = mustPrincipal(request);
      const token = (request.headers.authorization ?? "").slice("Bearer ".length).trim();
      if (decisionStream.isFull(principal.id))
        throw new ApiError("overloaded", { message: "Too many follow decisions.", retryAfter: 10 });
      const response = reply.raw;
      const head = reply
        .type("text/event-stream; charset=utf-8")
        .header("x-accel-buffering", "no")
        .getHeaders();
      reply.hijack();
      request.raw.setTimeout(0);
      response.writeHead(200, head as Record<string, string>);
      decisionStream.add({
        response,
        owner: principal.id,
        // What the key is bound to has the last word.
        app: (principal.kind === "key" ? principal.app : undefined) ?? query.app,
        tenant: principal.tenant,
        isStillAllowed: () => access.keys.verify(token)?.id === principal.id,
      });
    },
  );
}
