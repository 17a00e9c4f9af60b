// SPDX-License-Identifier: Apache-2.0
import type { FastifyInstance } from "fastify";
import type { Config } from "../config/config.js";
import { ApiError } from "../errors.js";
import type { StaticUi } from "../http/static-ui.js";
import { registerAlerts } from "./alerts.js";
import { registerBacktest } from "./backtest.js";
import { createApi } from "./define.js";
import { registerDecisions } from "./decisions.js";
import type { RouteDeps } from "./deps.js";
import { registerErasures } from "./erasures.js";
import { registerEvents } from "./events.js";
import { registerForward } from "./forward.js";
import { registerExceptions } from "./exceptions.js";
import { registerEvidence } from "./evidence.js";
import { registerEvidenceBundle } from "./evidence-bundle.js";
import { registerKeys } from "./keys.js";
import { registerLearn } from "./learn.js";
import { registerLog } from "./log.js";
import { INGEST_DESCRIPTION, OTLP_DESCRIPTION, registerOpenApi } from "./openapi.js";
import { createReadAudit } from "./read-audit.js";
import { NO_KEYS } from "../protect/reveal.js";
import { registerReveal } from "./reveal.js";
import { createPreviews } from "../protect/preview.js";
import { registerNotifications } from "./notifications.js";
import { registerProtection } from "./protection.js";
import { registerRetention } from "./retention.js";
import { registerReviews } from "./reviews.js";
import { registerSearch } from "./search.js";
import { registerSession, registerSetup } from "./session.js";
import { registerSources } from "./sources.js";
import { registerStatus } from "./status.js";
import { registerStream } from "./stream.js";

/** Every route but `POST /v1/events`, which the pipeline registers on the same instance. */
export function registerRoutes(app: FastifyInstance, deps: RouteDeps, config: Config, ui: StaticUi): void {
  const { access, alerts, search, log, witnesses, status, stream, selfLog } = deps;
  const { metrics, retention, reviews, now } = deps;
  const api = createApi(app);
  const audit = createReadAudit(selfLog, now);
  const sessionParts = { access, selfLog, isSecure: config.hasTls || config.behindProxy };
  registerSession(api, sessionParts);
  registerSetup(api, sessionParts);
  registerKeys(api, { keys: access.keys, now });
  registerSearch(api, { search, audit, keys: deps.protectStore ?? NO_KEYS, now });
  registerEvents(api, { log, audit });
  registerReveal(api, { keys: deps.protectStore ?? NO_KEYS, log, selfLog });
  registerAlerts(api, deps);
  registerExceptions(api, deps);
  registerBacktest(api, { backtests: deps.backtests, audit, now });
  registerEvidence(api, { log, alerts, audit });
  registerEvidenceBundle(api, { exports: deps.exports, log, now });
  registerNotifications(api, deps.notifications);
  registerDecisions(api, deps);
  registerForward(api, { ...deps.forwarding, log });
  registerProtection(api, { previews: createPreviews({ policy: deps.policy, now }), search, now });
  registerLearn(api, deps.learning);
  registerSources(api, deps.sources);
  registerRetention(api, { ...retention, access: { read: "retention.read", manage: "retention.manage" } });
  registerErasures(api, deps.erasures);
  registerReviews(api, { reviews, selfLog, now });
  registerStream(api, { hub: stream, access, audit, now });
  registerLog(api, { log, witnesses, isPublic: config.publicLog, audit });
  registerStatus(api, {
    status,
    log,
    witnesses,
    alerts,
    reviews,
    metrics,
    hasPublicMetrics: config.publicMetrics,
    now,
  });
  api.describe(INGEST_DESCRIPTION);
  api.describe(OTLP_DESCRIPTION);
  registerOpenApi(api, status.version);
  // Streams never end by themselves; the server could not close while one is open.
  app.addHook("preClose", async () => {
    stream.close();
    deps.decisionStream.close();
  });
  app.route({
    method: "GET",
    url: "/*",
    config: { access: "public" },
    handler(request, reply) {
      const path = `/${(request.params as { "*": string })["*"]}`;
      if (!ui.send(path, request, reply)) throw new ApiError("not_found");
    },
  });
}
