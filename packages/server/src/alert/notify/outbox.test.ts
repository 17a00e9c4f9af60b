// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMetrics } from "../../metrics.js";
import type { SelfEvent } from "../../self-log.js";
import type { State } from "../../state/state.js";
import { openState } from "../../state/state.js";
import type { AlertStore } from "../alert.js";
import { createAlertStore } from "../store.js";
import type { Channel } from "./channel.js";
import { DeliveryError } from "./channel.js";
import type { ConfiguredChannel } from "./configured.js";
import { parseNotice, type Notice } from "./notice.js";
import { createNoticeQueue, MAX_WAITING } from "./notice-queue.js";
import type { Notifications } from "./notifications.js";
import { openNotifications } from "./notifications.js";
import type { Notifier } from "./notifier.js";
import { startNotifier } from "./notifier.js";
import type { Route } from "./routing.js";

const MINUTE = 60_000;
const ALICE = { kind: "user", id: "u-1", name: "alice" } as const;
const clock = { now: 0 };
let state: State;
let events: SelfEvent[];
let sealed: SelfEvent[];
let sent: { to: string; notice: Notice }[];
let broken: Set<string>;
let notifier: Notifier;
let alerts: AlertStore;
let desk: Notifications;
let next: number;

type Over = Partial<Pick<ConfiguredChannel, "limit" | "quiet" | "hasLifecycle">>;

beforeEach(() => {
  state = openState(":memory:");
  clock.now = Date.parse("2026-11-22T12:00:00Z");
  events = [];
  sealed = [];
  sent = [];
  broken = new Set();
  next = 0;
});
afterEach(async () => {
  await notifier.close();
  await state.close();
});

const route = (to: string[], over: Partial<Route> = {}): Route => ({
  to,
  level: undefined,
  tags: [],
  rules: [],
  tenants: [],
  escalate: undefined,
  ...over,
});

function channel(name: string): Channel {
  return {
    name,
    async send({ body }) {
      if (broken.has(name)) throw new DeliveryError("ECONNREFUSED");
      sent.push({ to: name, notice: parseNotice(body) });
      return "ok";
    },
  };
}

async function start(names: Record<string, Over>, routes?: Route[]): Promise<void> {
  const now = () => clock.now;
  const selfLog = {
    emit: (event: SelfEvent) => void events.push(event),
    seal: async (all: readonly SelfEvent[]) => void sealed.push(...all),
  };
  const channels = Object.entries(names).map(([name, over]) => ({
    name,
    kind: "slack",
    origin: "file" as const,
    hasLifecycle: false,
    limit: undefined,
    quiet: undefined,
    create: () => channel(name),
    channel: channel(name),
    ...over,
  }));
  const lifecycle = channels.filter((each) => each.hasLifecycle).map((each) => each.name);
  const publicUrl = new URL("https://log.example");
  const all = routes ?? [route(Object.keys(names))];
  const notices = createNoticeQueue({ routes: all, lifecycle, publicUrl, now });
  alerts = createAlertStore({ state, selfLog, notices, alertLevel: "informational", now });
  notifier = startNotifier({ state, channels, selfLog, metrics: createMetrics(), publicUrl, now, tickMs: 5 });
  desk = await openNotifications({ state, selfLog, channels, notifier, publicUrl, now });
}

async function raise(count = 1, over: Partial<Finding> = {}): Promise<string[]> {
  const findings = Array.from({ length: count }, () => {
    const trigger = next++;
    return {
      ruleId: "brute",
      title: `Alert ${trigger}`,
      level: "high" as const,
      tags: ["attack.t1110"],
      key: `k${trigger}`,
      group: {},
      count: 1,
      fresh: 1,
      value: 1,
      firstTime: 1,
      lastTime: 2,
      evidence: [trigger],
      trigger,
      ...over,
    };
  });
  return (await alerts.record(findings, { follower: "detect", next })).map(({ id }) => id);
}

const rows = () => state.db.selectFrom("deliveries").selectAll().orderBy("created").execute();
const states = async () => (await rows()).map((row) => row.state);
const settled = () =>
  expect.poll(async () => (await states()).filter((each) => each === "waiting")).toEqual([]);
const told = (to: string) => sent.filter((each) => each.to === to).map(({ notice }) => notice);
const digests = (to: string) => told(to).flatMap((notice) => (notice.type === "digest" ? [notice] : []));

