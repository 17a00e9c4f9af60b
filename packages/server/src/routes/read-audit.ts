// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import { addressOf } from "../http/address.js";
import type { NamedSearch } from "../protect/real-names.js";
import type { SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import { createFoldedLog } from "../self-log-fold.js";
import { toCaller } from "./caller.js";

/** Writes down who looked at what. The same look within five minutes is one event, so a page that refreshes does not fill the log. */
export interface ReadAudit {
  searched(
    request: FastifyRequest,
    how: "search" | "histogram" | "stream" | "backtest",
    query: string,
    /** Fields in which names were looked up. */
    resolved?: NamedSearch["resolved"],
  ): void;
  viewed(request: FastifyRequest, index: number): void;
  /** The events that an alert rests on were fetched. */
  viewedEvidence(request: FastifyRequest, alert: string, indices: readonly number[]): void;
  /** Entry bundles were fetched: the events themselves, 256 at a time. One event an hour for each caller and address. */
  copied(request: FastifyRequest, bundle: number): void;
}

const WINDOW_MS = 5 * 60_000;
/**
 * Copying by one caller from one address is one event an hour. A mirror copies this very event too: were it written for each
 * pull, log and mirror would chase each other for ever.
 */
const COPY_WINDOW_MS = 60 * 60_000;

export function createReadAudit(selfLog: SelfLog, now: () => number): ReadAudit {
  const folded = createFoldedLog(selfLog, now, { windowMs: WINDOW_MS });
  const copies = createFoldedLog(selfLog, now, { windowMs: COPY_WINDOW_MS });
  return {
    searched(request, how, query, resolved) {
      const caller = toCaller(request);
      folded.emit(`${caller.id} ${how === "histogram" ? "search" : how} ${query}`, {
        action: "log_searched",
        outcome: "success",
        actor: toActor(caller),
        client: { ip: addressOf(request) },
        data: {
          query,
          ...(how === "stream" ? { live: true } : {}),
          ...(how === "backtest" ? { backtest: true } : {}),
          ...(resolved === undefined ? {} : { resolved }),
        },
      });
    },
    copied(request, bundle) {
      const caller = toCaller(request);
      const ip = addressOf(request);
      // Not by the caller alone: whoever stole a mirror's key would hide behind the mirror.
      copies.emit(`${caller.id} ${ip}`, {
        action: "log_exported",
        outcome: "success",
        message: "Entry bundles of the log are being fetched",
        actor: toActor(caller),
        targets: [{ type: "bundle", id: `main:${bundle}` }],
        client: { ip },
      });
    },
    viewedEvidence(request, alert, indices) {
      const caller = toCaller(request);
      // What was looked at belongs to the key: evidence that has grown is another look.
      folded.emit(`${caller.id} evidence ${alert} ${indices.length} ${indices.at(-1) ?? ""}`, {
        action: "log_viewed",
        outcome: "success",
        actor: toActor(caller),
        targets: [{ type: "alert", id: alert }],
        client: { ip: addressOf(request) },
        data: { evidence: indices },
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
