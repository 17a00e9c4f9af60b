// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Alert, AlertPatch, AlertStore, AlertWhere } from "../alert/alert.js";
import { ALERT_ORDERS } from "../alert/alert.js";
import { MOST_AT_ONCE, MOST_MUTE } from "../alert/decide.js";
import { toAttack, toRiskParts } from "../alert/risk.js";
import type { Runbooks } from "../alert/runbook.js";
import { ALERT_LEVELS, ALERT_STATUSES, ALERT_VERDICTS } from "../alert/words.js";
import { ApiError } from "../errors.js";
import { alertContextShape, alertPageShape, alertShape, precisionShape } from "./alert-shapes.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { freeText, plainName, plainText, wholeNumber } from "./define.js";
import { parseTime } from "./time.js";

export interface AlertRouteParts {
  readonly alerts: AlertStore;
  readonly runbooks: Pick<Runbooks, "get">;
  readonly now: () => number;
}

const SIMILAR = 10;

const id = z.object({ id: z.string().max(100) });
const levels = z
  .string()
  .max(100)
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(ALERT_LEVELS)).max(ALERT_LEVELS.length));

const where = {
  status: z.enum([...ALERT_STATUSES, "open"]).optional(),
  kind: z.enum(["alert", "finding", "any"]).optional(),
  rule: z.string().max(300).optional(),
  verdict: z.enum([...ALERT_VERDICTS, "none"]).optional(),
  assignee: z.string().max(128).optional(),
  q: plainText(0, 200).optional(),
  since: z.string().max(40).optional(),
};

const change = {
  status: z.enum(["new", "in_progress", "resolved"]).optional(),
  verdict: z.enum(ALERT_VERDICTS).nullable().optional(),
  duplicateOf: z.string().max(100).optional(),
  assignee: plainName(1, 128).nullable().optional(),
  comment: freeText(0, 4_000).optional(),
  /** RFC 3339. */
  snooze: z.iso.datetime({ offset: true }).max(40).optional(),
  mute: z.int().min(2).max(MOST_MUTE).optional(),
};

const isNotEmpty = (value: object): boolean => Object.keys(value).length > 0;
const patch = z
  .strictObject({
    ...change,
    check: z.strictObject({ step: z.string().regex(/^[0-9a-f]{16}$/), done: z.boolean() }).optional(),
  })
  .refine(isNotEmpty, "must name at least one field to change");
const bulkChange = z.strictObject(change).refine(isNotEmpty, "must name at least one field to change");

type Change = z.output<typeof bulkChange>;
type Where = {
  [K in keyof typeof where]?: z.output<(typeof where)[K]>;
} & { level?: z.output<typeof levels> | undefined; unassigned?: boolean | undefined };

function toWhere(query: Where, now: number): AlertWhere {
  const { status, kind, level, rule, verdict, assignee, unassigned, q, since } = query;
  if (assignee !== undefined && unassigned === true)
    throw new ApiError("bad_request", { message: "assignee, unassigned: only one of them." });
  const from = since === undefined ? undefined : parseTime("since", since, now);
  return {
    ...(status === undefined ? {} : { status }),
    ...(kind === undefined ? {} : { kind }),
    ...(level === undefined ? {} : { levels: level }),
    ...(rule === undefined ? {} : { rule }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(unassigned === true ? { assignee: "none" as const } : {}),
    ...(assignee === undefined ? {} : { assignee: { name: assignee } }),
    ...(q === undefined ? {} : { text: q }),
    ...(from === undefined ? {} : { since: from }),
  };
}

function toPatch({ snooze, ...body }: Change): AlertPatch {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  const patch = Object.fromEntries(given) as AlertPatch;
  return snooze === undefined ? patch : { ...patch, snooze: Date.parse(snooze) };
}

/** List, read and decide alerts. */
export function registerAlerts(api: Api, parts: AlertRouteParts): void {
  registerReading(api, parts);
  registerContext(api, parts);
  registerDeciding(api, parts);
}

async function mustGet(alerts: AlertStore, alertId: string): Promise<Alert> {
  const alert = await alerts.get(alertId);
  if (alert === undefined) throw new ApiError("not_found", { message: "There is no alert with this id." });
  return alert;
}

function registerReading(api: Api, { alerts, now }: AlertRouteParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/alerts",
      access: "alerts.read",
      summary:
        "List alerts, the latest activity or the highest risk first; status `open` is new and in progress, kind `finding` what is below the level of alerts",
      query: z.strictObject({
        ...where,
        level: levels.optional(),
        unassigned: z.literal("true").optional(),
        order: z.enum(ALERT_ORDERS).optional(),
        limit: wholeNumber(1, 200, 50),
        cursor: z.string().max(300).optional(),
      }),
      answer: alertPageShape,
    },
    ({ query: { limit, cursor, order, unassigned, ...query } }) =>
      alerts.list({
        ...toWhere({ ...query, unassigned: unassigned !== undefined }, now()),
        limit,
        ...(order === undefined ? {} : { order }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
  );
  api.route(
    {
      method: "GET",
      url: "/v1/alerts/:id",
      access: "alerts.read",
      summary: "One alert with its history",
      params: id,
      answer: alertShape,
      errors: ["not_found"],
    },
    ({ params }) => mustGet(alerts, params.id),
  );
  api.route(
    {
      method: "GET",
      url: "/v1/rules/precision",
      access: "alerts.read",
      summary:
        "What verdicts say of each rule that found something: hits, last hit, true of true and false positives",
      query: z.strictObject({ rule: z.string().max(300).optional() }),
      answer: z.object({ rules: z.array(precisionShape) }),
    },
    async ({ query }) => ({ rules: await alerts.precision(query.rule) }),
  );
}

function registerContext(api: Api, { alerts, runbooks }: AlertRouteParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/alerts/:id/context",
      access: "alerts.read",
      summary:
        "What helps to decide an alert: its rule and runbook, what its risk is made of, how good the rule was so far, similar alerts",
      params: id,
      answer: alertContextShape,
      errors: ["not_found"],
    },
    async ({ params }) => {
      const alert = await mustGet(alerts, params.id);
      const [rule, [precision], similar] = await Promise.all([
        runbooks.get(alert.ruleId),
        alerts.precision(alert.ruleId),
        alerts.similar(alert.id, SIMILAR),
      ]);
      return {
        rule: rule ?? null,
        risk: toRiskParts(alert),
        attack: toAttack(alert.tags),
        precision: precision ?? null,
        similar: similar.map(({ id, title, level, status, verdict, group, count, lastTime, ruleId }) => ({
          id,
          title,
          level,
          status,
          group,
          count,
          lastTime,
          ...(verdict === undefined ? {} : { verdict }),
          sameRule: ruleId === alert.ruleId,
        })),
      };
    },
  );
}

