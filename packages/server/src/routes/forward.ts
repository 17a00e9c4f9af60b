// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import { ApiError } from "../errors.js";
import { ForwardError } from "../follow/forward/error.js";
import type { Forwarders } from "../follow/forward/forwarders.js";
import type { ForwardStatus } from "../follow/forward/status.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";

const forwardShape = z.object({
  name: z.string(),
  kind: z.string(),
  state: z.enum(["running", "waiting", "paused", "failed"]),
  since: z.string(),
  next: z.number(),
  lag: z.number(),
  lastError: z.object({ code: z.string(), message: z.string(), at: z.string() }).optional(),
  lastDelivered: z.string().optional(),
  counts: z.object({ delivered: z.number(), refused: z.number(), retried: z.number() }),
});
const params = z.object({ name: z.string().max(100) });
const answer = z.object({ target: forwardShape });

async function answered(change: Promise<ForwardStatus>): Promise<{ target: ForwardStatus }> {
  try {
    return { target: await change };
  } catch (error) {
    if (!(error instanceof ForwardError)) throw error;
    const code = error.code === "unknown_target" ? "not_found" : "bad_request";
    throw new ApiError(code, { message: error.message, cause: error });
  }
}

/** Targets that events are forwarded to: how far they are, and what people may do about it. */
export function registerForward(api: Api, forwarders: Forwarders): void {
  api.route(
    {
      method: "GET",
      url: "/v1/forward",
      access: "forward.read",
      summary: "The targets that events are forwarded to, how far each has come and what its last error was",
      answer: z.object({ targets: z.array(forwardShape) }),
    },
    () => ({ targets: forwarders.status() }),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/forward/:name/pause",
      access: "forward.manage",
      summary: "Send nothing more to a target until it is resumed; events wait in the log",
      params,
      answer,
      errors: ["not_found"],
    },
    ({ params, request }) => answered(forwarders.pause(params.name, toCaller(request))),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/forward/:name/resume",
      access: "forward.manage",
      summary: "Go on after a pause; ask a target at once that is being waited for",
      params,
      answer,
      errors: ["not_found"],
    },
    ({ params, request }) => answered(forwarders.resume(params.name, toCaller(request))),
  );
  api.route(
    {
      method: "POST",
      url: "/v1/forward/:name/replay",
      access: "forward.manage",
      summary: "Send again all events from an index on",
      params,
      body: z.strictObject({ from: z.number().int().min(0) }),
      answer,
      errors: ["not_found"],
    },
    ({ params, body, request }) => answered(forwarders.replay(params.name, body.from, toCaller(request))),
  );
}
