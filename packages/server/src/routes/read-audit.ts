// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import type { SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import { createFoldedLog } from "../self-log-fold.js";
import { toCaller } from "./caller.js";

/** Writes down who looked at what. The same look within five minutes is one event, so a page that refreshes does not fill the log. */
export interface ReadAudit {
  searched(request: FastifyRequest, how: "search" | "histogram" | "stream", query: string): void;
  viewed(request: FastifyRequest, index: number): void;
}

const WINDOW_MS = 5 * 60_000;

export function createReadAudit(selfLog: SelfLog, now: () => number): ReadAudit {
  const folded = createFoldedLog(selfLog, now, WINDOW_MS);
  return {
    searched(request, how, query) {
      const caller = toCaller(request);
      folded.emit(`${caller.id} ${how === "histogram" ? "search" : how} ${query}`, {
        action: "log_searched",
        outcome: "success",
        actor: toActor(caller),
        client: { ip: request.ip },
        data: { query, ...(how === "stream" ? { live: true } : {}) },
      });
    },
    viewed(request, index) {
      const caller = toCaller(request);
      folded.emit(`${caller.id} view ${index}`, {
        action: "log_viewed",
        outcome: "success",
        actor: toActor(caller),
        targets: [{ type: "event", id: `main:${index}` }],
        client: { ip: request.ip },
      });
    },
  };
}
