// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { LogError } from "@telltale/log";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { ApiError } from "../errors.js";
import { addressOf } from "../http/address.js";
import { type Revealed, revealField, type RevealKeys } from "../protect/reveal.js";
import { type SealingSelfLog, type SelfEvent, toActor } from "../self-log.js";
import { mustPrincipal, toCaller } from "./caller.js";
import { type Api, freeText } from "./define.js";
import type { LogReader } from "./deps.js";
import { parseIndex } from "./events.js";
import { unlessPruned } from "./pruned.js";

/** A reason that says something; "test" and "x" do not. */
const SHORTEST_REASON = 10;
const RETRY_S = 30;

const body = z.strictObject({
  path: z.string().min(1).max(500),
  reason: freeText(SHORTEST_REASON, 500),
});

const why = z.enum(["erased", "unknown_key", "sealed", "damaged", "token", "gone"]);
const revealShape = z.object({
  path: z.string(),
  text: z.string(),
  parts: z.array(
    z.object({
      type: z.enum(["encrypted", "sealed", "token", "alias"]),
      kind: z.string(),
      value: z.string().nullable(),
      why: why.nullable(),
    }),
  ),
});

export interface RevealRouteParts {
  keys: RevealKeys;
  log: Pick<LogReader, "size" | "read">;
  selfLog: SealingSelfLog;
}

/** Keys behind a KMS may be out of reach for a while, and so may the log. */
async function unlessAway<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isLocked = error instanceof Error && (error as { code?: unknown }).code === "locked";
    if (isLocked || error instanceof LogError)
      throw new ApiError("unavailable", { cause: error, retryAfter: RETRY_S });
    throw error;
  }
}

function toEvent(request: FastifyRequest, index: number, revealed: Revealed, reason: string): SelfEvent {
  const { path, parts, subject } = revealed;
  const shown = parts.filter(({ value }) => value !== null).length;
  return {
    action: "log_revealed",
    outcome: shown > 0 ? "success" : "failure",
    message: `A hidden value of event ${index} was asked for`,
    actor: toActor(toCaller(request)),
    targets: [
      { type: "event", id: `main:${index}` },
      ...(subject === undefined ? [] : [{ type: "subject", id: subject }]),
    ],
    client: { ip: addressOf(request) },
    data: { path, kinds: [...new Set(parts.map(({ kind }) => kind))], shown, why: reason },
  };
}

/** Shows what is hidden in one field of one event to one person, and writes down that it did before it answers. */
export function registerReveal(api: Api, { keys, log, selfLog }: RevealRouteParts): void {
  api.route(
    {
      method: "POST",
      url: "/v1/events/:index/reveal",
      access: "events.reveal",
      summary: "What is hidden in one field of an event; that it was asked for is an event before the answer",
      params: z.object({ index: z.string().max(40) }),
      body,
      answer: revealShape,
      errors: ["not_found", "pruned"],
    },
    async ({ params, body: { path, reason }, request, reply }) => {
      void reply.header("cache-control", "no-store");
      const index = parseIndex(params.index, log.size);
      const { bytes, ends } = await unlessPruned(log.read(index, index + 1));
      const event = JSON.parse(bytes.toString("utf8", 0, (ends[0] ?? 1) - 1)) as SecurityEvent;
      const { tenant } = mustPrincipal(request);
      if (tenant !== undefined && event.tenant !== tenant)
        throw new ApiError("not_found", { message: "There is no event with this index." });
      const revealed = await unlessAway(revealField(keys, { event, index }, path));
      if (revealed === undefined)
        throw new ApiError("bad_request", { message: "path: nothing that could be revealed stands there." });
      // True now: the value is in memory and nobody has seen it. If we die here nobody has; if the log does not take the event,
      // nobody will. Behind it the look is on record whatever becomes of the answer.
      await unlessAway(selfLog.seal([toEvent(request, index, revealed, reason)]));
      const { text, parts } = revealed;
      return { path, text, parts: [...parts] };
    },
  );
}
