// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { Notifications } from "../alert/notify/notifications.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { wholeNumber } from "./define.js";

const instant = z.iso.datetime();
const count = z.int().min(0);
const name = z.object({ name: z.string().max(100) });

const channelShape = z.object({
  name: z.string(),
  kind: z.string(),
  /** `file`: that of TELLTALE_NOTIFY. `settings`: the webhook of TELLTALE_WEBHOOK_URL. */
  origin: z.enum(["file", "settings"]),
  state: z.enum(["running", "quiet", "failing", "paused"]),
  paused: z.object({ at: instant, by: z.string() }).optional(),
  limit: z.object({ messages: count, minutes: count }).optional(),
  quiet: z.object({ from: z.string(), to: z.string(), zone: z.string(), except: z.string() }).optional(),
  counts: z.object({ waiting: count, held: count, delivered: count, failed: count }),
  /** Notices that found no room in the queue; the next digest tells of them. */
  unqueued: count,
  lastDelivered: instant.optional(),
  lastError: z.object({ at: instant, message: z.string() }).optional(),
});

const STATES = ["waiting", "held", "delivered", "failed", "cancelled", "digested"] as const;

const deliveryShape = z.object({
  id: z.string(),
  channel: z.string(),
  alert: z.string().optional(),
  reason: z.string(),
  level: z.string(),
  state: z.string(),
  created: instant,
  attempts: count,
  next: instant.optional(),
  delivered: instant.optional(),
  failed: instant.optional(),
  lastError: z.string().optional(),
  answer: z.string().optional(),
  /** The digest that tells of it. */
  digest: z.string().optional(),
});

/** Channels of notifications, what was delivered to them, and what people may do about it. */
export function registerNotifications(api: Api, notifications: Notifications): void {
  const all = async () => ({ channels: await notifications.channels() });
  const channels = z.object({ channels: z.array(channelShape) });
  api.route(
    {
      method: "GET",
      url: "/v1/notifications",
      access: "notify.read",
      summary: "The channels that people are told on, how each is and what its last error was",
      answer: channels,
    },
    all,
  );
  api.route(
    {
      method: "GET",
      url: "/v1/notifications/deliveries",
      access: "notify.read",
      summary: "Deliveries of the last 90 days, the newest first, with their state, attempts and last error",
      query: z.strictObject({
        channel: z.string().max(100).optional(),
        state: z.enum(STATES).optional(),
        limit: wholeNumber(1, 200, 50),
      }),
      answer: z.object({ deliveries: z.array(deliveryShape) }),
    },
    async ({ query }) => ({ deliveries: await notifications.deliveries(query) }),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/notifications/deliveries/:id/retry",
      access: "notify.manage",
      summary: "Try a delivery at once that waits or was given up",
      params: z.object({ id: z.string().max(100) }),
      errors: ["not_found"],
    },
    async ({ params, request, reply }) => {
      await notifications.retry(params.id, toCaller(request));
      void reply.status(204).send();
    },
  );
  for (const [act, summary] of [
    ["pause", "Send nothing more to a channel until it is resumed; messages wait"],
    ["resume", "Go on after a pause"],
  ] as const) {
    api.route(
      {
        method: "POST",
        url: `/v1/notifications/:name/${act}`,
        access: "notify.manage",
        summary,
        params: name,
        answer: channels,
        errors: ["not_found"],
      },
      async ({ params, request }) => {
        await notifications[act](params.name, toCaller(request));
        return all();
      },
    );
  }
  api.route(
    {
      method: "POST",
      url: "/v1/notifications/:name/test",
      access: "notify.manage",
      summary:
        "Send a message that says it is a test, past limits, quiet hours and a pause; answers what it met",
      params: name,
      answer: z.object({ delivered: z.boolean(), answer: z.string(), ms: count }),
      errors: ["not_found"],
    },
    ({ params, request }) => notifications.test(params.name, toCaller(request)),
  );
}
