// SPDX-License-Identifier: Apache-2.0
import type { FastifyRequest } from "fastify";
import type { Access } from "../access/access.js";
import type { Action } from "../access/permissions.js";
import { isAllowed } from "../access/permissions.js";
import type { Principal, UserPrincipal } from "../access/principal.js";
import { isSameText } from "../access/secret.js";
import { ApiError } from "../errors.js";
import { toActor } from "../self-log.js";
import type { FoldedLog } from "../self-log-fold.js";
import { addressOf } from "./address.js";
import { readSessionCookie } from "./cookie.js";
import { toHostname } from "./headers.js";

/** What a route asks for: an action of the permission table, or nothing at all. */
export type AccessRule = Action | "public";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; null on a public route. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** Every route must say it; one that does not is refused when it is registered. */
    access?: AccessRule;
    /** What a route takes that does not take just JSON, as the refusal of another content type says it. */
    accepts?: string;
    /** What it answers is for programs, never for a page: the answer carries fewer headers. */
    forPrograms?: true;
  }
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

export interface GuardOptions {
  access: Pick<Access, "keys" | "sessions">;
  folded: FoldedLog;
  /** Hostname of the configured public address. */
  publicHost: string | undefined;
}

/** Decides about one request before its body is read. */
export interface Guard {
  /** The fast path: a key that is in memory and may. Undefined: ask `admit`. */
  admitKnownKey(request: FastifyRequest, action: Action): Principal | undefined;
  /** Throws ApiError `unauthorized`, `session_required`, `csrf_failed`, `forbidden`. */
  admit(request: FastifyRequest, action: Action): Promise<Principal>;
  /** For public routes that change something: throws `csrf_failed` for another site's page. */
  verifyOwnPage(request: FastifyRequest): void;
}

function readBearer(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  // The scheme is case-insensitive (RFC 9110, 11.1). What follows is compared whole.
  return /^bearer /i.test(header) ? header.slice(7).trim() : "";
}

/**
 * Another site's page cannot forge these headers (Fetch Metadata; RFC 6454). A client that sends neither is no browser,
 * and carries no cookie that it did not get from its owner.
 */
function isOwnPage(request: FastifyRequest, publicHost: string | undefined): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none";
  const { origin } = request.headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const { hostname, host } = new URL(origin);
  return (
    host === request.headers.host ||
    hostname === publicHost ||
    hostname === toHostname(request.headers.host ?? "")
  );
}

/** Makes the guard of one server. */
export function createGuard({ access, folded, publicHost }: GuardOptions): Guard {
  function refuseKey(request: FastifyRequest): never {
    folded.emit(`bad_key ${addressOf(request)}`, {
      action: "authn_login_fail",
      outcome: "failure",
      reason: "bad_key",
      message: "A request came with an API key that is not valid",
      actor: { type: "anonymous" },
      client: { ip: addressOf(request) },
    });
    throw new ApiError("unauthorized");
  }

  function verifyCsrf(request: FastifyRequest, user: UserPrincipal): void {
    if (SAFE.has(request.method)) return;
    const token = request.headers["x-csrf-token"];
    if (isOwnPage(request, publicHost) && typeof token === "string" && isSameText(token, user.csrf)) return;
    throw new ApiError("csrf_failed");
  }

  async function identify(request: FastifyRequest): Promise<Principal> {
    const bearer = readBearer(request);
    // A request that shows a key is judged by the key alone: a cookie beside it must not rescue it.
    if (bearer !== undefined) return (await access.keys.verifyFresh(bearer)) ?? refuseKey(request);
    const cookie = readSessionCookie(request.headers.cookie);
    if (cookie === undefined) throw new ApiError("unauthorized");
    const user = await access.sessions.find(cookie);
    if (user === undefined) throw new ApiError("session_required");
    verifyCsrf(request, user);
    return user;
  }

  return {
    admitKnownKey(request, action) {
      const header = request.headers.authorization;
      if (header === undefined || !header.startsWith("Bearer ")) return undefined;
      const key = access.keys.verify(header.slice(7));
      return key !== undefined && isAllowed(key, action) ? key : undefined;
    },
    async admit(request, action) {
      const principal = await identify(request);
      if (isAllowed(principal, action)) return principal;
      folded.emit(`forbidden ${principal.id} ${action}`, {
        action: "authz_fail",
        outcome: "denied",
        reason: "no_permission",
        message: "Telltale refused a request",
        actor: toActor(principal),
        client: { ip: addressOf(request) },
        data: { permission: action },
      });
      throw new ApiError("forbidden");
    },
    verifyOwnPage(request) {
      if (!SAFE.has(request.method) && !isOwnPage(request, publicHost)) throw new ApiError("csrf_failed");
    },
  };
}
