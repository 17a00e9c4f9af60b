// SPDX-License-Identifier: Apache-2.0
import { Readable } from "node:stream";
import { MAX_EVENTS } from "@telltale/merkle/evidence";
import { z } from "zod";
import { ApiError } from "../errors.js";
import type { EvidenceExports } from "../evidence/exports.js";
import type { Wanted } from "../evidence/select.js";
import { addressOf } from "../http/address.js";
import { toActor } from "../self-log.js";
import { toCaller } from "./caller.js";
import type { Api } from "./define.js";
import { wholeNumber } from "./define.js";
import { parseIndex } from "./events.js";
import { answered, readQuery, readRange } from "./search.js";

export interface EvidenceBundleParts {
  exports: Pick<EvidenceExports, "begin">;
  log: { readonly size: number };
  now: () => number;
}

const DEFAULT_LIMIT = 10_000;

const query = z.strictObject({
  q: z.string().max(4_096).optional(),
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
  alert: z.string().min(1).max(100).optional(),
  index: z.string().max(40).optional(),
  // One is the log's own event about the export.
  limit: wholeNumber(1, MAX_EVENTS - 1, DEFAULT_LIMIT),
});

function toWanted(asked: z.output<typeof query>, parts: EvidenceBundleParts): Wanted {
  const { q, from, to, alert, index } = asked;
  const hasQuery = q !== undefined || from !== undefined || to !== undefined;
  if ([hasQuery, alert !== undefined, index !== undefined].filter(Boolean).length > 1) {
    throw new ApiError("bad_request", {
      message: "Name a query, an alert or an index, not several of them.",
    });
  }
  if (alert !== undefined) return { kind: "alert", id: alert };
  if (index !== undefined) return { kind: "index", index: parseIndex(index, parts.log.size) };
  readQuery(q ?? "");
  return { kind: "query", query: q ?? "", ...readRange({ from, to }, parts.now()) };
}

/** `telltale-evidence-20261122-101500.zip`. */
function toFileName(now: number): string {
  const digits = new Date(now).toISOString().replace(/\D/g, "");
  return `telltale-evidence-${digits.slice(0, 8)}-${digits.slice(8, 14)}.zip`;
}

/** Bundles of evidence: events with proofs that anybody can check without this server. */
export function registerEvidenceBundle(api: Api, parts: EvidenceBundleParts): void {
  api.route(
    {
      method: "GET",
      url: "/v1/evidence",
      access: "events.read",
      summary:
        "A zip of events with proofs, checkpoints and keys: those that a query finds (the newest `limit`), those of an alert, or one by its index. Each export is an event of the log",
      query,
      answer: "application/zip",
      errors: ["not_found", "bad_query", "pruned", "query_timeout", "overloaded"],
    },
    async ({ query, request, reply }) => {
      const by = { actor: toActor(toCaller(request)), client: { ip: addressOf(request) } };
      const { events, limited, pieces, done } = await answered(
        parts.exports.begin({ wanted: toWanted(query, parts), limit: query.limit, by }),
      );
      const body = Readable.from(pieces);
      // Also when the reader hangs up before the first piece, which a generator would not notice.
      body.once("close", done);
      void reply
        .type("application/zip")
        .header("content-disposition", `attachment; filename="${toFileName(parts.now())}"`)
        .header("telltale-events", events)
        .header("telltale-limited", String(limited))
        .send(body);
      return undefined;
    },
  );
}