function registerDeciding(api: Api, { alerts, runbooks, now }: AlertRouteParts): void {
  api.route(
    {
      method: "PATCH",
      url: "/v1/alerts/:id",
      access: "alerts.decide",
      summary: "Decide an alert; every change is kept with who made it, and is in the log before the answer",
      params: id,
      body: patch,
      answer: alertShape,
      errors: ["not_found", "unavailable"],
    },
    async ({ params, body: { check, ...body }, request }) => {
      const { kind, id: by, name } = toCaller(request);
      const changes = toPatch(body);
      if (check !== undefined) {
        const { ruleId, checks } = await mustGet(alerts, params.id);
        const rule = await runbooks.get(ruleId);
        // A step that the rule has no more can still be taken back.
        const known = [...(rule?.checklist ?? []), ...checks].find(({ step }) => step === check.step);
        if (known === undefined)
          throw new ApiError("bad_request", { message: "check: the rule's checklist has no such step." });
        changes.check = { ...check, text: known.text };
      }
      return alerts.update(params.id, changes, { kind, id: by, name });
    },
  );
  api.route(
    {
      method: "POST",
      url: "/v1/alerts/bulk",
      access: "alerts.decide",
      summary:
        "The same change of many alerts, all or none: of these ids, or of all that a filter finds if these are not more than `expect`",
      body: z.strictObject({
        ids: z.array(z.string().max(100)).min(1).max(MOST_AT_ONCE).optional(),
        where: z
          .strictObject({
            ...where,
            level: z.array(z.enum(ALERT_LEVELS)).max(ALERT_LEVELS.length).optional(),
            unassigned: z.boolean().optional(),
          })
          .optional(),
        expect: z.int().min(0).max(1_000_000).optional(),
        change: bulkChange,
      }),
      answer: z.object({ changed: z.array(z.string()) }),
      errors: ["not_found", "conflict", "unavailable"],
    },
    async ({ body, request }) => {
      const { kind, id: by, name } = toCaller(request);
      const changed = await alerts.updateMany(toSelection(body, now()), toPatch(body.change), {
        kind,
        id: by,
        name,
      });
      return { changed: changed.map((alert) => alert.id) };
    },
  );
}

function toSelection(
  body: {
    ids?: readonly string[] | undefined;
    where?: Where | undefined;
    expect?: number | undefined;
  },
  now: number,
) {
  if ((body.ids === undefined) === (body.where === undefined))
    throw new ApiError("bad_request", { message: "ids, where: exactly one of them." });
  if (body.ids !== undefined) return { ids: body.ids };
  if (body.expect === undefined)
    throw new ApiError("bad_request", { message: "expect: needed with where; how many alerts you saw." });
  return { where: toWhere(body.where ?? {}, now), expect: body.expect };
}
