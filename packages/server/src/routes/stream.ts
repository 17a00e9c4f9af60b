// SPDX-License-Identifier: Apache-2.0
import { compileFilter } from "@telltale/query";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Access } from "../access/access.js";
import { isAllowed } from "../access/permissions.js";
import { ApiError } from "../errors.js";
import { readSessionCookie } from "../http/cookie.js";
import { mustPrincipal } from "./caller.js";
import type { Api } from "./define.js";
import type { ReadAudit } from "./read-audit.js";
import { readQuery } from "./search.js";
import type { StreamHub } from "./stream-hub.js";

/** Asks again whether the caller's key or session still holds: a stream outlives the check at its start. */
function toRecheck(access: Access, request: FastifyRequest): () => Promise<boolean> {
  const principal = mustPrincipal(request);
  if (principal.kind === "key") {
    const token = (request.headers.authorization ?? "").slice("Bearer ".length).trim();
    return async () => access.keys.verify(token)?.id === principal.id;
  }
  const cookie = readSessionCookie(request.headers.cookie) ?? "";
  return async () => {
    const user = await access.sessions.find(cookie);
    return user !== undefined && isAllowed(user, "events.read");
  };
}

/** Live events, alerts and checkpoints as server-sent events. */
export function registerStream(
  api: Api,
  parts: { hub: StreamHub; access: Access; audit: ReadAudit; now: () => number },
): void {
  const { hub, access, audit, now } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/stream",
      access: "events.read",
      summary:
        "Live news: `event`, `alert`, `checkpoint`, and `lost` with a count when a client cannot keep up",
      query: z.strictObject({
        q: z.string().max(4_096).default(""),
        events: z.enum(["all", "none"]).default("all"),
      }),
      answer: "text/event-stream",
      errors: ["bad_query", "overloaded"],
    },
    ({ query, request, reply }) => {
      const parsed = readQuery(query.q);
      const wanted =
        parsed === undefined
          ? ("all" as const)
          : { query: query.q, matches: compileFilter(parsed, { now: now() }) };
      const owner = mustPrincipal(request).id;
      const response = reply.raw;
      const head = reply
        .type("text/event-stream; charset=utf-8")
        .header("x-accel-buffering", "no")
        .getHeaders();
      const client = {
        response,
        owner,
        events: query.events === "none" ? ("none" as const) : wanted,
        wantsAlerts: isAllowed(mustPrincipal(request), "alerts.read"),
        isStillAllowed: toRecheck(access, request),
      };
      if (hub.isFull(owner))
        throw new ApiError("overloaded", { message: "Too many live streams are open.", retryAfter: 10 });
      if (query.events !== "none") audit.searched(request, "stream", query.q);
      reply.hijack();
      request.raw.setTimeout(0);
      response.writeHead(200, head as Record<string, string>);
      hub.add(client);
    },
  );
}