describe("routing", () => {
  it("tells each alert where its severity, tags, rule and tenant say, each channel once", async () => {
    await start({ all: {}, high: {}, pager: {}, shop: {}, none: {} }, [
      route(["all"]),
      route(["high", "all"], { level: "high" }),
      route(["pager"], { level: "critical", tags: ["attack.t11*"] }),
      route(["shop"], { rules: ["shop-*"], tenants: ["shop"] }),
    ]);
    await raise(1, { level: "low", title: "low" });
    await raise(1, { level: "high", title: "high" });
    await raise(1, { level: "critical", title: "critical" });
    await raise(1, { level: "critical", title: "untagged", tags: [] });
    await raise(1, { ruleId: "shop-1", title: "shop", level: "low", group: { tenant: "shop" } });
    await raise(1, { ruleId: "shop-1", title: "other", level: "low", group: { tenant: "other" } });
    await settled();
    const titles = (to: string) =>
      told(to)
        .flatMap((notice) => (notice.type === "alert" ? [notice.alert.title] : []))
        .sort();
    expect(titles("all")).toEqual(["critical", "high", "low", "other", "shop", "untagged"]);
    expect(titles("high")).toEqual(["critical", "high", "untagged"]);
    expect(titles("pager")).toEqual(["critical"]);
    expect(titles("shop")).toEqual(["shop"]);
    expect(titles("none")).toEqual([]);
    expect(told("all")[0]?.link).toMatch(/^https:\/\/log\.example\/alerts\?alert=/);
  });

  it("closes an incident where one was opened, and tells nobody else that an alert is resolved", async () => {
    await start({ pager: { hasLifecycle: true }, chat: {}, other: { hasLifecycle: true } }, [
      route(["pager", "chat"]),
      route(["other"], { level: "critical" }),
    ]);
    const [id = ""] = await raise();
    await settled();
    await alerts.update(id, { status: "resolved" }, ALICE);
    await expect.poll(() => told("pager").length).toBe(2);
    expect(told("pager")[1]).toMatchObject({ reason: "resolved", alert: { id, status: "resolved" } });
    expect(told("chat")).toHaveLength(1);
    expect(told("other")).toEqual([]);
  });
});

describe("limit", () => {
  const limit = { messages: 3, perMs: 10 * MINUTE };

  it("sends so many, holds the rest, and tells them all in one digest", async () => {
    await start({ chat: { limit }, free: {} });
    await raise(40);
    await settled();
    expect(told("free")).toHaveLength(40);
    expect(told("chat")).toHaveLength(3);
    expect((await states()).filter((each) => each === "held")).toHaveLength(37);
    expect((await desk.channels())[0]).toMatchObject({ counts: { held: 37, delivered: 3 } });
    clock.now += 10 * MINUTE + 1;
    await expect.poll(() => digests("chat").length).toBe(1);
    expect(digests("chat")[0]).toMatchObject({ held: 37, unqueued: 0, levels: { high: 37 } });
    expect(digests("chat")[0]?.lines).toHaveLength(25);
    expect((await states()).filter((each) => each === "digested")).toHaveLength(37);
    // The digest took one of the three; two more go on their own.
    await raise(3);
    await settled();
    expect(told("chat")).toHaveLength(6);
    expect((await states()).filter((each) => each === "held")).toHaveLength(1);
    clock.now += 10 * MINUTE + 1;
    // One alone needs no digest.
    await expect.poll(() => told("chat").length).toBe(7);
    expect(digests("chat")).toHaveLength(1);
  });

  it("holds back no close of an incident", async () => {
    await start({ pager: { hasLifecycle: true, limit: { messages: 1, perMs: 10 * MINUTE } } });
    const [id = ""] = await raise();
    await settled();
    await alerts.update(id, { status: "resolved" }, ALICE);
    await expect.poll(() => told("pager").length).toBe(2);
  });

  it("tells of what found no room, too", async () => {
    broken.add("chat");
    await start({ chat: {} });
    await raise(MAX_WAITING + 7);
    expect(events).toMatchObject([{ action: "log_notification_dropped", data: { count: 7 } }]);
    expect((await desk.channels())[0]?.unqueued).toBe(7);
    broken.clear();
    clock.now += MINUTE;
    await expect.poll(() => digests("chat")[0]?.unqueued, { timeout: 8_000 }).toBe(7);
    expect((await desk.channels())[0]?.unqueued).toBe(0);
    await expect.poll(() => told("chat").length, { timeout: 8_000 }).toBe(MAX_WAITING + 1);
  }, 20_000);

  it("makes the same digest after a crash, once", async () => {
    await start({ chat: { limit } });
    await raise(5);
    await settled();
    await notifier.close();
    broken.add("chat");
    clock.now += 10 * MINUTE + 1;
    await start({ chat: { limit } });
    await expect.poll(async () => (await rows()).filter((row) => row.reason === "digest").length).toBe(1);
    await notifier.close();
    broken.clear();
    clock.now += MINUTE;
    await start({ chat: { limit } });
    await expect.poll(() => digests("chat").length).toBe(1);
    expect(digests("chat")[0]?.held).toBe(2);
  });
});

