// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { ReviewFixture } from "../../test/review-fixture.js";
import type { Review, ReviewActor } from "./review.js";
import { MOST_COMMENTS } from "./reviews.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ada: ReviewActor = { kind: "user", id: "u-ada", name: "ada", role: "owner" };
const bob: ReviewActor = { kind: "user", id: "u-bob", name: "bob", role: "analyst" };
const STATEMENT = "I have looked at everything and found nothing that needs action.";

let fixture: ReviewFixture;
afterEach(() => fixture.close());

async function all(): Promise<Review[]> {
  const { reviews } = await fixture.reviews.list({ limit: 200 });
  return Promise.all(reviews.map(async ({ id }) => (await fixture.reviews.get(id)) as Review));
}

/** One daily review of 2026-11-22 with a few events in it. */
async function oneReview(): Promise<Review> {
  fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
  await fixture.reviews.look();
  await fixture.add({ action: "authn_login_fail", outcome: "failure", actor: { type: "user", id: "alice" } });
  fixture.now = Date.parse("2026-11-23T00:01:00Z");
  await fixture.reviews.look();
  const [review] = await all();
  return review as Review;
}
const sign = (review: Review, by = ada, statement = STATEMENT) =>
  fixture.reviews.sign(review.id, { statement, contentSha256: review.contentSha256 }, by);

describe("the schedule", () => {
  it("makes one review a day, a minute after the day, and none twice", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    for (const time of ["2026-11-22T23:59:59Z", "2026-11-23T00:00:59Z"]) {
      await fixture.reviews.look();
      fixture.now = Date.parse(time);
      await fixture.reviews.look();
      expect(await all()).toEqual([]);
    }
    fixture.now = Date.parse("2026-11-23T00:01:00Z");
    await Promise.all([fixture.reviews.look(), fixture.reviews.look()]);
    await fixture.reviews.look();
    expect(await all()).toMatchObject([
      { from: "2026-11-22T00:00:00.000Z", to: "2026-11-23T00:00:00.000Z", kind: "daily", status: "open" },
    ]);
    expect(fixture.sealed("log_review_created")).toHaveLength(1);
  });

  it("goes on after a restart, also when the server never ran over midnight", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.reviews.look();
    fixture.now += 20 * HOUR;
    await fixture.restart();
    await fixture.reviews.look();
    fixture.now += 22 * HOUR;
    await fixture.restart();
    await fixture.reviews.look();
    expect((await all()).map(({ to }) => to)).toEqual([
      "2026-11-24T00:00:00.000Z",
      "2026-11-23T00:00:00.000Z",
    ]);
  });

  it("catches up a week, and a year within its bound, and leaves no time out", async () => {
    fixture = await ReviewFixture.open("2025-11-22T10:00:00Z");
    await fixture.reviews.look();
    fixture.now += 7 * DAY;
    await fixture.reviews.look();
    expect(await all()).toHaveLength(7);
    fixture.now += 365 * DAY;
    await fixture.reviews.look();
    const made = (await all()).toReversed();
    expect(made).toHaveLength(21);
    expect(made[7]).toMatchObject({ from: "2025-11-29T00:00:00.000Z", to: "2026-11-16T00:00:00.000Z" });
    for (const [i, { from }] of made.entries()) if (i > 0) expect(from).toBe(made[i - 1]?.to);
  });

  it("follows the clock of its zone over a change of the clocks", async () => {
    fixture = await ReviewFixture.open("2026-10-24T10:00:00Z", { zone: "Europe/Berlin" });
    await fixture.reviews.look();
    fixture.now = Date.parse("2026-10-26T12:00:00Z");
    await fixture.reviews.look();
    expect((await all()).map(({ from, to }) => [from, to])).toEqual([
      ["2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
      ["2026-10-23T22:00:00.000Z", "2026-10-24T22:00:00.000Z"],
    ]);
    await fixture.restart({ zone: "America/New_York" });
    fixture.now = Date.parse("2026-10-27T12:00:00Z");
    await fixture.reviews.look();
    expect((await all())[0]).toMatchObject({
      from: "2026-10-26T04:00:00.000Z",
      to: "2026-10-27T04:00:00.000Z",
    });
    expect((await all())[1]).toMatchObject({
      from: "2026-10-25T23:00:00.000Z",
      to: "2026-10-26T04:00:00.000Z",
    });
  });

  it("goes on when the clock ran ahead for years and was set right", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.reviews.look();
    fixture.now = Date.parse("2099-01-01T12:00:00Z");
    await fixture.reviews.look();
    fixture.now = Date.parse("2026-11-23T12:00:00Z");
    await fixture.reviews.look();
    expect((await all()).at(-1)).toMatchObject({ to: "2026-11-23T00:00:00.000Z" });
  });

  it("makes none when it is off, and still watches what was made by hand", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z", { daily: false });
    fixture.now += 2 * DAY;
    await fixture.reviews.look();
    expect(await all()).toEqual([]);
    await fixture.reviews.make({ from: fixture.now - DAY, to: fixture.now }, ada);
    fixture.now += DAY;
    await fixture.reviews.look();
    expect(await all()).toMatchObject([{ kind: "manual", status: "overdue" }]);
  });

  it("waits for the index, and after six hours says what is missing", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.reviews.look();
    await fixture.add({ action: "a" }, { action: "b" });
    fixture.holdBack = 1;
    fixture.now = Date.parse("2026-11-23T06:00:00Z");
    await fixture.reviews.look();
    expect(await all()).toEqual([]);
    fixture.now += 1;
    await fixture.reviews.look();
    const [review] = await all();
    expect(review).toMatchObject({ complete: false, content: { indexed: 1, checkpoint: { size: 2 } } });
    expect(review?.content.sections.at(-1)).toMatchObject({ complete: false, missing: ["indexing"] });
  });

  it("does not mind that events of today are not indexed yet", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.reviews.look();
    await fixture.add({ action: "a" });
    fixture.now = Date.parse("2026-11-23T00:01:00Z");
    const before = fixture.search.count;
    fixture.search.count = async (request) => {
      const answer = await before(request);
      await fixture.add({ action: "later" });
      return answer;
    };
    await fixture.reviews.look();
    expect(await all()).toMatchObject([{ complete: true }]);
  });

  it("says when part of the period was removed from the search", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    fixture.searchableFrom = fixture.now - HOUR;
    const { review } = await fixture.reviews.make({ from: fixture.now - DAY, to: fixture.now }, ada);
    expect(review.complete).toBe(false);
    expect(review.content.sections.find(({ id }) => id === "money")?.missing).toEqual(["pruned"]);
  });
});

