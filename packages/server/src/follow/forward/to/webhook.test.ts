// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HttpTestPeer, type Answer } from "../../../../test/forward/http-peer.js";
import { makeOutgoing } from "../../../../test/forward/sealed.js";
import { secretOf } from "../../../../test/forward/secret.js";
import { describeTarget, type SuitePeer } from "../../../../test/forward/target.suite.js";
import { isWebhookSignature } from "../../../alert/notify/webhook.js";
import { createWebhookTarget, type WebhookTargetOptions } from "./webhook.js";

const SECRET = "kJ8sQ2vX0pLr7TzE";
const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../test/fixtures/tls/${name}`, import.meta.url), "utf8");

interface Body {
  v: number;
  target: string;
  events: { address: string; event: { id: string } }[];
}

class Receiver implements SuitePeer {
  readonly taken: string[] = [];
  readonly refused = new Set<string>();
  readonly http: HttpTestPeer;
  answer: Answer = { status: 204 };

  constructor(tls?: { cert: string; key: string }) {
    this.http = new HttpTestPeer(({ body }) => {
      if (this.mood === "busy") return { status: 503, headers: { "retry-after": "0" } };
      if (this.mood === "no-access") return { status: 401, body: SECRET };
      const addresses = (JSON.parse(body) as Body).events.map((each) => each.address);
      if (addresses.some((each) => this.refused.has(each))) return { status: 422 };
      this.taken.push(...addresses);
      return this.answer;
    }, tls);
  }
  get mood() {
    return this.http.mood;
  }
  set mood(mood) {
    this.http.mood = mood;
  }
  target(name: string, over: Partial<WebhookTargetOptions> = {}) {
    return createWebhookTarget({
      name,
      url: new URL("/hook?a=b", this.http.url),
      secret: secretOf(SECRET),
      tls: { insecure: false },
      timeoutMs: 300,
      ...over,
    });
  }
  close() {
    return this.http.close();
  }
}

const start = async (tls?: { cert: string; key: string }): Promise<Receiver> => {
  const receiver = new Receiver(tls);
  await receiver.http.start();
  return receiver;
};

describeTarget({
  name: "webhook",
  start,
  // Any 2xx of the right address is a yes here: what it says beside that does not matter.
  moods: {
    dead: "waiting",
    slow: "waiting",
    half: "waiting",
    huge: "waiting",
    busy: "waiting",
    "no-access": "failed",
  },
  refuses: true,
  secrets: [SECRET],
});

describe("webhook", () => {
  const signal = new AbortController().signal;

  it("signs the events as they are sealed, with one id for one batch", async () => {
    const receiver = await start();
    const target = receiver.target("siem", { now: () => 1_700_000_000_999 });
    const batch = [makeOutgoing(4), makeOutgoing(6)];
    await target.deliver(batch, signal);
    await target.deliver(batch, signal);
    const [first, second] = receiver.http.asked;
    expect(JSON.parse(first!.body)).toEqual({
      v: 1,
      target: "siem",
      events: batch.map(({ address, event }) => ({ address, event })),
    });
    expect(first?.path).toBe("/hook?a=b");
    expect(first?.headers["telltale-delivery"]).toBe("main:4-6");
    expect(second?.headers["telltale-delivery"]).toBe("main:4-6");
    const header = first?.headers["telltale-signature"] as string;
    const check = { secret: SECRET, header, body: first!.body, nowSeconds: 1_700_000_000 };
    expect(isWebhookSignature(check)).toBe(true);
    expect(isWebhookSignature({ ...check, body: `${first!.body} ` })).toBe(false);
    await target.close();
    await receiver.close();
  });

  it.each([
    [301, "misconfigured"],
    [307, "misconfigured"],
    [400, "bad_content"],
    [404, "misconfigured"],
    [410, "misconfigured"],
    [413, "too_large"],
    [425, "busy"],
    [500, "busy"],
  ])("takes status %i for %s and never follows", async (status, code) => {
    const receiver = await start();
    receiver.answer = { status, headers: { location: "/elsewhere" } };
    await expect(receiver.target("t").deliver([makeOutgoing(0)], signal)).rejects.toMatchObject({ code });
    expect(receiver.http.asked).toHaveLength(1);
    await receiver.close();
  });

  it("trusts the authority that it is told, and no other", async () => {
    const receiver = await start({ cert: fixture("a.crt"), key: fixture("a.key") });
    const ask = (tls: WebhookTargetOptions["tls"]) =>
      receiver.target("t", { tls }).deliver([makeOutgoing(0)], signal);
    await ask({ insecure: false, ca: fixture("a.crt") });
    expect(receiver.taken).toEqual(["main:0"]);
    await expect(ask({ insecure: false, ca: fixture("b.crt") })).rejects.toMatchObject({
      name: "TargetError",
    });
    await expect(ask({ insecure: false })).rejects.toMatchObject({ name: "TargetError" });
    expect(receiver.taken).toEqual(["main:0"]);
    await ask({ insecure: true });
    expect(receiver.taken).toHaveLength(2);
    await receiver.close();
  });
});
