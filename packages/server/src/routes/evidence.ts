// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { z } from "zod";
import type { AlertStore } from "../alert/alert.js";
import { readSealed } from "../alert/evidence.js";
import { ApiError } from "../errors.js";
import type { Api } from "./define.js";
import type { LogReader } from "./deps.js";
import type { ReadAudit } from "./read-audit.js";
import { searchShape } from "./shapes.js";

export interface EvidenceRouteParts {
  log: Pick<LogReader, "read" | "size">;
  alerts: Pick<AlertStore, "get">;
  audit: ReadAudit;
}

/** The events that an alert rests on, in one request and as one look: a person opens the alert, not each of them. */
export function registerEvidence(api: Api, { log, alerts, audit }: EvidenceRouteParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/alerts/:id/evidence",
      access: "events.read",
      summary:
        "The events that an alert rests on, from the log itself, oldest first, each with the address of its inclusion proof",
      params: z.object({ id: z.string().max(100) }),
      answer: z.object({
        // With where the proof is that the event stands in the log.
        events: z.array(searchShape.shape.events.element.extend({ proof: z.string() })),
        pruned: z.array(z.int().min(0)),
      }),
      errors: ["not_found"],
    },
    async ({ params, request }) => {
      const alert = await alerts.get(params.id);
      if (alert === undefined)
        throw new ApiError("not_found", { message: "There is no alert with this id." });
      const indices = alert.evidence.filter((index) => index < log.size);
      audit.viewedEvidence(request, alert.id, indices);
      const events: { index: number; event: SecurityEvent; proof: string }[] = [];
      const pruned: number[] = [];
      for (const index of indices) {
        const event = await readSealed(log, index);
        if (event === undefined) pruned.push(index);
        else events.push({ index, event, proof: `/v1/events/${index}/proof` });
      }
      return { events, pruned };
    },
  );
}
