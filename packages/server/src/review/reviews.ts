// SPDX-License-Identifier: Apache-2.0
import type { SentEvent } from "@telltale/event";
import { drainSelfEvents } from "../access/self-outbox.js";
import type { AlertStore } from "../alert/alert.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import { lastBoundary } from "./calendar.js";
import {
  hashContent,
  isComplete,
  type ReviewContent,
  type ReviewKind,
  toContentText,
  toReviewId,
} from "./content.js";
import { ReviewError } from "./error.js";
import { toCommentedEvent, toCreatedEvent, toSignedEvent } from "./events.js";
import { countReviews, listReviews, type ReviewFilter } from "./list.js";
import { makeContent, type MakerOptions } from "./maker.js";
import { toPeriodName } from "./period-name.js";
import { deliver, post, type SealEvents } from "./outbox.js";
import { Overdue } from "./overdue.js";
import type { Review, ReviewActor, ReviewCounts, ReviewPage } from "./review.js";
import { readReview, readSignatures, toByColumns } from "./rows.js";
import { duePeriods, type Period } from "./schedule.js";
import type { ReviewSettings } from "./settings.js";

export interface ReviewsOptions extends Omit<MakerOptions, "db" | "zone"> {
  readonly state: State;
  readonly alerts: Pick<AlertStore, "record" | "update" | "get">;
  /** Seals whole events and says where. */
  readonly seal: SealEvents;
  /** Seals what other processes left in the state. */
  readonly selfLog: SealingSelfLog;
  readonly settings: ReviewSettings;
}

/** Time that an event may be on its way from its arrival to the log; a review begins this long after its period. */
export const SETTLE_MS = 60_000;
/** How long a review waits for a search that is behind. Afterwards it is made and says what is missing. */
export const PATIENCE_MS = 6 * 3_600_000;
/** Longest period that a person can ask for. */
export const LONGEST_MS = 366 * 86_400_000;
/** Reviews that are made at one time. */
export const MOST_AT_ONCE = 1;
/** Comments that one review can have. */
export const MOST_COMMENTS = 500;

const HOUR_MS = 3_600_000;
/** When reviewing began, among the small facts of the state. */
const SINCE = "reviews_since";

export interface SignRequest {
  readonly statement: string;
  /** What the person has read; must be the hash of what is there. */
  readonly contentSha256: string;
}

/**
 * The reviews: made by the schedule or by hand, commented, signed, overdue.
 *
 * A deed and its event are written in one transaction and the event is sealed before the answer. If we die between the
 * two, the event waits in the state and is sealed at the next start.
 */
export class Reviews {
  readonly #options: ReviewsOptions;
  readonly #maker: MakerOptions;
  readonly #overdue: Overdue;
  readonly #making = new Map<string, Promise<string>>();

  constructor(options: ReviewsOptions) {
    this.#options = options;
    this.#maker = { ...options, db: options.state.db, zone: options.settings.zone };
    this.#overdue = new Overdue(options.state, options.alerts, (id) => this.#deliver(id));
  }

  /** Does what time has made due. Call it every now and then; one at a time. */
  async look(): Promise<void> {
    const { state, selfLog, log, now, settings } = this.#options;
    await drainSelfEvents(state, selfLog);
    await this.#finishSignatures();
    if (settings.daily) await this.#makeDue();
    await this.#overdue.look(now(), log.size);
  }

