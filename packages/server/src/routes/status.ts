// SPDX-License-Identifier: Apache-2.0
import { z } from "zod";
import type { AlertStore } from "../alert/alert.js";
import { ApiError } from "../errors.js";
import type { Metrics } from "../metrics.js";
import type { Reviews } from "../review/reviews.js";
import type { Api } from "./define.js";
import type { LogReader, StatusSource, WitnessReader } from "./deps.js";
import { statusShape } from "./shapes.js";

export interface StatusRouteParts {
  status: StatusSource;
  log: LogReader;
  witnesses: WitnessReader | undefined;
  alerts: Pick<AlertStore, "countOpen">;
  reviews: Pick<Reviews, "counts">;
  metrics: Metrics;
  hasPublicMetrics: boolean;
  now: () => number;
}

/** How the server is: for people, for load balancers, for Prometheus. */
export function registerStatus(api: Api, parts: StatusRouteParts): void {
  const { status, log, witnesses, alerts, reviews, metrics, hasPublicMetrics, now } = parts;
  api.route(
    {
      method: "GET",
      url: "/v1/status",
      access: "status.read",
      summary: "Version, log, followers, open alerts",
      answer: statusShape,
    },
    async (): Promise<z.output<typeof statusShape>> => {
      const { text, size, root, time } = log.checkpoint();
      return {
        version: status.version,
        origin: log.origin,
        vkey: log.vkey,
        size: log.size,
        checkpoint: { text, size, root: root.toString("base64"), time },
        verified: status.verified(),
        witness: witnesses?.status() ?? null,
        followers: status.followers(),
        alerts: { open: await alerts.countOpen() },
        reviews: await reviews.counts(),
        ...(status.rules === undefined ? {} : { rules: status.rules() }),
        uptimeMs: Math.max(0, now() - status.startedAt),
        ...(status.demo ? { demo: true } : {}),
      };
    },
  );
  api.route(
    {
      method: "GET",
      url: "/healthz",
      access: "public",
      summary: "Readiness: 200 while the server takes events",
      answer: z.object({ status: z.literal("ok") }),
      errors: ["unavailable"],
    },
    () => mustBeFine(status.unhealthy() ?? status.unready()),
  );
  api.route(
    {
      method: "GET",
      url: "/livez",
      access: "public",
      summary: "Liveness: 200 unless only a new start helps",
      answer: z.object({ status: z.literal("ok") }),
      errors: ["unavailable"],
    },
    () => mustBeFine(status.unhealthy()),
  );
  api.route(
    {
      method: "GET",
      url: "/metrics",
      access: hasPublicMetrics ? "public" : "metrics.read",
      summary: "Prometheus text format",
      answer: "text/plain",
    },
    ({ reply }) => {
      void reply.type("text/plain; version=0.0.4; charset=utf-8");
      return metrics.render();
    },
  );
}

function mustBeFine(problem: string | null): { status: "ok" } {
  if (problem !== null) throw new ApiError("unavailable", { message: problem, retryAfter: 5 });
  return { status: "ok" };
}
