// SPDX-License-Identifier: Apache-2.0
import { createHmac, randomBytes } from "node:crypto";
import { ApiError } from "../errors.js";
import type { SelfEvent, SelfLog } from "../self-log.js";
import { createFoldedLog, STRANGERS } from "../self-log-fold.js";
import type { State } from "../state/state.js";
import { isUserRole } from "./permissions.js";
import type { Passwords } from "./passwords.js";
import type { UserPrincipal } from "./principal.js";
import type { Sessions } from "./sessions.js";
import { toNetwork, type Throttle } from "./throttle.js";
import { toFoldedName } from "./users.js";

export interface Credentials {
  name: string;
  password: string;
  /** Where the request came from. */
  address: string;
  /** Cookie the browser came with; its session ends when the sign-in succeeds. */
  previous?: string;
}

export type SignIn = (credentials: Credentials) => Promise<{ token: string; principal: UserPrincipal }>;

/**
 * Makes the one function that turns a name and a password into a session. It throws ApiError `bad_credentials`
 * (the same for a wrong name, a wrong password and a disabled user, after the same work) or `rate_limited`.
 */
export function createSignIn(options: {
  state: State;
  passwords: Passwords;
  sessions: Sessions;
  throttle: Throttle;
  selfLog: SelfLog;
  now: () => number;
}): SignIn {
  const { state, passwords, sessions, throttle, selfLog } = options;
  // An attempt that is turned away costs a stranger nothing: it must not cost the log an event each time.
  const folded = createFoldedLog(selfLog, options.now, STRANGERS);
  // People type passwords into the name field. A name that nobody has is recorded only under a keyed hash that
  // lives as long as the process: enough to see that many names are tried, useless to read them.
  const nameKey = randomBytes(32);
  const nameToken = (name: string) => createHmac("sha256", nameKey).update(name).digest("hex").slice(0, 16);

  function report(
    action: string,
    reason: string | undefined,
    who: { id: string; name: string } | string,
    address: string,
  ): void {
    const known = typeof who !== "string";
    const log =
      reason === "throttled" ? folded : { emit: (_key: string, event: SelfEvent) => selfLog.emit(event) };
    log.emit(`throttled ${toNetwork(address)}`, {
      action,
      outcome: reason === undefined ? "success" : "failure",
      message: reason === undefined ? "Telltale sign-in" : "Telltale sign-in failed",
      actor: known ? { type: "user", id: who.id, name: who.name } : { type: "anonymous" },
      client: { ip: address },
      ...(reason === undefined ? {} : { reason }),
      ...(known ? {} : { data: { name_token: nameToken(who) } }),
    });
  }

  return async ({ name, password, address, previous }) => {
    const foldedName = toFoldedName(name) ?? "";
    const wait = throttle.attempt(foldedName, address);
    if (wait > 0) {
      report("authn_login_fail_max", "throttled", foldedName, address);
      throw new ApiError("rate_limited", {
        message: `Too many failed sign-ins. Try again in ${wait} s.`,
        retryAfter: wait,
      });
    }
    const row = await state.db
      .selectFrom("users")
      .selectAll()
      .where("tenant", "=", "")
      .where("folded_name", "=", foldedName)
      .executeTakeFirst();
    const good = await passwords.verify(row?.password, password);
    if (!good || row === undefined || row.disabled !== null || !isUserRole(row.role)) {
      const reason = row === undefined ? "unknown_user" : good ? "user_disabled" : "bad_password";
      report("authn_login_fail", reason, row ?? foldedName, address);
      throw new ApiError("bad_credentials");
    }
    throttle.succeeded(foldedName, address);
    const token = await sessions.start(row.id, address, previous);
    const principal = await sessions.find(token);
    if (principal === undefined) throw new ApiError("bad_credentials");
    report("authn_login_success", undefined, row, address);
    return { token, principal };
  };
}
