// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from "kysely";
import type { State } from "../state/state.js";
import type { DecisionTable } from "../state/tables.js";
import type { Decision, DecisionKind, TargetType } from "./decision.js";

export type DecisionRow = Selectable<DecisionTable>;

/**
 * `made`: its event is not known to be in the log; nobody is told. `active`: in force. `ending`: its end is not known to be in the
 * log, and it is in force. `ended`.
 */
export type DecisionState = "made" | "active" | "ending" | "ended";

/** Rows of decisions. */
export class DecisionStore {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  async insert(decision: Decision): Promise<void> {
    await this.#state.db
      .insertInto("decisions")
      .values({
        id: decision.id,
        tenant: decision.tenant,
        app: decision.app ?? null,
        kind: decision.kind,
        target_type: decision.target.type,
        target: decision.target.value,
        reason: decision.reason,
        made: decision.made,
        by_kind: decision.by.kind,
        by_id: decision.by.id,
        by_name: decision.by.name ?? null,
        alert_id: decision.alert ?? null,
        expires: decision.expires,
        state: "made",
        ended: null,
        ended_by: null,
        end_reason: null,
      })
      .execute();
  }

  async setState(id: string, state: DecisionState): Promise<void> {
    await this.#state.db.updateTable("decisions").set({ state }).where("id", "=", id).execute();
  }

  async setEnding(id: string, end: { at: string; by: string; reason: string }): Promise<void> {
    await this.#state.db
      .updateTable("decisions")
      .set({ state: "ending", ended: end.at, ended_by: end.by, end_reason: end.reason })
      .where("id", "=", id)
      .execute();
  }

  /** What has not ended, the oldest first. */
  open(): Promise<DecisionRow[]> {
    return this.#state.db
      .selectFrom("decisions")
      .selectAll()
      .where("state", "!=", "ended")
      .orderBy("made")
      .execute();
  }

  async get(id: string): Promise<DecisionRow | undefined> {
    return this.#state.db.selectFrom("decisions").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** The newest first. */
  list(limit: number): Promise<DecisionRow[]> {
    return this.#state.db
      .selectFrom("decisions")
      .selectAll()
      .where("state", "!=", "made")
      .orderBy("made", "desc")
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
  }

  /** The newest decision about an alert. */
  async newestOf(alertId: string): Promise<DecisionRow | undefined> {
    return this.#state.db
      .selectFrom("decisions")
      .selectAll()
      .where("alert_id", "=", alertId)
      .orderBy("made", "desc")
      .limit(1)
      .executeTakeFirst();
  }
}

export function toDecision(row: DecisionRow): Decision {
  return {
    id: row.id,
    kind: row.kind as DecisionKind,
    target: { type: row.target_type as TargetType, value: row.target },
    app: row.app ?? undefined,
    tenant: row.tenant,
    reason: row.reason,
    made: row.made,
    by: {
      kind: row.by_kind as Decision["by"]["kind"],
      id: row.by_id,
      ...(row.by_name === null ? {} : { name: row.by_name }),
    },
    alert: row.alert_id ?? undefined,
    expires: row.expires,
    ended: row.ended ?? undefined,
    endedBy: row.ended_by ?? undefined,
    endReason: row.end_reason ?? undefined,
  };
}
