// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Collector, createCollector } from "../test/collector.js";
import { createTelltale, type Telltale, type TelltaleError, type TelltaleOptions } from "./index.js";

const KEY = "tt_ingest_k1_0123456789abcdef";
let collector: Collector;
let telltale: Telltale;
let errors: TelltaleError[];

function start(options: Partial<TelltaleOptions> = {}): Telltale {
  telltale = createTelltale({
    app: "shop",
    url: collector.url,
    key: KEY,
    onError: (error) => errors.push(error),
    batch: { ms: 5 },
    ...options,
  });
  return telltale;
}

beforeEach(async () => {
  collector = await createCollector();
  errors = [];
});

afterEach(async () => {
  await telltale.close(0);
  await collector.close();
});

const actions = (): string[] => collector.events.map(({ action }) => action);
const codes = (): string[] => errors.map(({ code }) => code);
const said = (): string => errors.map(({ message }) => message).join("\n");

describe("emit", () => {
  test("sends canonical events of this process, in order", async () => {
    start({ env: "test", version: "1.2.3", instance: "i1" });
    telltale.emit({ action: "order_placed", outcome: "success", targets: [{ type: "order", id: "7" }] });
    telltale.authn.loginFail({
      actor: { id: "alice" },
      reason: "bad_password",
      client: { ip: "203.0.113.7" },
    });
    expect(await telltale.flush()).toBe(true);
    expect(collector.events).toMatchObject([
      {
        v: 1,
        action: "order_placed",
        outcome: "success",
        level: "info",
        targets: [{ type: "order", id: "7" }],
      },
      { action: "authn_login_fail", outcome: "failure", level: "warn", actor: { type: "user", id: "alice" } },
    ]);
    const [first, second] = collector.events;
    expect(first?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(first?.source).toEqual({
      app: "shop",
      version: "1.2.3",
      env: "test",
      instance: "i1",
      boot: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      seq: 1,
      prev: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    expect(second?.source).toMatchObject({ boot: first?.source.boot, seq: 2 });
    expect(collector.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      "content-type": "application/x-ndjson",
    });
    expect(telltale.stats()).toMatchObject({
      emitted: 2,
      delivered: 2,
      lost: 0,
      waiting: 0,
      waitingBytes: 0,
    });
  });

  test("removes secrets before anything is queued", async () => {
    start();
    const data = {
      password: "hunter2-secret",
      headers: { Authorization: "Bearer abcdefghijklmnopqrstuvwxyz012345" },
    };
    telltale.emit({ action: "x", data, message: "card 4111 1111 1111 1111" });
    await telltale.flush();
    const sent = collector.requests[0]?.lines.join("") ?? "";
    expect(sent).not.toMatch(/hunter2|abcdefghijklmnop|4111 1111 1111 1111/);
    expect(collector.events[0]?.protected?.fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["data.password", "message"]) as string[],
    );
    expect(data.password).toBe("hunter2-secret");
  });

  test("never throws, whatever it is given", async () => {
    start();
    const cycle: Record<string, unknown> = { name: "c" };
    cycle.self = cycle;
    const traps = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error("trap");
        },
      },
    );
    const getter = {
      get bad(): string {
        throw new Error("getter");
      },
      good: 1,
    };
    for (const data of [
      cycle,
      traps,
      getter,
      { big: 10n },
      { text: "x".repeat(1e7) },
      { f: () => 1, s: Symbol("s") },
    ]) {
      telltale.emit({ action: "odd", data });
    }
    for (const input of [undefined, null, 5, "text", [], {}, { action: 5 }, { action: "" }, traps]) {
      telltale.emit(input as never);
    }
    telltale.user.created(traps as never);
    telltale.authn.loginFail(undefined as never);
    expect(await telltale.close()).toBe(true);
    expect(actions()).toEqual([
      "odd",
      "odd",
      "odd",
      "odd",
      "odd",
      "odd",
      "user_created",
      "authn_login_fail",
      "sdk_events_lost",
      "source_stopped",
    ]);
    const data = collector.events.map((event) => event.data);
    expect(data[0]).toEqual({ name: "c", self: "[circular]" });
    expect(data[2]).toEqual({ bad: "[unreadable]", good: 1 });
    expect(data[3]).toEqual({ big: "10" });
    expect(collector.requests.flatMap(({ lines }) => lines).every((line) => line.length <= 61_440)).toBe(
      true,
    );
    expect(collector.events[4]?.protected?.fields).toContainEqual({
      path: "data.text",
      how: "truncated",
      kind: "length",
    });
    expect(codes()).toContain("internal");
  });

  test("survives a clock that jumps", async () => {
    start();
    const { now } = Date;
    try {
      for (const time of [now() + 1e12, 0, -1e15, 8.64e15, now()]) {
        Date.now = () => time;
        telltale.emit({ action: "tick" });
      }
    } finally {
      Date.now = now;
    }
    telltale.emit({ action: "tock" });
    expect(await telltale.flush()).toBe(true);
    expect(collector.events.at(-1)?.action).toBe("tock");
    expect(collector.events.every(({ time }) => /^\d{4}-.*Z$/.test(time))).toBe(true);
    expect(collector.events.every(({ data }) => data?._invalid === undefined)).toBe(true);
    expect(new Set(collector.events.map(({ source }) => source.seq)).size).toBe(collector.events.length);
  });

  test("an action that is reserved is a claim", async () => {
    start().emit({ action: "log_viewed" });
    await telltale.flush();
    expect(actions()).toEqual(["claimed_log_viewed"]);
  });
});

