// SPDX-License-Identifier: Apache-2.0
import type { Client, RequestInfo } from "@telltale/event";
import { createClientAddress, type TrustProxy } from "./client-address.js";
import type { Scope } from "./context.js";
import type { ActorInput } from "./helper-types.js";
import { type NextLike, outcomeOf, type RequestLike, type ResponseLike } from "./http.js";
import { makeId } from "./ids.js";
import { INTERNAL, type Internals, type Telltale } from "./telltale.js";

export type { TrustProxy } from "./client-address.js";
export { type AnswerableResponse, enforceDecisions, type EnforceOptions } from "./enforce.js";
export type { NextLike, RequestLike, ResponseLike } from "./http.js";

/** Settings of `telltaleExpress`. */
export interface TelltaleExpressOptions {
  /** Which proxies are believed about the client's address and request id. Default: none. */
  trustProxy?: TrustProxy;
  /** Who makes a request, when that is known before the handlers run; otherwise call `telltale.setContext({ actor })`. */
  actor?: (request: RequestLike) => ActorInput | undefined;
}

/** The two middlewares: `request` before the routes, `errors` behind them. */
export interface TelltaleExpress {
  readonly request: (request: RequestLike, response: ResponseLike, next: NextLike) => void;
  readonly errors: (error: unknown, request: RequestLike, response: ResponseLike, next: NextLike) => void;
}