  async #makeDue(): Promise<void> {
    const { settings, now } = this.#options;
    const since = await this.#since();
    for (const period of duePeriods(since, now() - SETTLE_MS, settings)) {
      const force = now() - period.to > PATIENCE_MS;
      try {
        await this.#make("daily", period, undefined, force);
      } catch (error) {
        // In order: the later ones wait with it, and the next look tries again.
        if (error instanceof ReviewError && error.code === "behind") return;
        throw error;
      }
    }
  }

  /** End of the newest daily review that has ended by now; a clock that ran ahead for a while must not stop reviewing. */
  async #since(): Promise<number> {
    const { state, now, settings } = this.#options;
    const newest = await state.db
      .selectFrom("reviews")
      .select("to_time")
      .where("kind", "=", "daily")
      .where("to_time", "<=", new Date(now()).toISOString())
      .orderBy("to_time", "desc")
      .limit(1)
      .executeTakeFirst();
    if (newest !== undefined) return Date.parse(newest.to_time);
    const known = await state.db
      .selectFrom("meta")
      .select("value")
      .where("name", "=", SINCE)
      .executeTakeFirst();
    if (known !== undefined) return Date.parse(known.value);
    const value = new Date(lastBoundary(now(), settings)).toISOString();
    await state.db.insertInto("meta").values({ name: SINCE, value }).execute();
    return Date.parse(value);
  }

  /** Makes the review of a period that is over, or finds the one that was made before. Throws ReviewError. */
  async make(period: Period, by: ReviewActor): Promise<{ review: Review; made: boolean }> {
    const now = this.#options.now();
    const { from, to } = period;
    if (!(from < to)) throw new ReviewError("bad_period", "from: must be before to.");
    if (to > now) throw new ReviewError("bad_period", "to: must not be in the future.");
    if (to - from > LONGEST_MS)
      throw new ReviewError("bad_period", "from, to: are more than 366 days apart.");
    const known = await this.get(toReviewId(this.#options.log.origin, "manual", period));
    if (known !== undefined) return { review: known, made: false };
    // Making one asks for much of the search; others search, too.
    if (
      !this.#making.has(toReviewId(this.#options.log.origin, "manual", period)) &&
      this.#making.size >= MOST_AT_ONCE
    )
      throw new ReviewError("busy", "Other reviews are being made. Try again in a moment.");
    const id = await this.#make("manual", period, by, false);
    return { review: await this.#mustGet(id), made: true };
  }

  /** One at a time for each review: who asks meanwhile waits for the same one. */
  #make(kind: ReviewKind, period: Period, by: ReviewActor | undefined, force: boolean): Promise<string> {
    const id = toReviewId(this.#options.log.origin, kind, period);
    let making = this.#making.get(id);
    if (making === undefined) {
      making = this.#makeNow(kind, period, by, force).finally(() => this.#making.delete(id));
      this.#making.set(id, making);
    }
    return making;
  }

  async #makeNow(
    kind: ReviewKind,
    period: Period,
    by: ReviewActor | undefined,
    force: boolean,
  ): Promise<string> {
    const content = await makeContent(this.#maker, kind, period, force);
    // True now: the review is in memory only. If we die here nothing happened, and it is made again under its id.
    const event = await this.#store(content, by);
    await this.#deliver(event);
    return content.id;
  }

  async #store(content: ReviewContent, by: ReviewActor | undefined): Promise<string> {
    const { state, settings } = this.#options;
    const text = toContentText(content);
    const { id, kind, period, made, sections } = content;
    const row = {
      id,
      kind,
      name: toPeriodName(period),
      from_time: period.from,
      to_time: period.to,
      created: made,
      due: new Date(Date.parse(made) + settings.dueHours * HOUR_MS).toISOString(),
      complete: isComplete(content) ? 1 : 0,
      counts: JSON.stringify(Object.fromEntries(sections.map((each) => [each.id, each.count]))),
      content: text,
      content_hash: hashContent(text),
    };
    const event = toCreatedEvent({ content, contentSha256: row.content_hash }, by);
    await state.transact(async (trx) => {
      const added = await trx
        .insertInto("reviews")
        .values({ ...row, overdue: null, overdue_size: null, overdue_alert: null })
        .onConflict((on) => on.column("id").doNothing())
        .returning("id")
        .executeTakeFirst();
      if (added !== undefined) await post(trx, event);
    });
    return event.id;
  }

  get(id: string): Promise<Review | undefined> {
    return readReview(this.#options.state.db, id, this.#options.now());
  }

  /** The bytes whose SHA-256 is signed; undefined when there is no such review. */
  async contentText(id: string): Promise<string | undefined> {
    const row = await this.#options.state.db
      .selectFrom("reviews")
      .select("content")
      .where("id", "=", id)
      .executeTakeFirst();
    return row?.content;
  }

  list(filter: ReviewFilter = {}): Promise<ReviewPage> {
    return listReviews(this.#options.state.db, filter, this.#options.now());
  }

  counts(): Promise<ReviewCounts> {
    return countReviews(this.#options.state.db, this.#options.now());
  }

  async #mustGet(id: string): Promise<Review> {
    const review = await this.get(id);
    if (review === undefined) throw new ReviewError("not_found", "There is no review with this id.");
    return review;
  }

  /** Adds a comment; it is an event before this resolves. Throws ReviewError `not_found`, `full`. */
  async comment(id: string, text: string, by: ReviewActor): Promise<Review> {
    const { state, now } = this.#options;
    const at = new Date(now()).toISOString();
    const eventId = await state.transact(async (trx) => {
      const review = await readReview(trx, id, now());
      if (review === undefined) throw new ReviewError("not_found", "There is no review with this id.");
      const place = review.comments.length;
      if (place >= MOST_COMMENTS)
        throw new ReviewError("full", `A review has at most ${MOST_COMMENTS} comments.`);
      await trx
        .insertInto("review_comments")
        .values({ review_id: id, at, ...toByColumns(by), text })
        .execute();
      const event = toCommentedEvent(review, { at, by, text }, place);
      await post(trx, event);
      return event.id;
    });
    await this.#deliver(eventId);
    return this.#mustGet(id);
  }

  /**
   * Signs: one person, once. The event is durable before this resolves. Throws ReviewError `not_found`, `signed`,
   * `changed`. When sealing fails the signature stays begun, nobody else can sign, and it is finished later.
   */
  async sign(id: string, { statement, contentSha256 }: SignRequest, by: ReviewActor): Promise<Review> {
    const { state, now } = this.#options;
    const eventId = await state.transact(async (trx) => {
      const review = await readReview(trx, id, now());
      if (review === undefined) throw new ReviewError("not_found", "There is no review with this id.");
      const begun = (await readSignatures(trx, [id])).get(id);
      // The same person, whose answer was lost before the event was sealed.
      if (begun?.sealed === 0 && begun.by_id === by.id && begun.statement === statement)
        return begun.event_id;
      if (begun !== undefined)
        throw new ReviewError("signed", `${begun.by_name} has signed this review already.`);
      // The hash of the bytes that are there now, not the one beside them: nobody signs what was changed underneath.
      const stored = hashContent(toContentText(review.content));
      if (stored !== contentSha256 || stored !== review.contentSha256)
        throw new ReviewError("changed", "contentSha256: is not the hash of this review. Read it again.");
      const signature = {
        at: new Date(now()).toISOString(),
        by,
        statement,
        contentSha256,
        comments: review.comments.length,
      };
      const event = toSignedEvent(review, signature);
      await this.#claim(trx, id, signature, event);
      return event.id;
    });
    await this.#finishSignature(id, await this.#deliver(eventId));
    return this.#mustGet(id);
  }

  async #claim(
    trx: State["db"],
    id: string,
    { at, by, statement, contentSha256, comments }: Parameters<typeof toSignedEvent>[1],
    event: SentEvent,
  ): Promise<void> {
    await trx
      .insertInto("review_signatures")
      .values({
        review_id: id,
        at,
        ...toByColumns(by),
        statement,
        content_hash: contentSha256,
        comments,
        event_id: event.id,
        event_index: null,
      })
      .execute();
    await post(trx, event);
  }

  /** The event is in the log: the signature counts from now on, and ends the alert. */
  async #finishSignature(id: string, known: number | null): Promise<void> {
    const { db } = this.#options.state;
    const row = (await readSignatures(db, [id])).get(id);
    if (row === undefined) return;
    const index = known ?? row.event_index ?? (await this.#findIndex(row.event_id, row.at));
    await db
      .updateTable("review_signatures")
      .set({ sealed: 1, event_index: index })
      .where("review_id", "=", id)
      .execute();
    await this.#overdue.settle(id);
  }

  /** Signatures that a crash or a full disk interrupted, and those whose place is not known yet. */
  async #finishSignatures(): Promise<void> {
    const rows = await this.#options.state.db
      .selectFrom("review_signatures")
      .select("review_id")
      .where("event_index", "is", null)
      .where("event_id", "not in", (eb) => eb.selectFrom("self_events").select("id"))
      .limit(20)
      .execute();
    for (const { review_id: id } of rows) await this.#finishSignature(id, null);
  }

  #deliver(eventId: string): Promise<number | null> {
    return deliver(this.#options.state, this.#options.seal, eventId);
  }

  /** Where an event is that was sealed before, as the search knows it. */
  async #findIndex(eventId: string, at: string): Promise<number | null> {
    const { hits } = await this.#options.search.hits({
      query: `id:"${eventId}"`,
      from: Date.parse(at) - SETTLE_MS,
      limit: 1,
    });
    return hits[0]?.index ?? null;
  }
}
