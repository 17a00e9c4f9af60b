// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describeChannel } from "../../../../test/notify/channel.suite.js";
import { DIGEST, makeAlert, makeNotice, toDelivery } from "../../../../test/notify/notices.js";
import { WebService } from "../../../../test/notify/web-service.js";
import { SecretRef } from "../../../follow/forward/secret-ref.js";
import { Reach } from "../reach.js";
import { createOpsgenie } from "./opsgenie.js";
import { createPagerDuty } from "./pagerduty.js";

const KEY = "R0UT1NGKEY0123456789";
const env: Record<string, string> = { KEY };
const reference = SecretRef.parse("env:KEY", {
  env,
  readFile: () => "",
})!;
const start = () => new WebService(202).start();
const pager = (service: WebService, reach: Reach) =>
  createPagerDuty({ name: "p", target: { url: service.url, reach, timeoutMs: 200 }, routingKey: reference });
const genie = (service: WebService, reach: Reach) =>
  createOpsgenie({ name: "o", target: { url: service.url, reach, timeoutMs: 200 }, apiKey: reference });

const UNSEEN = /[\u202a-\u202e\u0000\u001b]|\\u202e|\\u0000|\\u001b/;
describeChannel({ name: "PagerDuty", start, channel: pager, secrets: [KEY], markup: [UNSEEN] });
describeChannel({ name: "Opsgenie", start, channel: genie, secrets: [KEY], markup: [UNSEEN] });

describe("an incident", () => {
  let service: WebService;
  const reach = new Reach(["127.0.0.1"]);
  const signal = new AbortController().signal;
  const resolved = makeNotice({ reason: "resolved", delivery: "d-9" });
  beforeEach(async () => {
    service = await start();
  });
  afterEach(() => service.close());

  it("PagerDuty: one key from trigger to resolve", async () => {
    const channel = pager(service, reach);
    await channel.send(toDelivery(makeNotice()), signal);
    await channel.send(toDelivery(resolved), signal);
    await channel.send(toDelivery(DIGEST), signal);
    expect(service.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array.from({ length: 3 }, () => "POST /v2/enqueue"),
    );
    const dedup_key = `telltale-alert-${makeAlert().id}`;
    expect(service.json(0)).toMatchObject({
      routing_key: KEY,
      event_action: "trigger",
      dedup_key,
      payload: { severity: "error", class: "rule-1", custom_details: { "actor.id": "alice" } },
    });
    expect(service.json(1)).toEqual({ routing_key: KEY, event_action: "resolve", dedup_key });
    expect(service.json(2)).toMatchObject({ event_action: "trigger", dedup_key: "telltale-digest-d-2" });
  });

  it("Opsgenie: one alias from create to close", async () => {
    const channel = genie(service, reach);
    await channel.send(toDelivery(makeNotice()), signal);
    await channel.send(toDelivery(resolved), signal);
    const alias = `telltale-alert-${makeAlert().id}`;
    expect(service.requests[0]?.headers.authorization).toBe(`GenieKey ${KEY}`);
    expect(service.json(0)).toMatchObject({ alias, priority: "P2", tags: ["attack.t1110"], entity: "alice" });
    expect(service.requests[1]?.path).toBe(`/v2/alerts/${alias}/close?identifierType=alias`);
  });

  it("takes a key that was renewed", async () => {
    env["KEY"] = "renewed-0123456789";
    await pager(service, reach).send(toDelivery(makeNotice()), signal);
    env["KEY"] = KEY;
    expect(service.json(0)["routing_key"]).toBe("renewed-0123456789");
  });

  it("says which secret is missing, and tries again", async () => {
    env["KEY"] = "";
    const failure = pager(service, reach).send(toDelivery(makeNotice()), signal);
    await expect(failure).rejects.toMatchObject({ isFinal: false, message: "env:KEY is not set or empty" });
    env["KEY"] = KEY;
  });
});
