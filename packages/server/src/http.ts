// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import { fastify } from "fastify";
import type { Logger } from "pino";
import type { Access } from "./access/access.js";
import { isPublicAddress } from "./alert/notify/address.js";
import type { Config } from "./config/config.js";
import type { Secrets } from "./config/secrets.js";
import { ApiError } from "./errors.js";
import { answerClientError, sendError } from "./http/error-answer.js";
import type { Guard } from "./http/guard.js";
import { createGuard } from "./http/guard.js";
import { type SecurityHeaders, toAllowedHosts, toHostname, toSecurityHeaders } from "./http/headers.js";
import type { Metrics, Series } from "./metrics.js";
import type { SelfLog } from "./self-log.js";
import { createFoldedLog, STRANGERS } from "./self-log-fold.js";

export interface HttpOptions {
  config: Config;
  secrets: Secrets;
  access: Access;
  selfLog: SelfLog;
  metrics: Metrics;
  logger: Logger;
  now?: () => number;
}

/** Bodies of everything but events. */
const BODY_LIMIT = 64 * 1_024;

function toServerOptions({ config, secrets, logger }: HttpOptions, headers: SecurityHeaders) {
  const prefix = randomBytes(4).toString("hex");
  let count = 0;
  const limits = { maxHeaderSize: 16 * 1_024 };
  const { tls } = secrets;
  const options = {
    logger: false,
    bodyLimit: BODY_LIMIT,
    // A whole request must arrive within a minute (slow senders hold no connection for ever).
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: "idle",
    // The peer that connects is the proxy; what it appended to X-Forwarded-For is the client. Only a peer on our own
    // network is one: somebody on the internet who reaches the port directly cannot choose an address.
    trustProxy: config.behindProxy
      ? (peer: string, hop: number) => hop === 0 && !isPublicAddress(peer)
      : false,
    routerOptions: { maxParamLength: 200, caseSensitive: true, ignoreTrailingSlash: false },
    genReqId: () => `${prefix}-${(++count).toString(36)}`,
    requestIdHeader: false,
    clientErrorHandler: answerClientError,
    frameworkErrors(error: unknown, request: FastifyRequest, reply: FastifyReply) {
      void reply.headers(headers.page);
      sendError(reply, request, error, logger);
    },
  } as const;
  return tls === undefined
    ? { ...options, http: limits }
    : {
        ...options,
        https: { ...limits, cert: tls.cert, key: tls.key.reveal(), minVersion: "TLSv1.2" as const },
      };
}

// Runs before the body is read: a stranger cannot make the server hold 10 MiB.
function addGuard(app: FastifyInstance, guard: Guard): void {
  app.decorateRequest("principal", null);
  app.addHook("onRoute", (route) => {
    if (route.config?.access === undefined) {
      throw new Error(
        `BUG: ${String(route.method)} ${route.url} does not say who may use it (config.access)`,
      );
    }
  });
  app.addHook("onRequest", (request, _reply, done) => {
    const rule = request.routeOptions.config.access;
    // Without a rule there is no route: the answer will be not_found.
    if (rule === undefined) return done();
    if (rule === "public") {
      guard.verifyOwnPage(request);
      return done();
    }
    const key = guard.admitKnownKey(request, rule);
    if (key !== undefined) {
      request.principal = key;
      return done();
    }
    // `done` instead of an async hook: the way of known keys, above, must not cost a promise per request.
    guard.admit(request, rule).then(
      (principal) => {
        request.principal = principal;
        // oxlint-disable-next-line promise/no-callback-in-promise
        return done();
      },
      // oxlint-disable-next-line promise/no-callback-in-promise
      (error: Error) => done(error),
    );
  });
}

function addHeadersAndHostCheck(
  app: FastifyInstance,
  headers: SecurityHeaders,
  hosts: ReadonlySet<string> | undefined,
): void {
  app.addHook("onRequest", (request, reply, done) => {
    const { forPrograms } = request.routeOptions.config;
    void reply.headers(forPrograms === true ? headers.data : headers.page);
    if (hosts !== undefined && !hosts.has(toHostname(request.headers.host ?? "")))
      return done(new ApiError("bad_host"));
    done();
  });
}

function addMeasures(app: FastifyInstance, metrics: Metrics, logger: Logger): void {
  const seconds = metrics.histogram(
    "telltale_http_request_seconds",
    "Time from the first byte of a request to the last of its answer.",
    [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  );
  const known = new Map<string, Series>();
  function seriesOf(route: string, status: number): Series {
    const name = `${route} ${status}`;
    const series = known.get(name) ?? seconds.series({ route, status: String(status) });
    known.set(name, series);
    return series;
  }
  app.addHook("onResponse", (request, reply, done) => {
    // The route's pattern, never the address as sent: that may hold a search, and its values have no bound.
    const route = request.routeOptions.url ?? "none";
    seriesOf(route, reply.statusCode).observe(reply.elapsedTime / 1_000);
    if (logger.isLevelEnabled("debug")) {
      const { method, id } = request;
      const ms = Math.round(reply.elapsedTime);
      logger.debug(
        { method, route, status: reply.statusCode, ms, request: id, by: request.principal?.id },
        "answered",
      );
    }
    done();
  });
}

/**
 * The HTTP server without routes: limits, security headers, host check, access, error answers, measures. Each
 * route must carry `config: { access: <action> | "public" }`; one without it is refused when it is registered, so
 * that none is open by mistake. The caller who was admitted is `request.principal`.
 */
export function createHttp(options: HttpOptions): FastifyInstance {
  const { config, access, selfLog, metrics, logger, now = Date.now } = options;
  const headers = toSecurityHeaders(config);
  const app = fastify(
    toServerOptions(options, headers) as FastifyServerOptions,
  ) as unknown as FastifyInstance;
  // Text bodies would be accepted otherwise. A page of another site may send text/plain without asking, JSON it may not.
  app.removeContentTypeParser("text/plain");
  const folded = createFoldedLog(selfLog, now, STRANGERS);
  const guard = createGuard({ access, folded, publicHost: config.publicUrl?.hostname });
  addMeasures(app, metrics, logger);
  addHeadersAndHostCheck(app, headers, toAllowedHosts(config));
  addGuard(app, guard);
  app.setErrorHandler((error, request, reply) => sendError(reply, request, error, logger));
  app.setNotFoundHandler((request, reply) => sendError(reply, request, new ApiError("not_found"), logger));
  return app;
}

/** The address people use: the configured one, else the one it listens on. Call after `listen`. */
export function toBaseUrl(app: FastifyInstance, config: Config): string {
  if (config.publicUrl !== undefined) return config.publicUrl.origin;
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  const host = config.host === "0.0.0.0" || config.host === "::" ? "localhost" : config.host;
  return `${config.hasTls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Requests under way are answered. Who keeps a connection open without asking anything is cut off after a while. */
const GRACE_MS = 3000;

export async function closeHttp(app: FastifyInstance): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), GRACE_MS);
  await app.close();
  clearTimeout(impatience);
}
