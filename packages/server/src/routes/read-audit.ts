// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import { addressOf } from "../http/address.js";
import type { SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import { createFoldedLog } from "../self-log-fold.js";
import { toCaller } from "./caller.js";

/** Writes down who looked at what. The same look within five minutes is one event, so a page that refreshes does not fill the log. */
export interface ReadAudit {
  searched(request: FastifyRequest, how: "search" | "histogram" | "stream", query: string): void;
  viewed(request: FastifyRequest, index: number): void;
  /** Entry bundles were fetched: the events themselves, 256 at a time. */
  copied(request: FastifyRequest, bundle: number): void;
}

const WINDOW_MS = 5 * 60_000;

export function createReadAudit(selfLog: SelfLog, now: () => number): ReadAudit {
  const folded = createFoldedLog(selfLog, now, { windowMs: WINDOW_MS });
  return {
    searched(request, how, query) {
      const caller = toCaller(request);
      folded.emit(`${caller.id} ${how === "histogram" ? "search" : how} ${query}`, {
        action: "log_searched",
        outcome: "success",
        actor: toActor(caller),
        client: { ip: addressOf(request) },
        data: { query, ...(how === "stream" ? { live: true } : {}) },
      });
    },
    copied(request, bundle) {
      const caller = toCaller(request);
      folded.emit(`${caller.id} copy`, {
        action: "log_exported",
        outcome: "success",
        message: "Entry bundles of the log are being fetched",
        actor: toActor(caller),
        targets: [{ type: "bundle", id: `main:${bundle}` }],
        client: { ip: addressOf(request) },
      });
    },
    viewed(request, index) {
      const caller = toCaller(request);
      folded.emit(`${caller.id} view ${index}`, {
        action: "log_viewed",
        outcome: "success",
        actor: toActor(caller),
        targets: [{ type: "event", id: `main:${index}` }],
        client: { ip: addressOf(request) },
      });
    },
  };
}