describe("batches", () => {
  test("by count, without waiting for the time", async () => {
    start({ batch: { events: 10, ms: 60_000 } });
    for (let i = 0; i < 25; i++) telltale.emit({ action: "n" });
    await expect.poll(() => collector.events.length).toBe(25);
    expect(collector.requests.map(({ lines }) => lines.length)).toEqual([10, 10, 5]);
  });

  test("by bytes", async () => {
    start({ batch: { bytes: 4096, ms: 60_000 }, gzipBytes: 1e9 });
    for (let i = 0; i < 20; i++) telltale.emit({ action: "n", data: { text: "x".repeat(800) } });
    await expect.poll(() => collector.events.length).toBeGreaterThan(15);
    await telltale.flush();
    expect(Math.max(...collector.requests.map(({ body }) => body.length))).toBeLessThanOrEqual(4096);
  });

  test("by time", async () => {
    start({ batch: { ms: 30 } });
    telltale.emit({ action: "a" });
    telltale.emit({ action: "b" });
    await expect.poll(() => collector.events.length).toBe(2);
    expect(collector.requests).toHaveLength(1);
  });

  test("at once when critical", async () => {
    start({ batch: { ms: 60_000 } });
    telltale.emit({ action: "a" });
    telltale.authz.fail({ targets: [{ type: "order", id: "1" }] });
    await expect.poll(() => collector.events.length).toBe(2);
  });

  test("compressed above the threshold, over one kept connection", async () => {
    start({ gzipBytes: 2000, logKey: collector.log.vkey });
    telltale.emit({ action: "small" });
    await telltale.flush();
    for (let i = 0; i < 50; i++) telltale.emit({ action: "large" });
    await telltale.flush();
    expect(collector.requests.map(({ headers }) => headers["content-encoding"])).toEqual([undefined, "gzip"]);
    expect(collector.requests[0]?.socket).toBe(collector.requests[1]?.socket);
    expect(collector.events).toHaveLength(51);
  });

  test("by a fetch of the application's own", async () => {
    let calls = 0;
    start({
      fetch: (input, init) => {
        if (init?.method === "POST") calls++;
        return fetch(input, init);
      },
    });
    for (let i = 0; i < 100; i++) telltale.emit({ action: "x" });
    expect(await telltale.flush()).toBe(true);
    expect(calls).toBe(1);
    expect(collector.events).toHaveLength(100);
  });
});

