// SPDX-License-Identifier: Apache-2.0
import type { Finding, SigmaRespond } from "@telltale/sigma";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAlertStore } from "../alert/store.js";
import { NO_KEYS } from "../protect/reveal.js";
import type { SelfEvent } from "../self-log.js";
import type { State } from "../state/state.js";
import { openState } from "../state/state.js";
import { parseNetwork, parseTarget, toSessionHash } from "./decision.js";
import type { DecisionNews, Decisions, NewDecision } from "./decisions.js";
import { openDecisions } from "./decisions.js";
import { RuleResponder } from "./rule-responder.js";

const ALICE = { kind: "user", id: "u-1", name: "alice" } as const;
const HOUR = 3_600_000;
const ALIAS = "sub_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const clock = { now: 0 };
let state: State;
let sealed: SelfEvent[];
let told: string[];
let failing: boolean;
let decisions: Decisions;

const selfLog = {
  emit: () => undefined,
  seal: async (events: readonly SelfEvent[]) => {
    if (failing) throw new Error("the log is full");
    sealed.push(...events);
    told.push(...events.map(({ action }) => `sealed ${action}`));
  },
};
const describeNews = (news: DecisionNews): string =>
  "made" in news ? `made ${news.made.target.value}` : `ended ${news.ended.target.value}`;

async function open(keys = NO_KEYS): Promise<Decisions> {
  const opened = await openDecisions({
    state,
    selfLog,
    keys,
    now: () => clock.now,
    onError: () => undefined,
    tickMs: 5,
  });
  opened.subscribe((news) => void told.push(describeNews(news)));
  return opened;
}

beforeEach(async () => {
  state = openState(":memory:");
  clock.now = Date.parse("2026-11-22T12:00:00Z");
  sealed = [];
  told = [];
  failing = false;
  decisions = await open();
});
afterEach(async () => {
  await decisions.close();
  await state.close();
});

const block = (over: Partial<NewDecision> = {}): NewDecision => ({
  kind: "block",
  target: { type: "actor", value: "mallory" },
  reason: "took over an account",
  forMs: HOUR,
  ...over,
});
const all = { app: undefined, tenant: undefined };

describe("a decision", () => {
  it("is in the log before anybody is told, and so is its end", async () => {
    const made = await decisions.make(block(), ALICE);
    await decisions.lift(made.id, "a mistake", ALICE);
    expect(told).toEqual([
      "sealed telltale_decision_made",
      "made mallory",
      "sealed telltale_decision_ended",
      "ended mallory",
    ]);
    expect(sealed).toMatchObject([
      {
        reason: "block",
        actor: { type: "user", name: "alice" },
        targets: [{ type: "user", id: "mallory" }],
        data: { why: "took over an account", expires: "2026-11-22T13:00:00.000Z" },
      },
      { actor: { name: "alice" }, data: { why: "a mistake" } },
    ]);
    expect(decisions.inForce(all)).toEqual([]);
    await expect(decisions.lift(made.id, "again", ALICE)).rejects.toMatchObject({ code: "not_found" });
  });

  it("is nothing when the log does not take it, also after a restart", async () => {
    failing = true;
    await expect(decisions.make(block(), ALICE)).rejects.toThrow("full");
    failing = false;
    await decisions.close();
    decisions = await open();
    expect(told).toEqual([]);
    expect(decisions.inForce(all)).toEqual([]);
  });

  it("comes into force after a death between row and event, under the same event id", async () => {
    const { id } = await decisions.make(block(), ALICE);
    await decisions.close();
    await state.db.updateTable("decisions").set({ state: "made" }).where("id", "=", id).execute();
    decisions = await open();
    expect(decisions.inForce(all).map(({ decision }) => decision.id)).toEqual([id]);
    expect(sealed.map((event) => event.id)).toEqual([sealed[0]?.id, sealed[0]?.id]);
  });

  it("finishes an end that was under way", async () => {
    const { id } = await decisions.make(block(), ALICE);
    await decisions.close();
    await state.db.updateTable("decisions").set({ state: "ending" }).where("id", "=", id).execute();
    decisions = await open();
    expect(decisions.inForce(all)).toEqual([]);
    expect(sealed.at(-1)?.action).toBe("telltale_decision_ended");
  });

  it("ends when its time is over, which is an event, also when nobody was up then", async () => {
    await decisions.make(block(), ALICE);
    clock.now += HOUR;
    expect(decisions.inForce(all)).toEqual([]);
    await expect.poll(() => sealed.at(-1)?.data).toMatchObject({ why: "its time was over" });
    await decisions.make(block({ target: { type: "ip", value: "203.0.113.9" } }), ALICE);
    await decisions.close();
    clock.now += 2 * HOUR;
    decisions = await open();
    await expect.poll(() => told.at(-1)).toBe("ended 203.0.113.9");
    expect((await decisions.list(10)).every(({ ended }) => ended !== undefined)).toBe(true);
  });

  it("tries its end again when the log did not take it", async () => {
    await decisions.make(block(), ALICE);
    failing = true;
    clock.now += HOUR;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(told).not.toContain("ended mallory");
    failing = false;
    await expect.poll(() => told.at(-1)).toBe("ended mallory");
  });

  it("concerns the application and tenant that it names", async () => {
    await decisions.make(block({ app: "shop" }), ALICE);
    await decisions.make(block({ target: { type: "actor", value: "eve" }, tenant: "acme" }), ALICE);
    const names = (of: { app: string | undefined; tenant: string | undefined }) =>
      decisions.inForce(of).map(({ target }) => target.value);
    expect(names({ app: "shop", tenant: undefined })).toEqual(["mallory"]);
    expect(names({ app: "blog", tenant: undefined })).toEqual([]);
    expect(names({ app: "blog", tenant: "acme" })).toEqual(["eve"]);
  });

  it("keeps a person by the alias and tells applications the id", async () => {
    await decisions.close();
    const keys = {
      ...NO_KEYS,
      aliasOf: async (_: unknown, id: string) => (id === "mallory" ? ALIAS : undefined),
      nameOf: async (alias: string) => (alias === ALIAS ? "mallory" : undefined),
    };
    decisions = await open(keys);
    const made = await decisions.make(block(), ALICE);
    expect(made.target.value).toBe(ALIAS);
    expect(decisions.inForce(all)[0]?.target.value).toBe("mallory");
    expect(JSON.stringify([sealed, await decisions.list(9)])).not.toContain("mallory");
  });

  it.each([
    [{ forMs: 999 }],
    [{ forMs: 91 * 24 * HOUR }],
    [{ forMs: Number.NaN }],
    [{ target: { type: "ip", value: "0.0.0.0/0" } as const }],
    [{ target: { type: "ip", value: "example.com" } as const }],
    [{ target: { type: "actor", value: " " } as const }],
  ])("refuses %j", async (over) => {
    await expect(decisions.make(block(over), ALICE)).rejects.toMatchObject({ code: "bad_request" });
  });
});

