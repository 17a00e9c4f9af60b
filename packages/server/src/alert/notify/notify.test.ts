// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMetrics } from "../../metrics.js";
import type { SelfEvent } from "../../self-log.js";
import type { State } from "../../state/state.js";
import { openState } from "../../state/state.js";
import { createAlertStore } from "../store.js";
import { isPublicAddress } from "./address.js";
import type { Channel } from "./channel.js";
import { DeliveryError } from "./channel.js";
import { Reach } from "./reach.js";
import type { Notifier } from "./notifier.js";
import { startNotifier, toBackoff } from "./notifier.js";
import { createWebhook, isWebhookSignature, signWebhook } from "./webhook.js";

const SECRET = "a secret of the test";
let server: Server;
let seen: { headers: IncomingMessage["headers"]; body: string }[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  seen = [];
  answer = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      seen.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const port = () => (server.address() as AddressInfo).port;
const hook = (over: Partial<Parameters<typeof createWebhook>[0]> = {}): Channel =>
  createWebhook({
    url: new URL(`http://127.0.0.1:${port()}/hook`),
    secret: () => SECRET,
    reach: new Reach(["127.0.0.1"]),
    ...over,
  });
const send = (channel: Channel) =>
  channel.send({ id: "d-1", body: '{"a":1}', attempt: 1 }, new AbortController().signal);

const PRIVATE =
  "127.0.0.1 0.0.0.0 10.1.2.3 172.31.255.255 192.168.1.1 169.254.169.254 100.100.100.200 224.0.0.1 255.255.255.255 198.18.0.1 :: ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 fe80::1 ::ffff:8.8.8.8 fd00::1 64:ff9b::7f00:1 2002:7f00:1:: ff02::1 localhost 1.1.1.1.1".split(
    " ",
  );

describe("addresses", () => {
  it.each(["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001:81b::200e"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
  it.each(PRIVATE)("%s is not", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("webhook", () => {
  it("posts the body with a signature that the receiver can check", async () => {
    await send(hook({ now: () => 1_700_000_000_999 }));
    const [request] = seen;
    expect(request?.body).toBe('{"a":1}');
    expect(request?.headers).toMatchObject({
      "content-type": "application/json",
      "telltale-delivery": "d-1",
    });
    const header = request?.headers["telltale-signature"] as string;
    const check = { secret: SECRET, header, body: '{"a":1}', nowSeconds: 1_700_000_100 };
    expect(isWebhookSignature(check)).toBe(true);
    expect(isWebhookSignature({ ...check, body: '{"a":2}' })).toBe(false);
    expect(isWebhookSignature({ ...check, secret: "another secret" })).toBe(false);
    expect(isWebhookSignature({ ...check, nowSeconds: 1_700_000_301 })).toBe(false);
    for (const bad of ["", "t=1", header.toUpperCase(), `${header}0`, header.replace("t=1", "t=2")]) {
      expect(isWebhookSignature({ ...check, header: bad })).toBe(false);
    }
  });

  it("makes the signature that openssl makes (printf '1700000000.{}' | openssl dgst -sha256 -hmac secret)", () => {
    expect(signWebhook("secret", 1_700_000_000, "{}")).toBe(
      "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163",
    );
  });

  it.each([
    [500, false],
    [503, false],
    [429, false],
    [404, false],
    [400, true],
    [410, true],
    [302, true],
  ])("takes status %i as a failure (final: %s) and never follows", async (status, isFinal) => {
    answer = (response) => response.writeHead(status, { location: "/elsewhere" }).end();
    await expect(send(hook())).rejects.toMatchObject({ name: "DeliveryError", isFinal });
    expect(seen).toHaveLength(1);
  });

  it("gives up on a receiver that does not answer, and does not read an endless answer", async () => {
    answer = () => {};
    await expect(send(hook({ timeoutMs: 50 }))).rejects.toMatchObject({ isFinal: false });
    answer = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x".repeat(10_000)), 1);
      response.on("close", () => clearInterval(timer));
    };
    await send(hook());
  });

  it("refuses private addresses, written out or behind a name, and connects to nothing", async () => {
    await expect(send(hook({ reach: new Reach([]) }))).rejects.toMatchObject({ isFinal: true });
    const byName = (addresses: string[]) =>
      hook({
        url: new URL(`http://hook.example:${port()}/`),
        reach: new Reach([], ((_name: string, _options: object, done: (e: null, a: object[]) => void) =>
          done(
            null,
            addresses.map((address) => ({ address, family: 4 })),
          )) as never),
      });
    await expect(send(byName(["127.0.0.1"]))).rejects.toThrow("private");
    await expect(send(byName(["93.184.216.34", "127.0.0.1"]))).rejects.toThrow("private");
    for (const host of ["localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]) {
      const url = new URL(`http://${host}:${port()}/`);
      await expect(send(hook({ reach: new Reach([]), url }))).rejects.toBeInstanceOf(DeliveryError);
    }
    expect(seen).toEqual([]);
  });
});

const finding = (trigger: number) => ({
  ruleId: "r",
  title: "T",
  level: "high" as const,
  tags: [],
  key: `k${trigger}`,
  group: {},
  count: 1,
  fresh: 1,
  value: 1,
  firstTime: 1,
  lastTime: 2,
  evidence: [trigger],
  trigger,
});

describe("notifier", () => {
  let state: State;
  let notifier: Notifier | undefined;
  let events: SelfEvent[];
  const clock = { now: 1_000_000 };
  const selfLog = {
    emit: (event: SelfEvent) => void events.push(event),
    seal: async (sealed: readonly SelfEvent[]) => void events.push(...sealed),
  };

  beforeEach(() => {
    state = openState(":memory:");
    events = [];
  });
  afterEach(async () => {
    await notifier?.close();
    await state.close();
  });

  const alerts = () => createAlertStore({ state, selfLog, channels: ["webhook"], now: () => clock.now });
  const start = (channel: Channel) =>
    startNotifier({
      state,
      channels: [{ channel, limit: undefined, quiet: undefined }],
      selfLog,
      metrics: createMetrics(),
      now: () => clock.now,
      tickMs: 5,
    });
  const row = () => state.db.selectFrom("deliveries").selectAll().executeTakeFirstOrThrow();

  it("delivers a new alert over HTTP, once", async () => {
    await alerts().record([finding(1)], { follower: "detect", next: 2 });
    notifier = start(hook());
    await expect.poll(() => seen.length).toBe(1);
    await expect.poll(async () => (await row()).delivered).not.toBeNull();
    expect(JSON.parse(seen[0]?.body ?? "")).toMatchObject({ reason: "new", alert: { title: "T" } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toHaveLength(1);
  });

  it("tries again with growing pauses, after a restart too, and with the same id", async () => {
    await alerts().record([finding(1)], { follower: "detect", next: 2 });
    const ids: string[] = [];
    const failing: Channel = {
      name: "webhook",
      send: async ({ id }) => {
        ids.push(id);
        if (ids.length < 4) throw new DeliveryError("ECONNREFUSED");
      },
    };
    notifier = start(failing);
    await expect.poll(async () => (await row()).attempts).toBe(1);
    const first = (await row()).next_attempt - clock.now;
    expect(first).toBeGreaterThanOrEqual(750);
    await notifier.close();
    clock.now += 10_000;
    notifier = start(failing);
    await expect.poll(async () => (await row()).attempts).toBe(2);
    expect((await row()).next_attempt - clock.now).toBeGreaterThanOrEqual(1_500);
    clock.now += 10_000;
    await expect.poll(async () => (await row()).attempts).toBe(3);
    clock.now += 10_000;
    await expect.poll(async () => (await row()).delivered).not.toBeNull();
    expect(new Set(ids).size).toBe(1);
  });

  it("gives up when it cannot help, and says so", async () => {
    await alerts().record([finding(1)], { follower: "detect", next: 2 });
    answer = (response) => response.writeHead(410).end();
    notifier = start(hook());
    await expect.poll(async () => (await row()).failed).not.toBeNull();
    expect(events).toMatchObject([
      { action: "log_notification_failed", data: { channel: "webhook", attempts: 1 } },
    ]);
  });

  it("stops at once while a receiver hangs", async () => {
    await alerts().record([finding(1)], { follower: "detect", next: 2 });
    answer = () => {};
    notifier = start(hook());
    await expect.poll(() => seen.length).toBe(1);
    await notifier.close();
    expect(await row()).toMatchObject({ attempts: 0, delivered: null, failed: null, state: "waiting" });
  });

  it("waits at most two and a half hours", () => {
    expect(toBackoff(1, 0)).toBe(750);
    expect(toBackoff(24, 0.999)).toBeLessThanOrEqual(9_000_000);
  });
});