describe("quiet hours", () => {
  const quiet = { hours: { from: 22 * 60, to: 6 * 60, zone: "Europe/Berlin" }, except: "critical" } as const;

  it("hold back all but the worst, and end with a digest", async () => {
    clock.now = Date.parse("2026-11-22T23:00:00Z");
    await start({ chat: { quiet } });
    await raise(3);
    await raise(1, { level: "critical" });
    await settled();
    expect(told("chat")).toMatchObject([{ alert: { level: "critical" } }]);
    expect((await desk.channels())[0]?.state).toBe("quiet");
    clock.now = Date.parse("2026-11-23T04:59:00Z");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told("chat")).toHaveLength(1);
    clock.now = Date.parse("2026-11-23T05:00:01Z");
    await expect.poll(() => digests("chat")[0]?.held).toBe(3);
  });
});

describe("escalation", () => {
  const routes = [route(["chat"], { escalate: { to: "pager", afterMs: 15 * MINUTE } })];

  it("tells a second channel when nobody has acted", async () => {
    await start({ chat: {}, pager: {} }, routes);
    await raise();
    await expect.poll(() => told("chat").length).toBe(1);
    expect(told("pager")).toEqual([]);
    clock.now += 15 * MINUTE;
    await expect.poll(() => told("pager").length).toBe(1);
    expect(told("pager")[0]).toMatchObject({ reason: "escalated", alert: { status: "new" } });
  });

  it.each([
    ["took it", { status: "in_progress" }],
    ["was given it", { assignee: "bob" }],
    ["wrote a comment", { comment: "I am on it" }],
  ] as const)("does not when somebody %s", async (_name, patch) => {
    await start({ chat: {}, pager: {} }, routes);
    const [id = ""] = await raise();
    await alerts.update(id, patch, ALICE);
    clock.now += 15 * MINUTE;
    await expect.poll(states).toContain("cancelled");
    expect(told("pager")).toEqual([]);
  });
});

describe("the desk", () => {
  it("pauses and resumes, in the log before it is in force, and over a restart", async () => {
    await start({ chat: {} });
    await desk.pause("chat", ALICE);
    expect(sealed).toMatchObject([
      { action: "log_notification_changed", reason: "paused", targets: [{ type: "channel", id: "chat" }] },
    ]);
    await notifier.close();
    await start({ chat: {} });
    await raise();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(sent).toEqual([]);
    expect((await desk.channels())[0]).toMatchObject({ state: "paused", paused: { by: "alice" } });
    await desk.resume("chat", ALICE);
    await expect.poll(() => sent.length).toBe(1);
    expect((await desk.channels())[0]?.state).toBe("running");
  });

  it("is not paused when the log does not take it", async () => {
    await start({ chat: {} });
    const selfLog = { emit() {}, seal: () => Promise.reject(new Error("full")) };
    const other = await openNotifications({
      state,
      selfLog,
      channels: [{ ...(await configured()), channel: channel("chat") }],
      notifier,
      publicUrl: undefined,
      now: () => clock.now,
    });
    await expect(other.pause("chat", ALICE)).rejects.toThrow("full");
    expect((await other.channels())[0]?.state).toBe("running");
  });

  it("sends a test that says so, past everything that holds messages back, and shows the answer", async () => {
    await start({ chat: { limit: { messages: 1, perMs: MINUTE } } });
    await desk.pause("chat", ALICE);
    expect(await desk.test("chat", ALICE)).toMatchObject({ delivered: true, answer: "ok" });
    expect(sent).toMatchObject([{ notice: { type: "test", by: "alice" } }]);
    broken.add("chat");
    expect(await desk.test("chat", ALICE)).toMatchObject({ delivered: false, answer: "ECONNREFUSED" });
    expect(events.map(({ reason }) => reason)).toEqual(["tested", "tested"]);
    await expect(desk.test("nobody", ALICE)).rejects.toMatchObject({ code: "not_found" });
  });

  it("lists deliveries and tries one again", async () => {
    broken.add("chat");
    await start({ chat: {} });
    await raise();
    await expect.poll(async () => (await desk.deliveries({ limit: 10 }))[0]?.attempts).toBe(1);
    const [delivery] = await desk.deliveries({ channel: "chat", state: "waiting", limit: 10 });
    expect(delivery).toMatchObject({ reason: "new", level: "high", lastError: "ECONNREFUSED" });
    expect((await desk.channels())[0]?.state).toBe("failing");
    broken.clear();
    await desk.retry(delivery?.id ?? "", ALICE);
    await expect.poll(() => sent.length).toBe(1);
    await expect(desk.retry(delivery?.id ?? "", ALICE)).rejects.toMatchObject({ code: "not_found" });
  });
});

async function configured(): Promise<ConfiguredChannel> {
  return {
    name: "chat",
    kind: "slack",
    origin: "file",
    hasLifecycle: false,
    limit: undefined,
    quiet: undefined,
    create: () => channel("chat"),
  };
}
