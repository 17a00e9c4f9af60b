// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { uuidV7 } from "@telltale/event";
import type { Selectable } from "kysely";
import type { Hold, HoldStore } from "../../follow/retain/holds.js";
import { type SealingSelfLog, type SelfActor, toActor } from "../../self-log.js";
import type { State } from "../../state/state.js";
import type { ErasureTable } from "../../state/tables.js";
import type { KeyService } from "../key-service.js";
import type { KeptSubject, SubjectName } from "../keys/subject-store.js";
import { type Certificate, toCertificateEvent } from "./certificate.js";
import { destroySubject } from "./destroy.js";
import { EraseError } from "./error.js";

/** `deferred`: it is approved, and waits until no legal hold is in force that may cover the subject. */
export type ErasureStatus = "requested" | "deferred" | "approved" | "done" | "cancelled";

/** An erasure as people see it. It names the alias; the person is named nowhere. */
export interface Erasure {
  readonly id: string;
  readonly alias: string;
  readonly reason: string;
  readonly status: ErasureStatus;
  readonly requested: string;
  readonly requestedBy: SelfActor;
  readonly decided: string | undefined;
  readonly decidedBy: SelfActor | undefined;
  /** Ids of the holds that it waits for. */
  readonly heldBy: readonly string[];
  readonly certificate: Certificate | undefined;
  /** Id of the event that certifies it. */
  readonly eventId: string;
}

/** What an erasure would leave. */
export interface ErasurePreview {
  /** Since when the person has a key. */
  readonly since: string;
  readonly leftPlain: readonly string[];
  /** Legal holds that would defer it. */
  readonly heldBy: readonly string[];
  /** When the last copy of the key would be gone, if it were done now; undefined when nobody said how long copies are kept. */
  readonly copiesGone: string | undefined;
}

export interface ErasureParts {
  readonly state: State;
  readonly keys: Pick<KeyService, "mustOpen" | "forget">;
  readonly holds: Pick<HoldStore, "list">;
  readonly selfLog: SealingSelfLog;
  /** The policy in force: its version, and what it leaves readable. */
  readonly policy: { readonly version: string; leftPlain(tenant: string | undefined): string[] };
  /** Days after which no copy of the data directory is left; undefined: nobody said. */
  readonly backupDays: number | undefined;
  readonly now: () => number;
}

type Row = Selectable<ErasureTable>;

const DAY_MS = 86_400_000;
const OPEN = ["requested", "approved", "destroyed"];

/**
 * Erases subjects: one person asks, another approves, a legal hold defers. Then the key and the alias are destroyed in the state, and the log gets
 * a certificate. Nothing in the log changes, so every proof and receipt still holds.
 */
