// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { Api } from "./define.js";
import type { LogReader } from "./deps.js";
import { unlessPruned } from "./pruned.js";
import type { ReadAudit } from "./read-audit.js";
import { eventShape } from "./shapes.js";

const params = z.object({ index: z.string().max(40) });

/** `12` or `main:12` below the size of the log; one number has one spelling. Throws ApiError `not_found`. */
export function parseIndex(text: string, size: number): number {
  const match = /^(?:main:)?(0|[1-9]\d{0,15})$/.exec(text);
  const index = match === null ? Number.NaN : Number(match[1]);
  if (Number.isSafeInteger(index) && index < size) return index;
  throw new ApiError("not_found", { message: "There is no event with this index." });
}

/** Single events and their proofs, from the log itself: no index is needed and none is believed. */
export function registerEvents(api: Api, { log, audit }: { log: LogReader; audit: ReadAudit }): void {
  api.route(
    {
      method: "GET",
      url: "/v1/events/:index",
      access: "events.read",
      summary: "One event with the exact bytes that are sealed",
      params,
      answer: eventShape,
      errors: ["not_found"],
    },
    async ({ params, request }) => {
      const index = parseIndex(params.index, log.size);
      // Before the wait: a reader who hangs up at once has no address any more.
      audit.viewed(request, index);
      const { bytes, ends } = await unlessPruned(log.read(index, index + 1));
      const line = bytes.toString("utf8", 0, (ends[0] ?? 1) - 1);
      return { index, event: JSON.parse(line) as SecurityEvent, line };
    },
  );
  api.route(
    {
      method: "GET",
      url: "/v1/events/:index/proof",
      access: "log.read",
      summary: "The proof that the event is in the log (C2SP tlog-proof)",
      params,
      answer: "text/plain",
      errors: ["not_found"],
    },
    async ({ params, reply }) => {
      const proof = await log.proof(parseIndex(params.index, log.size));
      void reply.type("text/plain; charset=utf-8");
      return proof;
    },
  );
}
