// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { addProtected, type SecurityEvent, toEcs, toOcsf, VOCABULARY } from "./index.js";
import { eventJsonSchema, eventSchema } from "./schema.js";

const event: SecurityEvent = {
  received: "2026-11-22T10:00:01.000Z",
  via: "k1",
  v: 1,
  id: "a",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop-api", env: "production" },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
  reason: "bad_password",
  actor: { type: "user", id: "u1", name: "alice" },
  client: { ip: "203.0.113.7" },
  request: { method: "POST", path: "/login", status: 401, durationMs: 1.5 },
  data: { keep: { empty: {}, none: [] } },
};

describe("toEcs", () => {
  test("fills the fields that Elastic's views read", () => {
    expect(toEcs(event, "main:7")).toMatchObject({
      "@timestamp": event.time,
      event: {
        category: ["authentication"],
        type: ["start"],
        outcome: "failure",
        action: event.action,
        ingested: event.received,
      },
      user: { id: "u1", name: "alice" },
      source: { ip: "203.0.113.7" },
      service: { name: "shop-api", environment: "production" },
      http: { request: { method: "POST" }, response: { status_code: 401 } },
      telltale: { address: "main:7", via: "k1", data: { keep: { empty: {}, none: [] } } },
    });
  });

  test("leaves out what is not there", () => {
    const text = JSON.stringify(toEcs({ ...event, actor: undefined, client: undefined }, "main:7"));
    expect(text).not.toContain('"user"');
    expect(text).not.toContain('"geo"');
  });
});

describe("toOcsf", () => {
  test("has what every class requires", () => {
    expect(toOcsf(event, "main:7")).toMatchObject({
      category_uid: 3,
      class_uid: 3002,
      activity_id: 1,
      type_uid: 300201,
      severity_id: 3,
      status_id: 2,
      time: Date.parse(event.time),
      metadata: { version: "1.8.0", product: { name: "Telltale" } },
      user: { uid: "u1" },
    });
    for (const { action } of VOCABULARY) {
      expect(toOcsf({ ...event, action }, "main:7")).toHaveProperty("type_uid");
    }
    expect(toOcsf({ ...event, action: "own" }, "main:7")).toMatchObject({
      class_uid: 6003,
      type_uid: 600399,
    });
  });
});

describe("schema", () => {
  test("takes what a sender may write and nothing else", () => {
    const { received: _received, via: _via, ...sent } = event;
    expect(eventSchema.safeParse(sent).success).toBe(true);
    expect(eventSchema.safeParse(event).success).toBe(false);
    expect(eventSchema.safeParse({ ...sent, level: "debug" }).success).toBe(false);
    expect(eventSchema.safeParse({ ...sent, time: "2026-02-30T10:00:00.000Z" }).success).toBe(false);
  });

  test("is JSON Schema too, with the words of the table", () => {
    expect(eventJsonSchema).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["v", "id", "time", "source", "action", "outcome", "level"],
      properties: { money: { properties: { amount: { description: "Decimal string" } } } },
    });
  });
});

describe("addProtected", () => {
  test("keeps what was hidden before", () => {
    const mine = { ...event };
    addProtected(mine, "p1", [{ path: "data.password", how: "removed", kind: "password" }]);
    addProtected(mine, "p1", [{ path: "data.password", how: "masked", kind: "password" }]);
    addProtected(mine, "p2", [{ path: "message", how: "masked", kind: "card" }]);
    expect(mine.protected).toEqual({
      policy: "p1+p2",
      fields: [
        { path: "data.password", how: "removed", kind: "password" },
        { path: "message", how: "masked", kind: "card" },
      ],
    });
  });
});
