// SPDX-License-Identifier: Apache-2.0
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Access } from "../access/access.js";
import type { UserPrincipal } from "../access/principal.js";
import { toErrorBody } from "../errors.js";
import { addressOf } from "../http/address.js";
import { formatSessionCookie, readSessionCookie } from "../http/cookie.js";
import type { SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import type { Api } from "./define.js";
import { sessionShape } from "./shapes.js";

const credentials = z.strictObject({
  name: z.string().min(1).max(200),
  password: z.string().min(1).max(1_000),
});
const setup = z.strictObject({
  token: z.string().max(200),
  name: z.string().min(1).max(200),
  password: z.string().min(1).max(1_000),
});

export interface SessionRouteParts {
  access: Access;
  selfLog: SelfLog;
  /** True when browsers reach us by TLS, here or at a proxy. */
  isSecure: boolean;
}

function toAnswer(user: UserPrincipal): z.output<typeof sessionShape> {
  return { user: { id: user.id, name: user.name, role: user.role }, csrf: user.csrf };
}

async function signIn(
  { access, isSecure }: SessionRouteParts,
  request: FastifyRequest,
  reply: FastifyReply,
  { name, password }: { name: string; password: string },
): Promise<z.output<typeof sessionShape>> {
  const previous = readSessionCookie(request.headers.cookie);
  const address = addressOf(request);
  const { token, principal } = await access.signIn({
    name,
    password,
    address,
    ...(previous === undefined ? {} : { previous }),
  });
  void reply.header("set-cookie", formatSessionCookie(token, isSecure));
  return toAnswer(principal);
}

/** Sign in, sign out, who am I. */
export function registerSession(api: Api, parts: SessionRouteParts): void {
  const { access, selfLog, isSecure } = parts;
  async function current(request: FastifyRequest): Promise<UserPrincipal | undefined> {
    const cookie = readSessionCookie(request.headers.cookie);
    return cookie === undefined ? undefined : access.sessions.find(cookie);
  }

  api.route(
    {
      method: "GET",
      url: "/v1/session",
      access: "public",
      summary: "Who is signed in",
      answer: sessionShape,
      errors: ["session_required"],
    },
    async ({ request, reply }) => {
      const user = await current(request);
      if (user !== undefined) return toAnswer(user);
      // Says whether the page has to show the set-up form instead of the sign-in form; nothing else.
      void reply.status(401);
      return { ...toErrorBody("session_required"), setup: await access.setup.needed() };
    },
  );
  api.route(
    {
      method: "POST",
      url: "/v1/session",
      access: "public",
      summary: "Sign in",
      body: credentials,
      answer: sessionShape,
      errors: ["bad_credentials", "rate_limited", "csrf_failed"],
    },
    ({ body, request, reply }) => signIn(parts, request, reply, body),
  );
  api.route(
    { method: "DELETE", url: "/v1/session", access: "public", summary: "Sign out", errors: ["csrf_failed"] },
    async ({ request, reply }) => {
      // Public and without a CSRF token: the cookie is SameSite=Strict and the page's origin is checked, so nobody
      // else's page can sign a person out; and whoever wants out gets out, also with a stale page.
      const user = await current(request);
      if (user !== undefined) {
        await access.sessions.end(user);
        selfLog.emit({
          action: "session_logout",
          outcome: "success",
          actor: toActor(user),
          client: { ip: addressOf(request) },
        });
      }
      void reply.header("set-cookie", formatSessionCookie(undefined, isSecure)).status(204).send();
    },
  );
}

/** The first administrator; the answer is a session already. */
export function registerSetup(api: Api, parts: SessionRouteParts): void {
  api.route(
    {
      method: "POST",
      url: "/v1/setup",
      access: "public",
      summary: "Make the first administrator with the one-time link",
      body: setup,
      answer: sessionShape,
      errors: ["setup_done", "setup_token_invalid", "weak_password", "csrf_failed"],
    },
    async ({ body, request, reply }) => {
      await parts.access.setup.complete(body);
      return signIn(parts, request, reply, body);
    },
  );
}
