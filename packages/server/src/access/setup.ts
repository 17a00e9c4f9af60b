// SPDX-License-Identifier: Apache-2.0
import { ApiError } from "../errors.js";
import type { SelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type { Passwords } from "./passwords.js";
import { hashSecret, randomSecret } from "./secret.js";
import type { User } from "./users.js";
import { reportUserCreated, toUserRow } from "./users.js";

/** The first administrator is made through a link that only whoever started the server has seen. */
export interface Setup {
  /** True while nobody can sign in. */
  needed(): Promise<boolean>;
  /** A new token while set-up is needed, else undefined. Earlier ones stay valid until somebody uses one. */
  issue(): Promise<string | undefined>;
  /** Makes the owner and voids every token. Throws ApiError `setup_done`, `setup_token_invalid`, `weak_password`. */
  complete(input: { token: string; name: string; password: string }): Promise<User>;
}

const TOKEN = /^[a-z2-7]{52}$/;
const KEEP = 5;

/** Path of the set-up page; the token is behind `#`, so it reaches no proxy's or server's request log. */
export function toSetupPath(token: string): string {
  return `/setup#token=${token}`;
}

export function createSetup(options: {
  state: State;
  passwords: Passwords;
  selfLog: SelfLog;
  now: () => number;
}): Setup {
  const { state, passwords, selfLog, now } = options;
  async function needed(): Promise<boolean> {
    return (await state.db.selectFrom("users").select("id").limit(1).execute()).length === 0;
  }
  return {
    needed,
    async issue() {
      if (!(await needed())) return undefined;
      const token = randomSecret();
      await state.transact(async (trx) => {
        await trx
          .insertInto("setup_tokens")
          .values({ hash: hashSecret("setup", token), created: new Date(now()).toISOString() })
          .execute();
        const old = trx
          .selectFrom("setup_tokens")
          .select("hash")
          .orderBy("created", "desc")
          .orderBy("hash")
          .limit(KEEP);
        await trx.deleteFrom("setup_tokens").where("hash", "not in", old).execute();
      });
      return token;
    },
    async complete({ token, name, password }) {
      if (!(await needed())) throw new ApiError("setup_done");
      const hash = hashSecret("setup", token);
      // Looked up by its hash, so the time of the look-up tells nothing about the token.
      const known = await state.db
        .selectFrom("setup_tokens")
        .select("hash")
        .where("hash", "=", hash)
        .execute();
      // Before the password is hashed: a stranger must not be able to make us work.
      if (!TOKEN.test(token) || known.length === 0) throw new ApiError("setup_token_invalid");
      const row = await toUserRow({ name, password, role: "owner" }, passwords, now());
      // True now: the token is valid and nobody is stored. If we die before the commit the link still works.
      // Two that race here are told apart by the transaction: the second finds a user and is refused.
      await state.transact(async (trx) => {
        const users = await trx.selectFrom("users").select("id").limit(1).execute();
        if (users.length > 0) throw new ApiError("setup_done");
        await trx.deleteFrom("setup_tokens").execute();
        await trx.insertInto("users").values(row).execute();
      });
      reportUserCreated(selfLog, row, { kind: "system", id: "setup" });
      return { id: row.id, name: row.name, role: row.role, created: row.created };
    },
  };
}
