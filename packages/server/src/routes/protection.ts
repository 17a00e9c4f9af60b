// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { Search } from "../follow/index/search.js";
import { findHidden } from "../protect/hidden.js";
import type { Previews } from "../protect/preview.js";
import { mustPrincipal } from "./caller.js";
import type { Api } from "./define.js";
import { answered, readRange } from "./search.js";

export interface ProtectionRouteParts {
  previews: Previews;
  search: Pick<Search, "combinations" | "groups" | "count">;
  now: () => number;
}

const DAY_MS = 24 * 3_600_000;
/** An event may have so much, and so may a text. */
const LONGEST_TEXT = 61_440;

const previewBody = z
  .strictObject({
    event: z.unknown().optional(),
    text: z.string().max(LONGEST_TEXT).optional(),
  })
  .refine(
    ({ event, text }) => (event === undefined) !== (text === undefined),
    "must have either event or text",
  );

const fieldShape = z.object({ path: z.string(), how: z.string(), kind: z.string() });
const count = z.int().min(0);

const previewShape = z.union([
  z.object({
    event: z.record(z.string(), z.unknown()),
    fields: z.array(fieldShape),
    sure: z.array(z.object({ path: z.string(), kind: z.string() })),
    policy: z.string(),
  }),
  z.object({
    text: z.string(),
    found: z.array(z.object({ kind: z.string(), count })),
    policy: z.string(),
  }),
]);

const hiddenShape = z.object({
  rows: z.array(fieldShape.extend({ app: z.string(), count, last: z.iso.datetime() })),
  more: z.boolean(),
  sources: z.array(z.object({ app: z.string(), events: count, touched: count })),
  events: count,
  touched: count,
  complete: z.boolean(),
  reason: z.string().optional(),
  indexed: count,
  size: count,
});

/** What is hidden in events: tried out on one, and looked back on. */
export function registerProtection(api: Api, { previews, search, now }: ProtectionRouteParts): void {
  api.route(
    {
      method: "POST",
      url: "/v1/protect/preview",
      access: "events.read",
      summary: "What would be stored of an event or a text; nothing of it is kept",
      body: previewBody,
      answer: previewShape,
      errors: ["not_an_object", "too_deep", "no_action", "body_too_large"],
    },
    async ({ body, request, reply }) => {
      void reply.header("cache-control", "no-store");
      if (body.text !== undefined) return previews.ofText(body.text);
      const preview = previews.ofEvent(body.event, mustPrincipal(request).tenant);
      if ("code" in preview) throw new ApiError(preview.code, { message: preview.message });
      return preview;
    },
  );
  api.route(
    {
      method: "GET",
      url: "/v1/protect/hidden",
      access: "events.read",
      summary: "What was hidden lately, by kind, place and application",
      query: z.strictObject({ from: z.string().max(40).optional(), to: z.string().max(40).optional() }),
      answer: hiddenShape,
      errors: ["query_timeout", "overloaded"],
    },
    async ({ query }) => {
      const range = readRange(query, now());
      const to = range.to ?? now();
      return answered(findHidden(search, { from: range.from ?? to - DAY_MS, to }));
    },
  );
}