export class Erasures {
  readonly #parts: ErasureParts;
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: ErasureParts) {
    this.#parts = parts;
  }

  /**
   * What an erasure would do, before anybody asks for it. It tells no alias: whoever wants that asks by the real name, which is an event. Throws as
   * `request` does.
   */
  async preview(name: SubjectName): Promise<ErasurePreview> {
    const { keys, holds, policy, backupDays, now } = this.#parts;
    const subject = await keys.mustOpen().subjects.find(name);
    if (subject === undefined) throw noSubject();
    return {
      since: subject.created,
      leftPlain: policy.leftPlain(name.tenant),
      heldBy: (await holds.list()).filter((hold) => mayCover(hold, subject)).map(({ id }) => id),
      copiesGone: backupDays === undefined ? undefined : new Date(now() + backupDays * DAY_MS).toISOString(),
    };
  }

  /** Throws EraseError, and KeyringError while the keys are not to be had. */
  async request(name: SubjectName, reason: string, by: SelfActor): Promise<Erasure> {
    mustPerson(by);
    const { state, keys, now, selfLog } = this.#parts;
    if (name.id.length > 2 && reason.toLowerCase().includes(name.id.toLowerCase())) {
      throw new EraseError(
        "names_subject",
        "the reason stays in the log for ever: it must not name the person",
      );
    }
    const subject = await keys.mustOpen().subjects.find(name);
    if (subject === undefined) throw noSubject();
    const { alias } = subject;
    const pending = await state.db
      .selectFrom("erasures")
      .select("id")
      .where("alias", "=", alias)
      .where("status", "in", OPEN)
      .executeTakeFirst();
    if (pending !== undefined)
      throw new EraseError("pending", `the erasure ${pending.id} of this subject waits already`);
    const id = uuidV7(now(), randomBytes(10));
    const row = {
      id,
      tenant: name.tenant ?? "",
      alias,
      reason,
      status: "requested",
      requested: this.#time(),
      requested_by: JSON.stringify(by),
      event_id: uuidV7(now(), randomBytes(10)),
    };
    await selfLog.seal([
      {
        action: "log_erasure_requested",
        actor: toActor(by),
        targets: [{ type: "subject", id: alias }],
        data: { erasure: id, why: reason },
      },
    ]);
    await state.db.insertInto("erasures").values(row).execute();
    return this.get(id);
  }

  /** Somebody else approves. It is done when this resolves, unless a legal hold defers it. Throws EraseError. */
  async approve(id: string, by: SelfActor): Promise<Erasure> {
    mustPerson(by);
    const { requestedBy, status } = await this.get(id);
    if (status !== "requested") throw new EraseError("not_open", "this erasure was decided before");
    if (requestedBy.id === by.id) {
      throw new EraseError(
        "same_person",
        "whoever asked for an erasure cannot approve it: it takes two people",
      );
    }
    await this.#decide(id, "requested", "approved", by);
    await this.run();
    return this.get(id);
  }

  /** Until it is done anybody who may ask for one may cancel it. Throws EraseError. */
  async cancel(id: string, by: SelfActor, why: string): Promise<Erasure> {
    const { status, alias } = await this.get(id);
    if (status === "done" || status === "cancelled")
      throw new EraseError("not_open", "this erasure was decided before");
    await this.#alone(async () => {
      await this.#decide(id, status === "requested" ? "requested" : "approved", "cancelled", by);
      await this.#parts.selfLog.seal([
        {
          action: "log_erasure_cancelled",
          actor: toActor(by),
          targets: [{ type: "subject", id: alias }],
          data: { erasure: id, why },
        },
      ]);
    });
    return this.get(id);
  }

  /** All that there ever were, the newest first. */
  async list(limit = 200): Promise<Erasure[]> {
    const rows = await this.#parts.state.db
      .selectFrom("erasures")
      .selectAll()
      .orderBy("requested", "desc")
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    return rows.map(toErasure);
  }

  /** Throws EraseError `not_open` when there is none. */
  async get(id: string): Promise<Erasure> {
    const row = await this.#parts.state.db
      .selectFrom("erasures")
      .selectAll()
      .where("id", "=", id)
      .executeTakeFirst();
    if (row === undefined) throw new EraseError("not_open", "there is no erasure with this id");
    return toErasure(row);
  }

  /** Does what is approved and held by nobody, and ends what a crash left half-way. */
  run(): Promise<void> {
    return this.#alone(async () => {
      const rows = await this.#parts.state.db
        .selectFrom("erasures")
        .selectAll()
        .where("status", "in", ["approved", "destroyed"])
        .orderBy("requested")
        .execute();
      for (const row of rows) {
        const isDue = row.status === "destroyed" || (await this.#destroy(row));
        if (isDue) await this.#certify(row.id);
      }
    });
  }

  /** Destroys keys that the log says were destroyed: an older copy of the state had brought them back. */
  async enforce(alias: string, keys: readonly string[], at: string): Promise<boolean> {
    const { state } = this.#parts;
    const gone = await state.transact((trx) => destroySubject(trx, { alias, keys, at }));
    if (!gone) return false;
    this.#parts.keys.forget(alias);
    await state.truncate();
    return true;
  }

  /** True when the key is gone; false when a hold defers it. */
  async #destroy(row: Row): Promise<boolean> {
    const { state, keys, holds, now } = this.#parts;
    const subject = await keys.mustOpen().subjects.byAlias(row.alias);
    const blocking = (await holds.list()).filter((hold) => mayCover(hold, subject));
    if (blocking.length > 0) {
      await this.#defer(row, blocking);
      return false;
    }
    const at = new Date(now()).toISOString();
    const certificate = this.#certificateOf(row, subject, at);
    await state.transact(async (trx) => {
      await destroySubject(trx, { alias: row.alias, keys: certificate.keys, at });
      await trx
        .updateTable("erasures")
        .set({ status: "destroyed", destroyed: at, certificate: JSON.stringify(certificate), held_by: "[]" })
        .where("id", "=", row.id)
        .execute();
    });
    // True now: key and alias are gone from the state, and the certificate stands there. If we die here the log does not say so
    // yet. The next start finds the row "destroyed" and goes on.
    keys.forget(row.alias);
    return true;
  }

  async #certify(id: string): Promise<void> {
    const { state, selfLog } = this.#parts;
    const { certificate, eventId, reason } = await this.get(id);
    if (certificate === undefined) throw new Error("BUG: a destroyed subject has no certificate");
    // The write-ahead log may still hold the wrapped key: it must be in no file before somebody reads that it is erased.
    await state.truncate();
    // Its id is fixed, so a second time adds nothing.
    await selfLog.seal([toCertificateEvent(eventId, reason, certificate)]);
    await state.db.updateTable("erasures").set({ status: "done" }).where("id", "=", id).execute();
  }

  async #defer({ id, alias, held_by }: Row, blocking: readonly Hold[]): Promise<void> {
    const holds = JSON.stringify(blocking.map((hold) => hold.id));
    if (holds === held_by) return;
    await this.#parts.state.db.updateTable("erasures").set({ held_by: holds }).where("id", "=", id).execute();
    await this.#parts.selfLog.seal([
      {
        action: "log_erasure_deferred",
        reason: "legal_hold",
        message: `An erasure waits for ${blocking.length === 1 ? "a legal hold" : `${blocking.length} legal holds`}`,
        targets: [{ type: "subject", id: alias }, ...blocking.map((hold) => ({ type: "hold", id: hold.id }))],
        data: { erasure: id },
      },
    ]);
  }

  #certificateOf(row: Row, subject: KeptSubject | undefined, at: string): Certificate {
    const { policy, backupDays } = this.#parts;
    const keys = subject === undefined ? [] : [subject.key.id];
    return {
      alias: row.alias,
      keys,
      counts: { keys: keys.length, aliases: keys.length },
      askedBy: JSON.parse(row.requested_by) as SelfActor,
      approvedBy: JSON.parse(row.decided_by ?? "null") as SelfActor,
      asked: row.requested,
      approved: row.decided ?? at,
      destroyed: at,
      since: subject?.created ?? null,
      policy: policy.version,
      leftPlain: policy.leftPlain(row.tenant === "" ? undefined : row.tenant),
      copiesGone:
        backupDays === undefined ? null : new Date(Date.parse(at) + backupDays * DAY_MS).toISOString(),
    };
  }

  async #decide(id: string, from: string, to: string, by: SelfActor): Promise<void> {
    const { numUpdatedRows } = await this.#parts.state.db
      .updateTable("erasures")
      .set({ status: to, decided: this.#time(), decided_by: JSON.stringify(by) })
      .where("id", "=", id)
      .where("status", "=", from)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new EraseError("not_open", "somebody else decided it just now");
  }

  #time(): string {
    return new Date(this.#parts.now()).toISOString();
  }

  /** Erasures are done one after another. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#work.catch(() => undefined).then(work);
    this.#work = turn;
    return turn;
  }
}

function noSubject(): EraseError {
  return new EraseError(
    "no_subject",
    "no subject of this name is known: under the plain profile there are none, and one that was erased has no name any more",
  );
}

function mustPerson({ kind }: SelfActor): void {
  if (kind !== "user") throw new EraseError("not_a_person", "an erasure takes two people; a key is nobody");
}

/** A hold whose time ended before the subject was first seen covers nothing of it; of any other it cannot be excluded. */
function mayCover({ released, scope }: Hold, subject: KeptSubject | undefined): boolean {
  if (released !== undefined) return false;
  if (subject === undefined || "first" in scope) return true;
  return Date.parse(scope.to) > Date.parse(subject.created);
}

function toErasure(row: Row): Erasure {
  const heldBy = JSON.parse(row.held_by) as string[];
  const status = row.status === "approved" && heldBy.length > 0 ? "deferred" : row.status;
  return {
    id: row.id,
    alias: row.alias,
    reason: row.reason,
    status: (status === "destroyed" ? "approved" : status) as ErasureStatus,
    requested: row.requested,
    requestedBy: JSON.parse(row.requested_by) as SelfActor,
    decided: row.decided ?? undefined,
    decidedBy: row.decided_by === null ? undefined : (JSON.parse(row.decided_by) as SelfActor),
    heldBy,
    certificate: row.certificate === null ? undefined : (JSON.parse(row.certificate) as Certificate),
    eventId: row.event_id,
  };
}
