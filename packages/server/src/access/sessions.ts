// SPDX-License-Identifier: Apache-2.0
import type { State } from "../state/state.js";
import { isUserRole } from "./permissions.js";
import type { UserPrincipal } from "./principal.js";
import { hashSecret, randomSecret } from "./secret.js";

/** Without use a session ends after this long (ASVS 5.0, 7.3.1), in milliseconds. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
/** However busy, a session ends after this long (ASVS 5.0, 7.3.2), in milliseconds. */
export const SESSION_ABSOLUTE_MS = 7 * 24 * 3_600_000;

const TOUCH_MS = 60_000;
const TOKEN = /^[a-z2-7]{52}$/;

/** Browser sessions, kept on the server under a hash: a stolen state.db holds nobody's cookie. */
export interface Sessions {
  /** Ends `previous` (the cookie the browser came with), if any, and returns a new cookie value. */
  start(userId: string, address: string, previous?: string): Promise<string>;
  /** Who the cookie belongs to; undefined when unknown, ended, timed out, or the user is disabled. */
  find(token: string): Promise<UserPrincipal | undefined>;
  end(principal: UserPrincipal): Promise<void>;
  /** Removes what timed out. */
  sweep(): Promise<void>;
}

/**
 * The token that unsafe requests repeat in a header. Derived from the cookie, so nothing more is stored; one
 * way, so the page that knows it does not know the cookie (which is HttpOnly).
 */
export function toCsrf(token: string): string {
  return hashSecret("csrf", token);
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function createSessions(state: State, now: () => number): Sessions {
  const { db } = state;
  return {
    async start(userId, address, previous) {
      const token = randomSecret();
      const at = iso(now());
      await state.transact(async (trx) => {
        if (previous !== undefined && TOKEN.test(previous)) {
          await trx.deleteFrom("sessions").where("id_hash", "=", hashSecret("session", previous)).execute();
        }
        await trx
          .insertInto("sessions")
          .values({
            id_hash: hashSecret("session", token),
            user_id: userId,
            created: at,
            last_seen: at,
            address,
          })
          .execute();
        await trx.updateTable("users").set({ last_sign_in: at }).where("id", "=", userId).execute();
      });
      return token;
    },
    async find(token) {
      if (!TOKEN.test(token)) return undefined;
      const hash = hashSecret("session", token);
      const row = await db
        .selectFrom("sessions")
        .innerJoin("users", "users.id", "sessions.user_id")
        .select(["users.id", "users.name", "users.role", "users.tenant", "users.disabled"])
        .select(["sessions.created", "sessions.last_seen"])
        .where("id_hash", "=", hash)
        .executeTakeFirst();
      if (row === undefined || row.disabled !== null || !isUserRole(row.role)) return undefined;
      const at = now();
      const idle = at - Date.parse(row.last_seen);
      if (idle > SESSION_IDLE_MS || at - Date.parse(row.created) > SESSION_ABSOLUTE_MS) {
        await db.deleteFrom("sessions").where("id_hash", "=", hash).execute();
        return undefined;
      }
      if (idle > TOUCH_MS) {
        await db
          .updateTable("sessions")
          .set({ last_seen: iso(at) })
          .where("id_hash", "=", hash)
          .execute();
      }
      return {
        kind: "user",
        id: row.id,
        name: row.name,
        role: row.role,
        tenant: row.tenant === "" ? undefined : row.tenant,
        session: hash,
        csrf: toCsrf(token),
      };
    },
    async end(principal) {
      await db.deleteFrom("sessions").where("id_hash", "=", principal.session).execute();
    },
    sweep: () => sweep(state, now()),
  };
}

async function sweep({ db }: State, at: number): Promise<void> {
  await db
    .deleteFrom("sessions")
    .where((eb) =>
      eb.or([
        eb("last_seen", "<", iso(at - SESSION_IDLE_MS)),
        eb("created", "<", iso(at - SESSION_ABSOLUTE_MS)),
      ]),
    )
    .execute();
}
