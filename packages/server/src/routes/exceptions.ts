// SPDX-License-Identifier: Apache-2.0
import type { RuleSet } from "@telltale/sigma";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { AlertStore } from "../alert/alert.js";
import type { EvidenceLog } from "../alert/evidence.js";
import { DEFAULT_DAYS, EXCEPTION_STATES, MOST_DAYS } from "../alert/exceptions/exception.js";
import { type Exceptions, toConditionsError } from "../alert/exceptions/exceptions.js";
import { type Conditions, toLiteral } from "../alert/exceptions/filter.js";
import { type ExceptionPreview, previewException } from "../alert/exceptions/preview.js";
import { type ExceptionScope, toScope } from "../alert/exceptions/scope.js";
import { ApiError } from "../errors.js";
import type { Tables } from "../state/tables.js";
import { exceptionShape, previewShape } from "./alert-shapes.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { freeText, plainName, whyBody } from "./define.js";

export interface ExceptionRouteParts {
  readonly exceptions: Exceptions;
  readonly alerts: Pick<AlertStore, "get">;
  readonly rules: () => RuleSet;
  readonly db: Kysely<Tables>;
  readonly log: EvidenceLog;
  readonly now: () => number;
}

const DAY_MS = 86_400_000;
const PREVIEW_DAYS = 30;

const id = z.object({ id: z.string().max(100) });
const value = z.union([z.string().max(1_024), z.number(), z.boolean(), z.null()]);
const conditions = z
  .record(z.string().min(1).max(200), z.array(value).min(1).max(100))
  .refine(
    (fields) => Object.keys(fields).length > 0,
    "must have a condition: without one nothing would be found",
  )
  .refine((fields) => Object.keys(fields).length <= 10, "must have at most 10 fields");
const days = z.int().min(1).max(MOST_DAYS);
const words = (most: number) => freeText(1, most).refine((text) => text.trim() !== "", "must say something");

/** Exceptions: list, preview, make, change, end. */
export function registerExceptions(api: Api, parts: ExceptionRouteParts): void {
  registerReading(api, parts);
  registerPreview(api, parts);
  registerMaking(api, parts);
  registerChanging(api, parts);
}

function registerReading(api: Api, { exceptions }: ExceptionRouteParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/exceptions",
      access: "exceptions.read",
      summary: "List exceptions, those in force first, each with how often it kept an event from matching",
      query: z.strictObject({
        state: z.enum(EXCEPTION_STATES).optional(),
        rule: z.string().max(300).optional(),
      }),
      answer: z.object({ exceptions: z.array(exceptionShape) }),
    },
    async ({ query: { state, rule } }) => ({
      exceptions: await exceptions.list({
        ...(state === undefined ? {} : { state }),
        ...(rule === undefined ? {} : { rule }),
      }),
    }),
  );
  api.route(
    {
      method: "GET",
      url: "/v1/exceptions/:id",
      access: "exceptions.read",
      summary: "One exception, with its Sigma filter",
      params: id,
      answer: exceptionShape,
      errors: ["not_found"],
    },
    async ({ params }) => {
      const exception = await exceptions.get(params.id);
      if (exception === undefined)
        throw new ApiError("not_found", { message: "There is no exception with this id." });
      return exception;
    },
  );
}

function mustScope({ rules }: Pick<ExceptionRouteParts, "rules">, ruleId: string): ExceptionScope {
  const scope = toScope(rules(), ruleId);
  if (scope !== undefined) return scope;
  throw new ApiError("bad_request", {
    message:
      "rule: no rule in force has this id, or a rule below it has neither id nor name. What Telltale reports of itself has no exceptions.",
  });
}

async function preview(
  parts: ExceptionRouteParts,
  ruleId: string,
  where: Conditions,
  since: number,
): Promise<ExceptionPreview> {
  try {
    return await previewException(parts, mustScope(parts, ruleId), where, since);
  } catch (cause) {
    throw toConditionsError(cause);
  }
}