describe("targets", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["203.0.113.0/24", "203.0.113.0/24"],
    ["203.0.113.9/32", "203.0.113.9"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["2001:db8::/48", "2001:db8::/48"],
    ["10.0.0.0/8", undefined],
    ["2001::/16", undefined],
    ["fe80::1%eth0", undefined],
    ["1.2.3.4/24/5", undefined],
    ["1.2.3.4/-1", undefined],
    ["1.2.3", undefined],
  ])("%s is %s", (text, network) => {
    expect(parseNetwork(text)).toBe(network);
  });

  it("keep of a session only its hash", () => {
    const value = toSessionHash("s3cr3t");
    expect(parseTarget("session", "s3cr3t")).toEqual({ type: "session", value });
    expect(parseTarget("session", value)).toEqual({ type: "session", value });
  });
});

describe("rules", () => {
  const respond: Record<string, SigmaRespond> = {
    brute: { decision: "block", about: "ip", forMs: HOUR },
    odd: { decision: "step-up", about: "actor", forMs: HOUR },
  };
  let responder: RuleResponder;
  let trigger = 0;
  const alerts = () => createAlertStore({ state, selfLog, now: () => clock.now });
  let store: ReturnType<typeof alerts>;

  async function watch(hasPlainAddresses = true): Promise<void> {
    store = alerts();
    responder = new RuleResponder({
      alerts: store,
      decisions,
      respondOf: (id) => respond[id],
      hasPlainAddresses,
      now: () => clock.now,
      onError: (error) => {
        throw error;
      },
    });
    await responder.start();
  }
  afterEach(() => responder.close());

  const hit = async (ruleId: string, group: Record<string, string>) => {
    trigger++;
    const finding: Finding = {
      ruleId,
      title: "T",
      level: "high",
      tags: [],
      key: Object.values(group).join(" "),
      group,
      count: 1,
      fresh: 1,
      value: 1,
      firstTime: clock.now,
      lastTime: clock.now,
      evidence: [trigger],
      trigger,
    };
    const [alert] = await store.record([finding], { follower: "detect", next: trigger + 1 });
    await new Promise((resolve) => setTimeout(resolve, 15));
    return alert?.id ?? "";
  };
  const values = () =>
    decisions.inForce(all).map(({ decision: { kind }, target }) => `${kind} ${target.value}`);

  it("decide about what their findings are about, once while it holds, again when it goes on", async () => {
    await watch();
    await hit("brute", { "client.ip": "203.0.113.9" });
    await hit("odd", { "actor.id": "mallory" });
    await hit("silent", { "actor.id": "bob" });
    await hit("brute", { "client.ip": "203.0.113.9" });
    expect(values()).toEqual(["block 203.0.113.9", "step-up mallory"]);
    expect(
      (await decisions.list(9)).every(({ by, alert }) => by.kind === "system" && alert !== undefined),
    ).toBe(true);
    clock.now += HOUR + 1;
    await hit("brute", { "client.ip": "203.0.113.9" });
    expect(values()).toEqual(["block 203.0.113.9"]);
  });

  it("do not overrule a person", async () => {
    await watch();
    await hit("brute", { "client.ip": "203.0.113.9" });
    const [made] = await decisions.list(1);
    await decisions.lift(made?.id ?? "", "that is our office", ALICE);
    await hit("brute", { "client.ip": "203.0.113.9" });
    expect(values()).toEqual([]);
  });

  it("block no machine that speaks to itself, and no address that may be a token", async () => {
    await watch();
    await hit("brute", { "client.ip": "127.0.0.1" });
    await hit("brute", { "client.ip": "::1" });
    await responder.close();
    await watch(false);
    await hit("brute", { "client.ip": "203.0.113.9" });
    await hit("odd", { "actor.id": "eve" });
    expect(values()).toEqual(["step-up eve"]);
  });

  it("catch up with an alert that was raised just before a death", async () => {
    await watch();
    await responder.close();
    await hit("brute", { "client.ip": "203.0.113.9" });
    expect(values()).toEqual([]);
    await watch();
    await expect.poll(values).toEqual(["block 203.0.113.9"]);
  });
});
