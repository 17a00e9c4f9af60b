// SPDX-License-Identifier: Apache-2.0
import { createClientAddress, type TrustProxy } from "./client-address.js";
import { isFields } from "./context.js";
import type { Decision, DecisionSubject } from "./decisions/known.js";
import type { NextLike, RequestLike, ResponseLike } from "./http.js";
import { INTERNAL, type Internals, type Telltale } from "./telltale.js";

/** What is used of a response to answer it. */
export interface AnswerableResponse extends ResponseLike {
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

type Read<R, T> = (request: R) => T | undefined;

/** Settings of `enforceDecisions`. */
export interface EnforceOptions<R extends RequestLike = RequestLike> {
  /** The id of who is signed in. Default: the actor of `telltale.setContext`. */
  actor?: Read<R, string>;
  /** The id of the session. Default: `actor.session` of `telltale.setContext`. */
  session?: Read<R, string>;
  /** Which proxies are believed about the client's address. Default: none. */
  trustProxy?: TrustProxy;
  /**
   * When whoever asks last proved who they are, with whatever a step-up asks for: a date or milliseconds since 1970. A step-up
   * or the revocation of sessions that was decided before then is done. Without it both hold until they run out.
   */
  provenAt?: Read<R, Date | number>;
  /** Ends the session of a request, before it is answered with 401. */
  onRevoke?: (request: R, decision: Decision) => void | Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly error: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** RFC 9470, section 3: what asks a client for a stronger authentication. */
const STEP_UP =
  'Bearer error="insufficient_user_authentication", error_description="Sign in again, with a second factor"';
const REVOKED = 'Bearer error="invalid_token", error_description="The session has ended"';

const ANSWERS = {
  block: { status: 403, error: "blocked", headers: {} },
  revoke_session: { status: 401, error: "session_revoked", headers: { "www-authenticate": REVOKED } },
  "step-up": { status: 401, error: "step_up_required", headers: { "www-authenticate": STEP_UP } },
  refuse: { status: 503, error: "unavailable", headers: { "retry-after": "5" } },
} as const satisfies Record<string, Answer>;

/**
 * A middleware for Express 4 and 5 that does what the server has decided: 403 for who is blocked, 401 for a session that was
 * revoked and, with the challenge of RFC 9470, where more proof is asked for. Put it behind the middleware that knows who
 * is signed in. The client is not told why.
 *
 * ```ts
 * const telltale = createTelltale({ app: "shop", url, key, decisions: true });
 * app.use(enforceDecisions(telltale, { actor: (request) => request.user?.id, provenAt: (request) => request.session?.signedInAt }));
 * ```
 *
 * @throws {TypeError} when decisions are not followed: a helper that can block nobody would be a mistake that nobody sees
 */
export function enforceDecisions<R extends RequestLike = RequestLike>(
  telltale: Telltale,
  options: EnforceOptions<R> = {},
): (request: R, response: AnswerableResponse, next: NextLike) => void {
  const internals = (telltale as Telltale & { [INTERNAL]?: Internals })[INTERNAL];
  if (internals === undefined) throw new TypeError("enforceDecisions: not a Telltale");
  if (!telltale.decisions.isOn)
    throw new TypeError(
      "enforceDecisions: say decisions: true to createTelltale, else nothing is ever decided",
    );
  const addressOf = createClientAddress(options.trustProxy ?? false);

  function subjectOf(request: R): DecisionSubject {
    const actor = internals?.contexts.current()?.context["actor"];
    const known = isFields(actor) ? actor : {};
    const own = (name: string): string | undefined => {
      const value = known[name];
      return typeof value === "string" ? value : undefined;
    };
    return {
      actor: options.actor?.(request) ?? own("id"),
      session: options.session?.(request) ?? own("session"),
      ip: addressOf(request.socket.remoteAddress, request.headers["x-forwarded-for"]),
    };
  }

  function isDone(request: R, decision: Decision): boolean {
    if (decision.kind === "block") return false;
    const at = options.provenAt?.(request);
    return at !== undefined && Number(at) >= decision.madeAt;
  }

  return (request, response, next) => {
    const verdict = telltale.decisions.for(subjectOf(request));
    const decision = verdict.decisions.find((each) => !isDone(request, each));
    const action = decision?.kind ?? (verdict.action === "refuse" ? "refuse" : undefined);
    if (action === undefined) {
      next();
      return;
    }
    telltale.authz.fail({
      reason: action === "refuse" ? "decisions_unknown" : `decision_${action}`,
      targets: [{ type: "path", id: pathOf(request) }],
      ...(decision === undefined ? {} : { data: { decision: decision.id } }),
    });
    const answer = ANSWERS[action];
    if (decision?.kind !== "revoke_session" || options.onRevoke === undefined) {
      send(response, answer);
      return;
    }
    // Also when the session could not be ended: it is refused here as long as the decision holds.
    Promise.resolve(options.onRevoke(request, decision)).then(() => send(response, answer), next);
  };
}

/** Without the query string: it may carry secrets. */
function pathOf(request: RequestLike): string {
  const [path = ""] = (request.originalUrl ?? request.url ?? "").split(/[?#]/, 1);
  return path.slice(0, 2_048) || "/";
}

function send(response: AnswerableResponse, { status, error, headers }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("content-type", "application/json");
  response.setHeader("cache-control", "no-store");
  response.end(JSON.stringify({ error }));
}