describe("a crash", () => {
  it("between making and storing makes the same review again", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.reviews.look();
    fixture.now = Date.parse("2026-11-23T00:01:00Z");
    const transact = fixture.state.transact;
    fixture.state.transact = () => Promise.reject(new Error("killed"));
    await expect(fixture.reviews.look()).rejects.toThrow("killed");
    fixture.state.transact = transact;
    expect(await all()).toEqual([]);
    await fixture.restart();
    await fixture.reviews.look();
    expect(await all()).toHaveLength(1);
    expect(fixture.sealed("log_review_created")).toHaveLength(1);
  });

  it("between storing and sealing seals the event later, once", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.reviews.look();
    fixture.now = Date.parse("2026-11-23T00:01:00Z");
    fixture.sealFailure = new Error("disk full");
    await expect(fixture.reviews.look()).rejects.toThrow("disk full");
    expect(await all()).toHaveLength(1);
    fixture.sealFailure = undefined;
    await fixture.restart();
    await fixture.reviews.look();
    await fixture.reviews.look();
    expect(await all()).toHaveLength(1);
    expect(fixture.sealed("log_review_created")).toHaveLength(1);
  });

  it("while signing leaves it unsigned for all to see, closed to others, and signed at the next start", async () => {
    const review = await oneReview();
    fixture.sealFailure = new Error("disk full");
    await expect(sign(review)).rejects.toThrow("disk full");
    expect(await fixture.reviews.get(review.id)).toMatchObject({ status: "open", signature: null });
    await expect(sign(review, bob)).rejects.toMatchObject({ code: "signed" });
    fixture.sealFailure = undefined;
    await fixture.restart();
    await fixture.reviews.look();
    const after = await fixture.reviews.get(review.id);
    expect(after).toMatchObject({ status: "signed", signature: { by: ada, statement: STATEMENT } });
    expect(fixture.sealed("log_review_signed")).toHaveLength(1);
    const index = after?.signature?.eventIndex as number;
    expect(JSON.parse(fixture.log.lines[index] as string)).toMatchObject({ id: after?.signature?.eventId });
  });

  it("while signing lets the same person try again", async () => {
    const review = await oneReview();
    fixture.sealFailure = new Error("disk full");
    await expect(sign(review)).rejects.toThrow("disk full");
    fixture.sealFailure = undefined;
    expect(await sign(review)).toMatchObject({ status: "signed" });
    expect(fixture.sealed("log_review_signed")).toHaveLength(1);
  });
});

