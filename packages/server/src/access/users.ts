// SPDX-License-Identifier: Apache-2.0
import type { Selectable, Transaction } from "kysely";
import { ApiError } from "../errors.js";
import type { SelfActor, SelfLog } from "../self-log.js";
import { toActor } from "../self-log.js";
import type { State } from "../state/state.js";
import type { Tables, UserTable } from "../state/tables.js";
import type { UserRole } from "./permissions.js";
import type { Passwords } from "./passwords.js";
import { verifyPasswordStrength } from "./passwords.js";
import { randomText } from "./secret.js";

/** What may be shown of a user. */
export interface User {
  id: string;
  name: string;
  role: UserRole;
  created: string;
  disabled?: string;
}

/** People who sign in. Disabling, a new password and a new role end every session of that user. */
export interface Users {
  count(): Promise<number>;
  list(): Promise<User[]>;
  /** Throws ApiError `weak_password`, `conflict` (name taken), `bad_request` (name). */
  create(user: { name: string; password: string; role: UserRole }, by: SelfActor): Promise<User>;
  setRole(id: string, role: UserRole, by: SelfActor): Promise<void>;
  setPassword(id: string, password: string, by: SelfActor): Promise<void>;
  disable(id: string, by: SelfActor): Promise<void>;
}

// Letters, digits and what addresses need. No control, bidi or invisible characters: two names that look the
// same must not be two people (after NFKC and lower case).
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,127}$/u;

/** The form in which names are compared, or undefined when it cannot be one. */
export function toFoldedName(name: string): string | undefined {
  if (name.length > 128) return undefined;
  const normal = name.trim().normalize("NFKC");
  return NAME.test(normal) ? normal.toLowerCase() : undefined;
}

/** Prepares a row; throws ApiError. The caller inserts it, alone or in a transaction. */
export async function toUserRow(
  user: { name: string; password: string; role: UserRole },
  passwords: Passwords,
  now: number,
) {
  const folded = toFoldedName(user.name);
  if (folded === undefined) {
    throw new ApiError("bad_request", {
      message: "name: 1 to 128 letters, digits or . _ @ + -, beginning with a letter or digit.",
    });
  }
  verifyPasswordStrength(user.password, folded);
  return {
    id: `u-${randomText(12)}`,
    tenant: "",
    name: user.name.trim().normalize("NFKC"),
    folded_name: folded,
    role: user.role,
    password: await passwords.hash(user.password),
    created: new Date(now).toISOString(),
    disabled: null,
    last_sign_in: null,
  };
}

/** The event that says a user was made. */
export function reportUserCreated(
  selfLog: SelfLog,
  user: { id: string; name: string; role: string },
  by: SelfActor,
) {
  selfLog.emit({
    action: "user_created",
    outcome: "success",
    message: "Telltale user created",
    actor: toActor(by),
    targets: [{ type: "user", id: user.id, name: user.name }],
    data: { role: user.role },
  });
}

function isUnique(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "SQLITE_CONSTRAINT_UNIQUE";
}

interface UsersOptions {
  state: State;
  passwords: Passwords;
  selfLog: SelfLog;
  now: () => number;
}

interface UserPatch {
  role?: UserRole;
  password?: string;
  disabled?: string;
}

// Telltale without an owner could not be given one again.
async function verifyOwnerStays(
  trx: Transaction<Tables>,
  row: Selectable<UserTable>,
  set: UserPatch,
): Promise<void> {
  const losesOwner =
    row.role === "owner" && (set.disabled !== undefined || (set.role !== undefined && set.role !== "owner"));
  if (!losesOwner || row.disabled !== null) return;
  const owners = await trx
    .selectFrom("users")
    .select("id")
    .where("role", "=", "owner")
    .where("disabled", "is", null)
    .execute();
  if (owners.length === 1) throw new ApiError("conflict", { message: "The last owner must stay." });
}

/** Changes a user and ends their sessions, in one transaction; then says so. */
async function changeUser(
  { state, selfLog }: UsersOptions,
  id: string,
  set: UserPatch,
  action: string,
  by: SelfActor,
): Promise<void> {
  const before = await state.transact(async (trx) => {
    const row = await trx.selectFrom("users").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new ApiError("not_found", { message: "There is no user with this id." });
    await verifyOwnerStays(trx, row, set);
    await trx.updateTable("users").set(set).where("id", "=", id).execute();
    await trx.deleteFrom("sessions").where("user_id", "=", id).execute();
    return row;
  });
  selfLog.emit({
    action,
    outcome: "success",
    actor: toActor(by),
    targets: [{ type: "user", id, name: before.name }],
    ...(set.role === undefined ? {} : { changes: [{ field: "role", from: before.role, to: set.role }] }),
  });
}

/** Users over the state. */
export function createUsers(options: UsersOptions): Users {
  const { state, passwords, selfLog, now } = options;
  return {
    async count() {
      const row = await state.db
        .selectFrom("users")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      return row.n;
    },
    async list() {
      const rows = await state.db.selectFrom("users").selectAll().orderBy("created").orderBy("id").execute();
      return rows.map((row) => ({
        id: row.id,
        name: row.name,
        role: row.role as UserRole,
        created: row.created,
        ...(row.disabled === null ? {} : { disabled: row.disabled }),
      }));
    },
    async create(user, by) {
      const row = await toUserRow(user, passwords, now());
      try {
        await state.db.insertInto("users").values(row).execute();
      } catch (error) {
        if (isUnique(error)) throw new ApiError("conflict", { message: "This name is taken.", cause: error });
        throw error;
      }
      reportUserCreated(selfLog, row, by);
      return { id: row.id, name: row.name, role: row.role, created: row.created };
    },
    setRole: (id, role, by) => changeUser(options, id, { role }, "privilege_permissions_changed", by),
    async setPassword(id, password, by) {
      const rows = await state.db.selectFrom("users").select("folded_name").where("id", "=", id).execute();
      verifyPasswordStrength(password, rows[0]?.folded_name ?? "");
      await changeUser(
        options,
        id,
        { password: await passwords.hash(password) },
        "authn_password_change",
        by,
      );
    },
    disable: (id, by) =>
      changeUser(options, id, { disabled: new Date(now()).toISOString() }, "user_updated", by),
  };
}