function registerPreview(api: Api, parts: ExceptionRouteParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/alerts/:id/exception",
      access: "exceptions.read",
      summary:
        "What an exception made from an alert would begin with: its rule, and its key's fields as conditions",
      params: id,
      answer: z.object({
        rule: z.string(),
        title: z.string(),
        where: exceptionShape.shape.where,
        rules: z.array(z.string()),
        days: z.int(),
      }),
      errors: ["not_found"],
    },
    async ({ params }) => {
      const alert = await parts.alerts.get(params.id);
      if (alert === undefined)
        throw new ApiError("not_found", { message: "There is no alert with this id." });
      const scope = mustScope(parts, alert.ruleId);
      // The values come from events: a star that an attacker wrote must not become a wildcard.
      const where = Object.fromEntries(
        Object.entries(alert.group).map(([field, text]) => [field, [toLiteral(text)]]),
      );
      return { rule: alert.ruleId, title: alert.title, where, rules: scope.titles, days: DEFAULT_DAYS };
    },
  );
  api.route(
    {
      method: "POST",
      url: "/v1/exceptions/preview",
      access: "exceptions.read",
      summary:
        "How many alerts of the last days an exception would have taken away, and whether a confirmed attack is among them",
      body: z.strictObject({
        rule: z.string().max(300),
        where: conditions,
        days: days.optional(),
      }),
      answer: previewShape,
    },
    ({ body }) => preview(parts, body.rule, body.where, body.days ?? PREVIEW_DAYS),
  );
}

function registerMaking(api: Api, parts: ExceptionRouteParts): void {
  const { exceptions, now } = parts;
  api.route(
    {
      method: "POST",
      url: "/v1/exceptions",
      access: "exceptions.manage",
      summary:
        "Make an exception: from now on the rule does not match these events. One that would hide a confirmed attack needs `acceptTruePositives`",
      body: z.strictObject({
        rule: z.string().max(300),
        title: plainName(1, 200).optional(),
        where: conditions,
        reason: words(1_000),
        owner: plainName(1, 128).optional(),
        days: days.optional(),
        acceptTruePositives: z.boolean().optional(),
      }),
      answer: exceptionShape,
      errors: ["conflict", "unavailable"],
    },
    async ({ body, request, reply }) => {
      const caller = toCaller(request);
      const seen = await preview(parts, body.rule, body.where, PREVIEW_DAYS);
      const hidden = seen.truePositives.length;
      if (hidden > 0 && body.acceptTruePositives !== true)
        throw new ApiError("conflict", {
          message: `${hidden} confirmed true positive${hidden === 1 ? "" : "s"} would not have been found with this exception. Narrow it, or accept it: acceptTruePositives, on the command line --accept-true-positives.`,
        });
      const facts = {
        previewDays: seen.days,
        vanishing: seen.vanishing,
        shrinking: seen.shrinking,
        truePositives: seen.truePositives.map((alert) => alert.id).slice(0, 20),
      };
      const made = await exceptions.create(
        {
          ruleId: body.rule,
          title:
            body.title ?? `Except from ${mustScope(parts, body.rule).titles[0] ?? body.rule}`.slice(0, 200),
          reason: body.reason,
          owner: body.owner ?? caller.name,
          where: body.where,
          expires: now() + (body.days ?? DEFAULT_DAYS) * DAY_MS,
        },
        caller,
        facts,
      );
      void reply.status(201);
      return made;
    },
  );
}

function registerChanging(api: Api, { exceptions, now }: ExceptionRouteParts): void {
  api.route(
    {
      method: "PATCH",
      url: "/v1/exceptions/:id",
      access: "exceptions.manage",
      summary: "Change who answers for an exception, why, or for how many days from now it holds",
      params: id,
      body: z
        .strictObject({
          reason: words(1_000).optional(),
          owner: plainName(1, 128).optional(),
          days: days.optional(),
        })
        .refine((value) => Object.keys(value).length > 0, "must name at least one field to change"),
      answer: exceptionShape,
      errors: ["not_found", "conflict", "unavailable"],
    },
    ({ params, body: { reason, owner, days: more }, request }) =>
      exceptions.change(
        params.id,
        {
          ...(reason === undefined ? {} : { reason }),
          ...(owner === undefined ? {} : { owner }),
          ...(more === undefined ? {} : { expires: now() + more * DAY_MS }),
        },
        toCaller(request),
      ),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/exceptions/:id/end",
      access: "exceptions.manage",
      summary: "End an exception now; it stays in the list",
      params: id,
      body: whyBody,
      answer: exceptionShape,
      errors: ["not_found", "conflict", "unavailable"],
    },
    ({ params, body, request }) => exceptions.end(params.id, body.reason, toCaller(request)),
  );
}