describe("signing", () => {
  it("seals who said what about which bytes, before it answers", async () => {
    const review = await oneReview();
    fixture.now += HOUR;
    const signed = await sign(review);
    expect(signed).toMatchObject({ status: "signed", signedBy: "ada", signature: { comments: 0 } });
    const bytes = (await fixture.reviews.contentText(review.id)) as string;
    const hash = createHash("sha256").update(bytes).digest("hex");
    expect(signed.signature?.contentSha256).toBe(hash);
    const sealed = JSON.parse(fixture.log.lines[signed.signature?.eventIndex as number] as string);
    expect(sealed).toMatchObject({
      action: "log_review_signed",
      id: signed.signature?.eventId,
      actor: { type: "user", id: "u-ada", name: "ada", roles: ["owner"] },
      targets: [{ type: "review", id: review.id, name: "2026-11-22" }],
      data: {
        contentSha256: hash,
        period: review.content.period,
        size: review.content.checkpoint.size,
        root: review.content.checkpoint.root,
        statement: STATEMENT,
      },
    });
  });

  it("is for one: of many at once one signs and the others are told who", async () => {
    const review = await oneReview();
    const tries = await Promise.allSettled([
      sign(review, ada),
      sign(review, bob),
      sign(review, bob),
      sign(review),
    ]);
    const won = tries.filter(({ status }) => status === "fulfilled");
    expect(won.length).toBeGreaterThanOrEqual(1);
    expect(fixture.sealed("log_review_signed")).toHaveLength(1);
    const { signature } = (await fixture.reviews.get(review.id)) as Review;
    for (const each of tries)
      if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "signed" });
    await expect(sign(review, signature?.by.id === "u-ada" ? bob : ada)).rejects.toThrow(
      `${signature?.by.name} has signed this review already`,
    );
  });

  it("refuses another hash than that of the bytes, and bytes that somebody changed in the state", async () => {
    const review = await oneReview();
    await expect(sign({ ...review, contentSha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "changed",
    });
    const text = (await fixture.reviews.contentText(review.id)) as string;
    await fixture.state.db
      .updateTable("reviews")
      .set({ content: text.replace('"count":0', '"count":7') })
      .execute();
    await expect(sign(review)).rejects.toMatchObject({ code: "changed" });
    expect(fixture.sealed("log_review_signed")).toEqual([]);
  });

  it("knows only reviews that are there", async () => {
    const review = await oneReview();
    await expect(sign({ ...review, id: "nope" })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("comments", () => {
  it("are kept in order as events, hostile ones too, and are bounded in number", async () => {
    const review = await oneReview();
    const hostile = `<img src=x onerror=alert(1)> \u202egnp.exe & "quotes" 'x' \\u0000`;
    await fixture.reviews.comment(review.id, hostile, bob);
    const after = await fixture.reviews.comment(review.id, hostile, bob);
    expect(after.comments.map(({ text }) => text)).toEqual([hostile, hostile]);
    expect(fixture.sealed("log_review_commented").map(({ message }) => message)).toEqual([hostile, hostile]);
    expect(after.contentSha256).toBe(review.contentSha256);
    expect((await sign(review)).signature?.comments).toBe(2);
    await expect(fixture.reviews.comment("nope", "x", bob)).rejects.toMatchObject({ code: "not_found" });
    await fixture.state.db
      .insertInto("review_comments")
      .values(
        Array.from({ length: MOST_COMMENTS - 2 }, () => ({
          review_id: review.id,
          at: "2026-11-23T00:00:00.000Z",
          by_kind: "user",
          by_id: "x",
          by_name: "x",
          by_role: "owner",
          text: "x",
        })),
      )
      .execute();
    await expect(fixture.reviews.comment(review.id, "x", bob)).rejects.toMatchObject({ code: "full" });
  });
});

describe("an overdue review", () => {
  it("is one event and one alert, however often and after whatever restart it is looked at", async () => {
    const review = await oneReview();
    fixture.now = Date.parse(review.due) - 1;
    await fixture.reviews.look();
    expect((await fixture.alerts.list()).alerts).toEqual([]);
    fixture.now += 1;
    for (let i = 0; i < 3; i++) {
      await fixture.reviews.look();
      await fixture.restart();
    }
    fixture.now += 5 * HOUR;
    await fixture.reviews.look();
    const { alerts } = await fixture.alerts.list();
    const [event] = fixture.sealed("log_review_overdue");
    expect(fixture.sealed("log_review_overdue")).toHaveLength(1);
    expect(alerts).toMatchObject([
      { title: "Review overdue", group: { review: "2026-11-22" }, status: "new", count: 1, level: "medium" },
    ]);
    const place = alerts[0]?.evidence[0] as number;
    expect(JSON.parse(fixture.log.lines[place] as string)).toMatchObject({ id: event?.id });
    expect(await fixture.reviews.get(review.id)).toMatchObject({ status: "overdue", alert: alerts[0]?.id });
    expect(await fixture.reviews.counts()).toEqual({ open: 2, overdue: 1 });
  });

  it("ends with its alert when it is signed, with a word about who did", async () => {
    const review = await oneReview();
    fixture.now = Date.parse(review.due);
    await fixture.reviews.look();
    await sign(review, bob);
    await fixture.reviews.look();
    const [alert] = (await fixture.alerts.list()).alerts;
    expect(alert?.status).toBe("resolved");
    const comments = alert?.history.filter(({ field }) => field === "comment");
    expect(comments).toHaveLength(1);
    expect(comments?.[0]?.to).toContain("signed by bob");
    fixture.now += 3 * DAY;
    await fixture.reviews.look();
    expect((await fixture.reviews.get(review.id))?.status).toBe("signed");
    expect((await fixture.alerts.list()).alerts.filter(({ key }) => key === review.id)).toHaveLength(1);
  });

  it("goes on where it died: marked but not sealed, sealed but without its alert", async () => {
    const review = await oneReview();
    fixture.now = Date.parse(review.due);
    fixture.sealFailure = new Error("disk full");
    await expect(fixture.reviews.look()).rejects.toThrow("disk full");
    fixture.sealFailure = undefined;
    await fixture.restart();
    const { record } = fixture.alerts;
    fixture.alerts.record = () => Promise.reject(new Error("killed"));
    await expect(fixture.reviews.look()).rejects.toThrow("killed");
    fixture.alerts.record = record;
    await fixture.restart();
    await fixture.reviews.look();
    expect(fixture.sealed("log_review_overdue")).toHaveLength(1);
    expect((await fixture.alerts.list()).alerts).toHaveLength(1);
    expect((await fixture.reviews.get(review.id))?.alert).not.toBeNull();
  });

  it("is none once it was signed in time", async () => {
    const review = await oneReview();
    await sign(review);
    fixture.now = Date.parse(review.due) + 60 * DAY;
    await fixture.reviews.look();
    expect(
      fixture.sealed("log_review_overdue").filter(({ targets }) => targets?.[0]?.id === review.id),
    ).toEqual([]);
  });
});

describe("made by hand", () => {
  it("a period gives one review, the second time the same", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z", {}, true);
    await fixture.add({ action: "transaction_payout", money: { amount: "5.00", currency: "EUR" } });
    fixture.now += 1000;
    const period = { from: fixture.now - DAY, to: fixture.now };
    const first = await fixture.reviews.make(period, ada);
    const second = await fixture.reviews.make(period, bob);
    expect([first.made, second.made]).toEqual([true, false]);
    expect(second.review).toEqual(first.review);
    expect(first.review.counts["money"]).toBe(1);
    expect(fixture.sealed("log_review_created")).toMatchObject([
      { actor: { id: "u-ada" }, data: { kind: "manual" } },
    ]);
  });

  it.each([
    ["empty", 0, 0],
    ["backwards", -1, -2],
    ["in the future", -1, 1],
    ["too long", -400 * DAY, 0],
    ["no numbers", Number.NaN, Number.NaN],
  ])("refuses a period that is %s", async (_, from, to) => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    const period = { from: fixture.now + from, to: fixture.now + to };
    await expect(fixture.reviews.make(period, ada)).rejects.toMatchObject({ code: "bad_period" });
  });

  it("makes one at a time, so that others can search meanwhile", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z", {}, true);
    const asked = [1, 2, 3].map((days) =>
      fixture.reviews.make({ from: fixture.now - days * DAY, to: fixture.now }, ada),
    );
    const results = await Promise.allSettled(asked);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "busy" } });
    const later = await fixture.reviews.make({ from: fixture.now - 2 * DAY, to: fixture.now }, ada);
    expect(later.review.status).toBe("open");
  });

  it("waits for nobody: an index that is behind is said at once", async () => {
    fixture = await ReviewFixture.open("2026-11-22T10:00:00Z");
    await fixture.add({ action: "a" });
    fixture.holdBack = 1;
    await expect(fixture.reviews.make({ from: 0, to: DAY }, ada)).rejects.toMatchObject({ code: "behind" });
  });
});

it("lists page by page, by status, and refuses foreign cursors", async () => {
  const review = await oneReview();
  fixture.now += 3 * DAY;
  await fixture.reviews.look();
  await sign(review);
  const first = await fixture.reviews.list({ limit: 3 });
  expect(first.reviews).toHaveLength(3);
  const second = await fixture.reviews.list({ limit: 3, cursor: first.next as string });
  expect(second).toMatchObject({ reviews: [{ id: review.id }], next: null });
  expect((await fixture.reviews.list({ status: "signed" })).reviews).toHaveLength(1);
  expect((await fixture.reviews.list({ status: "open" })).reviews).toHaveLength(3);
  expect((await fixture.reviews.list({ status: "overdue" })).reviews).toHaveLength(0);
  expect(first.counts).toEqual({ open: 3, overdue: 0 });
  for (const cursor of ["", "x", "W10", Buffer.from('["a",1]').toString("base64url")])
    await expect(fixture.reviews.list({ cursor })).rejects.toMatchObject({ code: "bad_request" });
});
