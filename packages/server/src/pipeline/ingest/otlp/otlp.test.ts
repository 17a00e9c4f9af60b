// SPDX-License-Identifier: Apache-2.0
import { normalizeEvent } from "@telltale/event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { otlpToNdjson } from "./otlp.js";

const text = (stringValue: string): object => ({ stringValue });

function requestOf(...logRecords: unknown[]): object {
  const attributes = [
    { key: "service.name", value: text("shop") },
    { key: "host.name", value: text("web-1") },
    { key: "cloud.region", value: text("eu-1") },
  ];
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] };
}

function eventsOf(request: unknown): Record<string, unknown>[] {
  const lines = otlpToNdjson(request)?.toString() ?? "";
  return lines === "" ? [] : lines.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("otlpToNdjson", () => {
  it("maps a record of the semantic conventions", () => {
    const [event] = eventsOf(
      requestOf({
        timeUnixNano: "1763805600123456789",
        severityNumber: 13,
        eventName: "authn_login_fail",
        body: text("bad password"),
        traceId: "5b8efff798038103d269b633813fc60c",
        attributes: [
          { key: "user.id", value: text("alice") },
          { key: "user.roles", value: { arrayValue: { values: [text("admin")] } } },
          { key: "client.address", value: text("203.0.113.7") },
          { key: "http.response.status_code", value: { intValue: "401" } },
          { key: "event.outcome", value: text("failure") },
          { key: "cart.value", value: { doubleValue: 1.5 } },
          { key: "huge", value: { intValue: "9223372036854775807" } },
        ],
      }),
    );
    expect(event).toMatchObject({
      time: "2025-11-22T10:00:00.123Z",
      source: { app: "shop", instance: "web-1" },
      action: "authn_login_fail",
      outcome: "failure",
      level: "warn",
      message: "bad password",
      actor: { id: "alice", roles: ["admin"] },
      client: { ip: "203.0.113.7" },
      request: { status: 401, trace: "5b8efff798038103d269b633813fc60c" },
      data: { "cart.value": 1.5, huge: "9223372036854775807", resource: { "cloud.region": "eu-1" } },
    });
  });
  it("names a record without a name, and keeps a body that is no text", () => {
    const body = { kvlistValue: { values: [{ key: "a", value: { boolValue: true } }] } };
    expect(eventsOf(requestOf({ body, severityNumber: 21 }))[0]).toMatchObject({
      action: "otel_log_record",
      level: "critical",
      data: { body: { a: true } },
    });
  });
  it("gives the same record the same id when it is sent again, and two equal ones in a request two", () => {
    const record = { timeUnixNano: "1763805600000000000", body: text("x") };
    const ids = eventsOf(requestOf(record, record)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(eventsOf(requestOf(record, record)).map(({ id }) => id)).toEqual(ids);
    expect(eventsOf(requestOf({ ...record, body: text("y") }))[0]?.["id"]).not.toBe(ids[0]);
  });
  it("refuses what is no request and counts what is no record", () => {
    for (const bad of [null, [], "x", { resourceLogs: {} }]) expect(otlpToNdjson(bad)).toBeUndefined();
    expect(eventsOf({})).toEqual([]);
    expect(eventsOf(requestOf(1, null, {}))).toMatchObject([null, null, { action: "otel_log_record" }]);
  });
  it("makes an event that can be normalized of every record, whatever it holds", () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.record({ stringValue: fc.string() }),
        fc.record({ intValue: fc.oneof(fc.integer(), fc.string()) }),
        fc.record({ arrayValue: fc.record({ values: fc.array(tie("any")) }) }),
        fc.record({
          kvlistValue: fc.record({ values: fc.array(fc.record({ key: fc.string(), value: tie("any") })) }),
        }),
        fc.anything(),
      ),
    })).any;
    const key = fc.oneof(
      fc.string(),
      fc.constantFrom("user.id", "event.name", "__proto__", "http.route", "user.roles"),
    );
    const record = fc.record(
      {
        timeUnixNano: fc.oneof(fc.string(), fc.double(), fc.constant("1763805600000000000")),
        severityNumber: fc.anything(),
        eventName: fc.anything(),
        body: value,
        attributes: fc.array(fc.record({ key, value })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const plain = JSON.parse(JSON.stringify(requestOf(...records))) as unknown;
        const events = eventsOf(plain);
        expect(events).toHaveLength(records.length);
        for (const event of events) {
          normalizeEvent(event, { now: "2026-11-22T10:00:00.000Z", makeId: () => "x" });
        }
      }),
      { numRuns: 300 },
    );
  });
});
