// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DecisionServer, told } from "../../test/decision-server.js";
import type { TelltaleErrorCode } from "../error.js";
import { DecisionFollower, type DecisionFollowerOptions } from "./decisions.js";
import { EventStreamReader, MAX_MESSAGE } from "./event-stream.js";
import { KnownDecisions, MAX_KNOWN } from "./known.js";
import { openByFetch, openByNode } from "./source.js";
import { parseTold, type Told } from "./told.js";

let server: DecisionServer;
let follower: DecisionFollower | undefined;
let reports: [TelltaleErrorCode, string][];
const clock = { now: 1_000, wall: Date.parse("2026-11-22T12:00:00Z") };

beforeEach(async () => {
  server = await new DecisionServer().start();
  reports = [];
  clock.now = 1_000;
});
afterEach(async () => {
  await follower?.close();
  follower = undefined;
  await server.kill();
});

function follow(over: Partial<DecisionFollowerOptions> = {}): DecisionFollower {
  follower = new DecisionFollower({
    url: new URL(`${server.url}/v1/decisions/stream?app=shop`),
    key: "tt_key",
    whenUnknown: "allow",
    unknownAfterMs: 300_000,
    open: openByNode,
    report: (code, text) => void reports.push([code, text()]),
    now: () => clock.now,
    wall: () => clock.wall,
    random: () => 0,
    ...over,
  });
  return follower;
}
const current = () => expect.poll(() => follower?.isCurrent).toBe(true);
const actionOf = (actor: string) => follower?.for({ actor }).action;

describe("following", () => {
  test.each([
    ["node", openByNode],
    ["fetch", openByFetch(fetch)],
  ])("knows what is in force, what is added and what ends (%s)", async (_name, open) => {
    server.inForce = [told("1")];
    follow({ open });
    expect(actionOf("mallory")).toBe("allow");
    await current();
    expect(server.requests[0]).toMatchObject({
      url: "/v1/decisions/stream?app=shop",
      headers: { authorization: "Bearer tt_key" },
    });
    expect(actionOf("mallory")).toBe("block");
    expect(follower?.for({ actor: "mallory" }).decision).toMatchObject({
      id: "1",
      reason: "a test",
      madeAt: clock.wall,
      expiresAt: clock.wall + 60_000,
    });
    server.tell("made", told("2", { kind: "step-up", target: { type: "ip", value: "203.0.113.0/24" } }));
    await expect.poll(() => follower?.for({ ip: "203.0.113.77" }).action).toBe("step-up");
    expect(follower?.for({ ip: "203.0.114.77" }).action).toBe("allow");
    server.tell("ended", { id: "1" });
    await expect.poll(() => actionOf("mallory")).toBe("allow");
  });

  test("keeps the last known while the server is gone, comes back, and takes what it says then", async () => {
    server.inForce = [told("1"), told("2", { target: { type: "actor", value: "eve" } })];
    follow();
    await current();
    await server.kill();
    await expect.poll(() => reports.length).toBeGreaterThan(0);
    expect(reports[0]?.[0]).toBe("decisions_unavailable");
    expect([actionOf("mallory"), actionOf("eve")]).toEqual(["block", "block"]);
    server.inForce = [told("2", { target: { type: "actor", value: "eve" } })];
    await server.start();
    await expect.poll(() => actionOf("mallory"), { timeout: 5_000 }).toBe("allow");
    expect(actionOf("eve")).toBe("block");
  });

  test("lets decisions run out by spans, whatever the clocks say", async () => {
    server.inForce = [told("1", { leftMs: 5_000, agoMs: 1_000 })];
    // Two years behind the server, and it steps.
    clock.wall = Date.parse("2024-01-01T00:00:00Z");
    follow();
    await current();
    clock.wall += 10 * 365 * 86_400_000;
    expect(actionOf("mallory")).toBe("block");
    clock.now += 4_999;
    expect(actionOf("mallory")).toBe("block");
    clock.now += 1;
    expect(actionOf("mallory")).toBe("allow");
  });

  test("is open while nothing is known, or closed where the application says so", async () => {
    server.answer = (response) => void response.writeHead(503).end();
    follow();
    expect(follower?.for({ actor: "a" })).toMatchObject({ action: "allow", isCurrent: false });
    await follower?.close();
    follow({ whenUnknown: "refuse", unknownAfterMs: 10_000 });
    expect(actionOf("anybody")).toBe("refuse");
    server.answer = undefined;
    await expect.poll(() => actionOf("anybody"), { timeout: 3_000 }).toBe("allow");
    clock.now += 10_001;
    expect(actionOf("anybody")).toBe("refuse");
    server.tell("alive", {});
    await expect.poll(() => actionOf("anybody")).toBe("allow");
  });

  test("notices a connection that is silent", async () => {
    follow({ silenceMs: 80 });
    await expect.poll(() => server.requests.length, { timeout: 3_000 }).toBeGreaterThan(1);
  });

  test("says that the key is refused, waits as long as it is asked to, and ends at once", async () => {
    server.answer = (response) => void response.writeHead(403, { "retry-after": "60" }).end();
    follow();
    await expect.poll(() => reports[0]?.[1]).toContain("refuses the key (403)");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(server.requests).toHaveLength(1);
  });
});