const CHANGES_STATE = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const LONGEST_PATH = 2048;
const REQUEST_ID = /^[\w.:/+=-]{1,128}$/;
/** W3C Trace Context, section 3.2. */
const TRACE_PARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** Without the query string: it may carry secrets. */
function pathOf(request: RequestLike): string {
  const url = request.originalUrl ?? request.url ?? "";
  const end = url.search(/[?#]/);
  return url.slice(0, end === -1 ? LONGEST_PATH : Math.min(end, LONGEST_PATH));
}

/** The template that matched: `/orders/:id`. Known once the router has chosen. */
function routeOf(request: RequestLike): string | undefined {
  const { route } = request;
  if (typeof route !== "object" || route === null || !("path" in route)) return undefined;
  const { path } = route;
  const text = typeof path === "string" ? path : String(path);
  const whole = `${request.baseUrl ?? ""}${text}`;
  return whole.length > 1 ? whole.replace(/\/$/, "") : whole;
}

function describeError(error: unknown): { reason: string; message: string } {
  if (!(error instanceof Error)) return { reason: "error", message: typeof error };
  const code: unknown = "code" in error ? error.code : undefined;
  return { reason: typeof code === "string" ? code : error.name, message: error.message };
}

function statusOf(error: unknown): number {
  if (typeof error !== "object" || error === null) return 500;
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
  const value = status ?? statusCode;
  return typeof value === "number" && value >= 400 && value < 600 ? value : 500;
}

class RequestWatch {
  readonly #internals: Internals;
  readonly #request: RequestLike;
  readonly #response: ResponseLike;
  readonly #start = performance.now();
  readonly scope: Scope;
  #isDone = false;

  constructor(internals: Internals, request: RequestLike, response: ResponseLike, context: object) {
    this.#internals = internals;
    this.#request = request;
    this.#response = response;
    this.scope = internals.contexts.open(context, () => this.#late());
  }

  #late(): RequestInfo {
    const route = routeOf(this.#request);
    return route === undefined ? {} : { route };
  }

  ended(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const { scope } = this;
    const method = (this.#request.method ?? "").toUpperCase();
    const isCut = this.#response.writableFinished === false;
    const status = this.#response.statusCode;
    const durationMs = Math.round((performance.now() - this.#start) * 10) / 10;
    const request: RequestInfo = { ...this.#late(), status, durationMs };
    const hasOwn = scope.emitted > 0 || scope.audited;
    const isDenied = !isCut && (status === 401 || status === 403) && !scope.refused && !scope.audited;
    if (isDenied) this.#denied(status, request);
    if (!CHANGES_STATE.has(method)) return;
    this.#internals.console?.sawRoute(`${method} ${request.route ?? pathOf(this.#request)}`, hasOwn);
    if (hasOwn || isDenied) return;
    this.#internals.recordFor(scope, "api_request", {
      outcome: isCut ? "error" : outcomeOf(status),
      ...(isCut ? { reason: "connection_closed" } : {}),
      request,
    });
  }

  /** Credentials that were refused are a failed sign-in; everything else is access refused. */
  #denied(status: number, request: RequestInfo): void {
    const path = pathOf(this.#request);
    if (status === 401 && this.#request.headers.authorization !== undefined) {
      const details = { outcome: "failure", reason: "bad_credentials", request } as const;
      this.#internals.recordFor(this.scope, "authn_login_fail", details);
      return;
    }
    this.#internals.recordFor(this.scope, "authz_fail", {
      outcome: "denied",
      // Everybody without a session gets a 401; being refused as somebody is what OWASP calls critical.
      level: status === 401 ? "warn" : "critical",
      reason: status === 401 ? "not_authenticated" : "forbidden",
      targets: [{ type: "path", id: path }],
      request,
    });
  }
}

/**
 * Middlewares for Express 4 and 5. `request` gives every event emitted while a request is handled its request id,
 * client address, method, path and route; records refusals (401, 403) that nobody recorded; and records every request
 * that changes state and emitted no event of its own as `api_request`. `errors` records unexpected errors and hands
 * them on. Neither touches the body.
 *
 * ```ts
 * const { request, errors } = telltaleExpress(telltale, { trustProxy: 1 });
 * app.use(request);
 * // routes
 * app.use(errors);
 * ```
 */
export function telltaleExpress(telltale: Telltale, options: TelltaleExpressOptions = {}): TelltaleExpress {
  const internals = (telltale as Telltale & { [INTERNAL]?: Internals })[INTERNAL];
  if (internals === undefined) throw new TypeError("telltaleExpress: not a Telltale");
  const trustProxy = options.trustProxy ?? false;
  const addressOf = createClientAddress(trustProxy);

  function contextOf(request: RequestLike): object {
    const { headers, socket } = request;
    const userAgent = one(headers["user-agent"]);
    const ip = addressOf(socket.remoteAddress, headers["x-forwarded-for"]);
    const client: Client = {
      ...(ip === undefined ? {} : { ip }),
      ...(userAgent === undefined ? {} : { userAgent }),
    };
    const given = one(headers["x-request-id"]);
    const trace = TRACE_PARENT.exec(one(headers.traceparent) ?? "")?.[1];
    const actor = options.actor?.(request);
    return {
      ...(actor === undefined ? {} : { actor }),
      client,
      request: {
        id: trustProxy !== false && given !== undefined && REQUEST_ID.test(given) ? given : makeId(),
        ...(trace === undefined ? {} : { trace }),
        method: request.method,
        path: pathOf(request),
      },
    };
  }

  return {
    request(request, response, next) {
      let watch: RequestWatch;
      try {
        watch = new RequestWatch(internals, request, response, contextOf(request));
        response.once("finish", () => watch.ended());
        response.once("close", () => watch.ended());
      } catch {
        // The application's `actor` failed: the request goes on without a context.
        next();
        return;
      }
      internals.contexts.run(watch.scope, () => next());
    },
    errors(error, request, response, next) {
      const status = statusOf(error);
      if (status >= 500) {
        const { reason, message } = describeError(error);
        telltale.emit({
          action: "app_error",
          outcome: "error",
          level: "warn",
          reason,
          request: { ...(routeOf(request) === undefined ? {} : { route: routeOf(request) }), status },
          data: { error: message, answered: response.headersSent === true },
        });
      }
      next(error);
    },
  };
}
