// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import { ApiError } from "../errors.js";
import type { AlertStore } from "../alert/alert.js";
import { post } from "./outbox.js";
import type { State } from "../state/state.js";
import type { ReviewContent } from "./content.js";
import { parseContent } from "./content.js";
import { toOverdueEvent } from "./events.js";
import { toPeriodName } from "./period-name.js";
import type { ReviewRow } from "./rows.js";

/** What alerts name as their rule. */
export const OVERDUE_RULE = "telltale-review-overdue";
const SOURCE = "review";
const SYSTEM = { kind: "system", id: SOURCE } as const;
/** Overdue reviews handled in one go; the rest follows with the next look. */
const AT_ONCE = 50;

interface Marked {
  readonly id: string;
  readonly overdue: string;
  readonly overdue_size: number;
  readonly due: string;
  readonly content: string;
}

function toFinding(
  { id, overdue, overdue_size: trigger, due, content }: Marked,
  evidence: number[],
): Finding {
  const { period }: ReviewContent = parseContent(content);
  const name = toPeriodName(period);
  return {
    ruleId: OVERDUE_RULE,
    title: "Review overdue",
    description: `Nobody signed the review of ${name} by ${due}. An unread log is no control (PCI DSS 10.4.1): open the review, look, and sign it. Signing resolves this alert.`,
    level: "medium",
    tags: ["telltale.review"],
    key: id,
    group: { review: name },
    count: 1,
    fresh: 1,
    value: 1,
    firstTime: Date.parse(due),
    lastTime: Date.parse(overdue),
    evidence,
    trigger,
  };
}

/** Overdue reviews: each becomes one event and one alert, which ends when the review is signed. */
export class Overdue {
  readonly #state: State;
  readonly #alerts: Pick<AlertStore, "record" | "update" | "get">;
  readonly #deliver: (eventId: string) => Promise<number | null>;

  constructor(
    state: State,
    alerts: Pick<AlertStore, "record" | "update" | "get">,
    deliver: (eventId: string) => Promise<number | null>,
  ) {
    this.#state = state;
    this.#alerts = alerts;
    this.#deliver = deliver;
  }

  /** Finds what is overdue now and says so. Safe to repeat, and to go on with after a crash at any step. */
  async look(now: number, logSize: number): Promise<void> {
    const at = new Date(now).toISOString();
    const late = await this.#state.db
      .selectFrom("reviews")
      .select("id")
      .where("overdue", "is", null)
      .where("due", "<=", at)
      .where("id", "not in", (eb) => eb.selectFrom("review_signatures").select("review_id"))
      .orderBy("due")
      .limit(AT_ONCE)
      .execute();
    for (const { id } of late) await this.#mark(id, at, logSize);
    for (const row of await this.#unalerted()) await this.#raise(row);
    await this.#settleAll();
  }

  // One transaction: the mark and the event. What follows is done from the mark, as often as it takes.
  async #mark(id: string, at: string, logSize: number): Promise<void> {
    await this.#state.transact(async (trx) => {
      const signed = await trx
        .selectFrom("review_signatures")
        .select("review_id")
        .where("review_id", "=", id)
        .executeTakeFirst();
      if (signed !== undefined) return;
      const row = await trx
        .updateTable("reviews")
        .set({ overdue: at, overdue_size: logSize })
        .where("id", "=", id)
        .where("overdue", "is", null)
        .returningAll()
        .executeTakeFirst();
      if (row !== undefined) await post(trx, toOverdueEvent(toFacts(row), { at, due: row.due }));
    });
  }

  #unalerted() {
    return this.#state.db
      .selectFrom("reviews")
      .selectAll()
      .where("overdue", "is not", null)
      .where("overdue_alert", "is", null)
      .where("overdue_settled", "=", 0)
      .orderBy("due")
      .limit(AT_ONCE)
      .execute();
  }

  async #raise(row: ReviewRow): Promise<void> {
    const { overdue, overdue_size: size } = row;
    if (overdue === null || size === null) throw new Error(`BUG: review ${row.id} is not marked`);
    const { id } = toOverdueEvent(toFacts(row), { at: overdue, due: row.due });
    const index = await this.#deliver(id);
    const finding = toFinding({ ...row, overdue, overdue_size: size }, index === null ? [] : [index]);
    // The store takes one finding per rule, key and trigger: recorded again after a crash, it changes nothing.
    const [alert] = await this.#alerts.record([finding], { follower: SOURCE, next: size });
    const known = alert?.id ?? (await this.#find(row.id));
    await this.#state.db
      .updateTable("reviews")
      .set(known === undefined ? { overdue_settled: 1 } : { overdue_alert: known })
      .where("id", "=", row.id)
      .execute();
  }

  async #find(reviewId: string): Promise<string | undefined> {
    const row = await this.#state.db
      .selectFrom("alerts")
      .select("id")
      .where("rule_id", "=", OVERDUE_RULE)
      .where("group_key", "=", JSON.stringify(reviewId))
      .executeTakeFirst();
    return row?.id;
  }

  async #settleAll(): Promise<void> {
    const rows = await this.#state.db
      .selectFrom("reviews")
      .innerJoin("review_signatures", "review_signatures.review_id", "reviews.id")
      .select(["reviews.id"])
      .where("overdue_alert", "is not", null)
      .where("overdue_settled", "=", 0)
      .where("sealed", "=", 1)
      .limit(AT_ONCE)
      .execute();
    for (const { id } of rows) await this.settle(id);
  }

  /** Ends the alert of a review that was signed; nothing when there is none. */
  async settle(reviewId: string): Promise<void> {
    const row = await this.#state.db
      .selectFrom("reviews")
      .innerJoin("review_signatures", "review_signatures.review_id", "reviews.id")
      .select(["overdue_alert", "by_name", "event_id"])
      .where("reviews.id", "=", reviewId)
      .where("overdue_settled", "=", 0)
      .where("sealed", "=", 1)
      .executeTakeFirst();
    if (row === undefined || row.overdue_alert === null) return;
    await this.#resolve(row.overdue_alert, `The review was signed by ${row.by_name}, event ${row.event_id}.`);
    await this.#state.db
      .updateTable("reviews")
      .set({ overdue_settled: 1 })
      .where("id", "=", reviewId)
      .execute();
  }

  async #resolve(alertId: string, comment: string): Promise<void> {
    const alert = await this.#alerts.get(alertId);
    if (alert === undefined) return;
    const isSaid = alert.history.some(({ field, to }) => field === "comment" && to === comment);
    try {
      await this.#alerts.update(alertId, { status: "resolved", ...(isSaid ? {} : { comment }) }, SYSTEM);
    } catch (error) {
      // Gone between the two: there is nothing to resolve.
      if (!(error instanceof ApiError && error.code === "not_found")) throw error;
    }
  }
}

function toFacts(row: Pick<ReviewRow, "content" | "content_hash">) {
  return { content: parseContent(row.content), contentSha256: row.content_hash };
}