describe("a hostile server", () => {
  const hostile: Record<string, (write: (text: string) => void) => void> = {
    "no JSON": (write) => write("event: state\ndata: {nonsense\n\n"),
    "no object": (write) => write("event: state\ndata: 7\n\n"),
    "no list": (write) => write('event: state\ndata: {"decisions":{"length":9}}\n\n'),
    "a line without an end": (write) => {
      for (let i = 0; i < 40; i++) write("x".repeat(2 ** 18));
    },
    "data without an end": (write) => {
      for (let i = 0; i < 40; i++) write(`data: ${"x".repeat(2 ** 18)}\n`);
    },
  };

  test.each(Object.entries(hostile))(
    "that sends %s is left, and what was known stays",
    async (_name, say) => {
      server.inForce = [told("1")];
      follow();
      await current();
      for (const response of server.streams) say((text) => void response.write(text));
      await expect.poll(() => reports.length, { timeout: 3_000 }).toBeGreaterThan(0);
      expect(actionOf("mallory")).toBe("block");
    },
  );

  test("that answers pages, redirects or nothing is told from a stream", async () => {
    for (const answer of [
      { status: 200, headers: { "content-type": "text/html" } },
      { status: 302, headers: { location: `${server.url}/elsewhere` } },
      { status: 404, headers: {} },
    ]) {
      server.answer = (response) => void response.writeHead(answer.status, answer.headers).end("<html>");
      follow();
      const before = reports.length;
      await expect.poll(() => reports.length).toBeGreaterThan(before);
      expect(reports.at(-1)?.[1]).toContain("no stream of decisions");
      await follower?.close();
    }
    expect(server.requests.every(({ url }) => url.startsWith("/v1/decisions/stream"))).toBe(true);
  });

  test("is not asked without a pause by a stream that ends at once", async () => {
    server.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end('event: state\ndata: {"decisions":[]}\n\n');
    };
    follow();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  test("fills no memory: more decisions than are kept are dropped and told", async () => {
    server.inForce = Array.from({ length: MAX_KNOWN + 10 }, (_, n) =>
      told(String(n), { target: { type: "actor", value: `a${n}` } }),
    );
    follow();
    await current();
    expect(reports[0]?.[1]).toContain("more decisions than are kept");
    expect(actionOf("a0")).toBe("block");
  });

  test("cannot make anything but decisions of what it sends", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue(), (value, field) => {
        const one = parseTold(value);
        if (one !== undefined) expect(one.target.value.length).toBeLessThanOrEqual(256);
        for (const name of ["id", "kind", "target", "leftMs"]) {
          const mixed = parseTold({ ...told("1"), [name]: field });
          if (mixed !== undefined) expect(mixed.leftMs).toBeLessThanOrEqual(90 * 86_400_000);
        }
      }),
    );
    const polluted = parseTold(JSON.parse('{"__proto__":{"id":"1","kind":"block"}}'));
    expect(polluted).toBeUndefined();
    expect(parseTold(told("1", { kind: "reboot" }))).toBeUndefined();
    expect(parseTold(told("1", { leftMs: -1 }))).toBeUndefined();
    expect(parseTold(told("1", { leftMs: 1e300 }))?.leftMs).toBe(90 * 86_400_000);
  });
});