describe("a server in trouble", () => {
  test.each([
    ["503", { status: 503 }],
    ["500 without JSON", { status: 500, body: "<html>" }],
    ["429", { status: 429 }],
    ["a broken connection", { cut: "before" as const }],
    ["a connection broken after storing", { cut: "after" as const }],
    ["404", { status: 404 }],
    ["401", { status: 401 }],
    ["a page of somebody between", { status: 203, body: "<html>200 OK</html>" }],
    ["JSON of somebody else", { status: 203, body: '{"ok":true}' }],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }],
  ])("%s: everything arrives once, in order", async (_, answer) => {
    collector.answer = (_request, attempt) => (attempt <= 2 ? answer : {});
    start();
    for (let i = 0; i < 10; i++) telltale.emit({ action: `n${i}` });
    expect(await telltale.flush(10_000)).toBe(true);
    expect(actions()).toEqual(Array.from({ length: 10 }, (_, i) => `n${i}`));
    expect(collector.requests[0]?.lines).toEqual(collector.requests[1]?.lines);
    expect(telltale.stats()).toMatchObject({ delivered: 10, lost: 0, retries: 2 });
    expect(errors.length).toBeGreaterThan(0);
  });

  test("Retry-After is honoured", async () => {
    const times: number[] = [];
    collector.answer = (_request, attempt) => {
      times.push(performance.now());
      return attempt === 1 ? { status: 503, headers: { "retry-after": "1" } } : {};
    };
    start();
    telltale.emit({ action: "x" });
    await expect.poll(() => collector.events.length, { timeout: 5000 }).toBe(1);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test("413 splits the batch; what is too large even alone is lost, counted and told", async () => {
    collector.answer = ({ lines }) =>
      lines.length > 3 || lines.some((line) => line.includes('"too_big"')) ? { status: 413 } : {};
    start();
    for (let i = 0; i < 16; i++) telltale.emit({ action: i === 9 ? "too_big" : `n${i}` });
    expect(await telltale.flush()).toBe(false);
    await telltale.close();
    expect(actions().filter((action) => action.startsWith("n"))).toHaveLength(15);
    const told = collector.events.find(({ action }) => action === "sdk_events_lost");
    expect(told?.data).toMatchObject({ count: 1, reasons: { too_large: 1 } });
    expect(told?.actor).toEqual({ type: "system" });
    expect(codes()).toContain("events_lost");
  });

  test("400 isolates the poisoned event", async () => {
    collector.answer = ({ lines }) =>
      lines.some((line) => line.includes('"poison"')) ? { status: 400 } : {};
    start();
    for (let i = 0; i < 9; i++) telltale.emit({ action: i === 4 ? "poison" : "fine" });
    expect(await telltale.flush()).toBe(false);
    expect(actions().filter((action) => action === "fine")).toHaveLength(8);
    expect(telltale.stats()).toMatchObject({ lost: 1 });
  });

  test("a rejected line is reported and counted, the others stay", async () => {
    collector.answer = () => ({
      body: { accepted: 1, duplicates: 0, rejected: [{ line: 2, code: "too_deep", message: "too deep" }] },
    });
    start();
    telltale.emit({ action: "a" });
    telltale.emit({ action: "b" });
    expect(await telltale.flush()).toBe(false);
    expect(telltale.stats()).toMatchObject({ delivered: 1, rejected: 1, waiting: 0 });
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("too_deep")]);
  });

  test("415 turns compression off", async () => {
    collector.answer = ({ headers }) => (headers["content-encoding"] === undefined ? {} : { status: 415 });
    start({ gzipBytes: 0 });
    telltale.emit({ action: "a" });
    expect(await telltale.flush()).toBe(true);
  });

  test("no answer in time counts as a failure", async () => {
    collector.answer = (_request, attempt) => (attempt === 1 ? { delayMs: 2000 } : {});
    start({ timeoutMs: 100 });
    telltale.emit({ action: "a" });
    expect(await telltale.flush(5000)).toBe(true);
    expect(collector.events).toHaveLength(1);
    expect(codes()).toContain("delivery_delayed");
  });

  test.each([401, 403])("close does not wait for a server that refuses the key (%i)", async (status) => {
    collector.answer = () => ({ status });
    start();
    telltale.emit({ action: "x" });
    const began = performance.now();
    expect(await telltale.close(20_000)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(codes()).toContain("key_refused");
    expect(telltale.stats()).toMatchObject({ lost: 1, waiting: 0 });
  });

  test("close gives a key that was refused one more chance", async () => {
    collector.answer = () => ({ status: 401 });
    start();
    telltale.emit({ action: "x" });
    expect(await telltale.flush(300)).toBe(false);
    collector.answer = () => ({});
    expect(await telltale.close(20_000)).toBe(true);
    expect(actions()).toEqual(["x", "source_stopped"]);
  });

  test("says which call was not recorded, which event was refused, and why", async () => {
    start();
    telltale.emit({ actor: { id: "alice" } } as never);
    expect(said()).toMatch(/an event handed to emit was not recorded: .*action.*no_action/);
    collector.answer = () => ({
      body: { accepted: 1, duplicates: 0, rejected: [{ line: 2, code: "too_deep", message: "Too deep." }] },
    });
    telltale.emit({ action: "first_thing" });
    telltale.emit({ action: "second_thing", data: { secret: "no-data-in-here" } });
    await telltale.flush();
    expect(said()).toContain("refused an event second_thing: too_deep: Too deep.");
    expect(said()).not.toContain("no-data-in-here");
  });

  test("flush and close say false when time is over, and never reject", async () => {
    collector.answer = () => ({ status: 503 });
    start();
    telltale.emit({ action: "a" });
    const began = performance.now();
    expect(await telltale.flush(50)).toBe(false);
    expect(await telltale.close(50)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
    telltale.emit({ action: "late" });
    expect(telltale.stats()).toMatchObject({ lost: 2, waiting: 0 });
    expect(await telltale.close()).toBe(false);
  });

  test("memory is bounded: the oldest telemetry goes first, and the loss is told once delivery works", async () => {
    collector.answer = () => ({ status: 503 });
    start({ maxBytes: 64 * 1024, batch: { events: 1, ms: 0 } });
    telltale.emit({ action: "first" });
    await expect.poll(() => collector.requests.length).toBeGreaterThan(0);
    for (let i = 0; i < 1000; i++) telltale.api.request({ request: { path: `/${i}` } });
    for (let i = 0; i < 50; i++) telltale.emit({ action: "fact", data: { i } });
    expect(telltale.stats().waitingBytes).toBeLessThanOrEqual(64 * 1024);
    const { lost } = telltale.stats();
    expect(lost).toBeGreaterThan(800);
    collector.answer = () => ({});
    expect(await telltale.close(10_000)).toBe(true);
    expect(actions().filter((action) => action === "fact" || action === "first")).toHaveLength(51);
    const paths = collector.events
      .filter(({ action }) => action === "api_request")
      .map(({ request }) => request?.path);
    expect(paths.at(-1)).toBe("/999");
    expect(collector.events.at(-1)?.action).toBe("source_stopped");
    expect(collector.events.at(-2)).toMatchObject({
      action: "sdk_events_lost",
      level: "warn",
      data: { count: lost, reasons: { memory_full: lost } },
    });
    const order = collector.events.map(({ source }) => source.seq ?? 0);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe("settings", () => {
  test.each([
    [{ app: "" }, /app is missing/],
    [{ key: undefined as unknown as string }, /key is missing/],
    [{ key: "a\r\nb" }, /key has characters/],
    [{ url: "telltale:7400" }, /http or https/],
    [{ url: "not a url" }, /http or https/],
  ])("%j is refused at start", (change, message) => {
    start();
    expect(() => createTelltale({ app: "a", url: "http://localhost", key: "k", ...change })).toThrow(message);
  });

  test("http beyond this machine is reported", () => {
    start({ url: "http://192.0.2.1:7400" });
    expect(codes()).toEqual(["insecure_url"]);
  });

  test("onError that throws disturbs nobody", async () => {
    start({
      onError: () => {
        throw new Error("handler");
      },
    });
    telltale.emit({} as never);
    telltale.emit({ action: "fine" });
    expect(await telltale.flush()).toBe(true);
  });

  test("errors never repeat the key", async () => {
    collector.answer = () => ({ status: 401 });
    start();
    telltale.emit({ action: "a" });
    await telltale.flush(100);
    expect(codes()).toContain("key_refused");
    expect(errors.map((error) => `${error.message} ${String(error.cause)}`).join("\n")).not.toContain(KEY);
  });
});

describe("context", () => {
  test("is merged into every event inside, across asynchronous calls; an actor is taken whole", async () => {
    start();
    await telltale.run(
      { actor: { id: "alice", roles: ["admin"] }, client: { ip: "203.0.113.7" }, data: { tenant: "t1" } },
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        telltale.emit({ action: "a", data: { x: 1 }, client: { userAgent: "ua" } });
        telltale.emit({ action: "b", actor: { id: "bob" } });
        telltale.run({ request: { id: "r1" } }, () => {
          telltale.setContext({ actor: { id: "carol" } });
          telltale.emit({ action: "c" });
        });
        telltale.emit({ action: "d" });
      },
    );
    telltale.setContext({ actor: { id: "nobody" } });
    telltale.emit({ action: "e" });
    await telltale.flush();
    const [a, b, c, d, e] = collector.events;
    expect(a).toMatchObject({
      actor: { type: "user", id: "alice", roles: ["admin"] },
      client: { ip: "203.0.113.7", userAgent: "ua" },
      data: { tenant: "t1", x: 1 },
    });
    expect(b?.actor).toEqual({ type: "user", id: "bob" });
    expect(c).toMatchObject({ actor: { id: "carol" }, request: { id: "r1" }, client: { ip: "203.0.113.7" } });
    expect(d?.actor?.id).toBe("alice");
    expect(e?.actor).toBeUndefined();
  });

  test("a secret in it is hidden, and said to be hidden, in every event", async () => {
    start();
    telltale.run({ data: { token: "abcdefghijklmnop" } }, () => {
      telltale.emit({ action: "a" });
      telltale.emit({ action: "b" });
    });
    await telltale.flush();
    const paths = collector.events.map((event) => event.protected?.fields.map(({ path }) => path));
    expect(paths).toEqual([["data.token"], ["data.token"]]);
  });
});
