// SPDX-License-Identifier: Apache-2.0
import { protectText } from "@telltale/protect";
import { z } from "zod";
import type { AlertPatch, AlertStore } from "../alert/alert.js";
import { ALERT_STATUSES, ALERT_VERDICTS } from "../alert/alert.js";
import { ApiError } from "../errors.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { freeText, plainName, wholeNumber } from "./define.js";
import { alertShape } from "./shapes.js";

const id = z.object({ id: z.string().max(100) });
const patch = z
  .strictObject({
    status: z.enum(ALERT_STATUSES).optional(),
    verdict: z.enum(ALERT_VERDICTS).nullable().optional(),
    assignee: plainName(1, 128).nullable().optional(),
    comment: freeText(0, 4_000).optional(),
  })
  .refine((value) => Object.keys(value).length > 0, "must name at least one field to change");

/** List, read and decide alerts. */
export function registerAlerts(api: Api, alerts: AlertStore): void {
  api.route(
    {
      method: "GET",
      url: "/v1/alerts",
      access: "alerts.read",
      summary: "List alerts, the latest activity first; status `open` is everything that is not resolved",
      query: z.strictObject({
        status: z.enum([...ALERT_STATUSES, "open"]).optional(),
        limit: wholeNumber(1, 200, 50),
        cursor: z.string().max(300).optional(),
      }),
      answer: z.object({ alerts: z.array(alertShape), next: z.string().nullable() }),
    },
    ({ query: { status, limit, cursor } }) =>
      alerts.list({
        limit,
        ...(status === undefined ? {} : { status }),
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
    async ({ params }) => {
      const alert = await alerts.get(params.id);
      if (alert === undefined)
        throw new ApiError("not_found", { message: "There is no alert with this id." });
      return alert;
    },
  );
  api.route(
    {
      method: "PATCH",
      url: "/v1/alerts/:id",
      access: "alerts.decide",
      summary: "Decide an alert; every change is kept with who made it",
      params: id,
      body: patch,
      answer: alertShape,
      errors: ["not_found"],
    },
    ({ params, body, request }) => {
      const change: AlertPatch = {};
      if (body.status !== undefined) change.status = body.status;
      if (body.verdict !== undefined) change.verdict = body.verdict;
      if (body.assignee !== undefined) change.assignee = body.assignee;
      // People paste what they found: a comment goes through protect like an event does.
      if (body.comment !== undefined) change.comment = protectText(body.comment).text;
      const { kind, id: by, name } = toCaller(request);
      return alerts.update(params.id, change, { kind, id: by, name });
    },
  );
}