describe("what is known", () => {
  const make = () =>
    new KnownDecisions(
      () => clock.now,
      () => clock.wall,
    );
  const one = (id: string, over: Record<string, unknown> = {}): Told => parseTold(told(id, over)) as Told;

  test("answers the hardest first, of actor, address and session together", () => {
    const known = make();
    known.add(one("s", { kind: "step-up" }));
    known.add(one("r", { kind: "revoke_session", target: { type: "session", value: sha("sid") } }));
    known.add(one("b", { target: { type: "ip", value: "2001:db8::/48" } }));
    const found = known.for({ actor: "mallory", ip: "2001:DB8:0:0:1::1", session: "sid" });
    expect(found.map(({ id }) => id)).toEqual(["b", "r", "s"]);
    expect(known.for({})).toEqual([]);
    expect(known.for({ actor: "ip 2001:db8::/48", ip: "nonsense", session: "" })).toEqual([]);
  });

  test.each([
    ["203.0.113.9", "::ffff:203.0.113.9"],
    ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1"],
    ["2001:db8::1", "[2001:db8::1]"],
  ])("knows %s as %s", (stored, asked) => {
    const known = make();
    known.add(one("1", { target: { type: "ip", value: stored } }));
    expect(known.for({ ip: asked })).toHaveLength(1);
  });

  test("is the same as looking through a list, whatever comes and goes", () => {
    const id = fc.constantFrom("a", "b", "c", "d");
    const value = fc.constantFrom("x", "y", "__proto__", "constructor");
    const step = fc.record({
      id,
      value,
      add: fc.boolean(),
      left: fc.integer({ min: 0, max: 50 }),
      wait: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        clock.now = 0;
        const known = make();
        const list = new Map<string, { value: string; until: number }>();
        for (const each of steps) {
          clock.now += each.wait;
          if (each.add) {
            known.add(one(each.id, { target: { type: "actor", value: each.value }, leftMs: each.left }));
            list.set(each.id, { value: each.value, until: clock.now + each.left });
          } else {
            known.remove(each.id);
            list.delete(each.id);
          }
          for (const actor of ["x", "y", "__proto__", "constructor"]) {
            const expected = [...list]
              .filter(([, { value, until }]) => value === actor && until > clock.now)
              .map(([key]) => key);
            expect(
              known
                .for({ actor })
                .map((found) => found.id)
                .sort(),
            ).toEqual(expected.sort());
          }
        }
      }),
    );
  });
});

const sha = (text: string) => createHash("sha256").update(text).digest("hex");

describe("the reader of streams", () => {
  test("reads the same however the bytes are cut", () => {
    const text =
      'event: a\ndata: {"x":"é😀"}\n\n: comment\r\n\r\ndata:1\r\ndata: 2\r\n\r\nevent: empty\n\nid: 3\n\n';
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length })), (cuts) => {
        const reader = new EventStreamReader();
        const found = [];
        let from = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
          found.push(...reader.read(bytes.subarray(from, cut)));
          from = Math.max(from, cut);
        }
        expect(found).toEqual([
          { event: "a", data: '{"x":"é😀"}' },
          { event: "", data: "1\n2" },
        ]);
      }),
    );
  });

  test("keeps no more of a message than it may", () => {
    const reader = new EventStreamReader();
    const piece = Buffer.alloc(2 ** 20, "x");
    expect(() => {
      for (let i = 0; i <= MAX_MESSAGE / piece.length; i++) Array.from(reader.read(piece));
    }).toThrow("too long");
  });
});
