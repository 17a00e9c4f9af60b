// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sentEvent } from "../test/arbitrary.js";
import { findOcsfFaults, ocsf } from "../test/published-ocsf.js";
import { SAMPLES } from "../test/samples.js";
import { type SecurityEvent, toOcsf, VOCABULARY } from "./index.js";

const everything = SAMPLES["everything"]!;
const faultsOf = (event: SecurityEvent): string[] => findOcsfFaults(toOcsf(event, "main:7"));

// Against the schema that OCSF publishes (test/fixtures/ocsf.json).
describe("toOcsf writes what the Open Cybersecurity Schema Framework has", () => {
  test("of the version that it names", () => {
    expect(toOcsf(everything, "main:7")).toMatchObject({ metadata: { version: ocsf.version } });
  });

  test.each(VOCABULARY.map(({ action }) => action))("%s", (action) => {
    for (const [name, event] of Object.entries(SAMPLES))
      expect(faultsOf({ ...event, action }), name).toEqual([]);
  });

  test("for an action of one's own, with every outcome and level", () => {
    for (const outcome of ["success", "failure", "denied", "error", "unknown"] as const)
      for (const level of ["info", "warn", "critical"] as const)
        expect(faultsOf({ ...everything, action: "own", outcome, level })).toEqual([]);
  });

  test("whatever a sender writes", () => {
    const action = fc.constantFrom(...VOCABULARY.map((entry) => entry.action));
    fc.assert(
      fc.property(sentEvent(), action, (sent, named) => {
        const event = { received: "2026-11-22T10:00:01.000Z", via: "k1", ...sent };
        expect(faultsOf(event)).toEqual([]);
        expect(faultsOf({ ...event, action: named })).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("and loses nothing that it has no place for", () => {
    for (const { action } of [...VOCABULARY, { action: "own" }]) {
      const text = JSON.stringify(toOcsf({ ...everything, action }, "main:7"));
      for (const part of [
        "203.0.113.7",
        "50123",
        "DE",
        "64496",
        "Example Net",
        "d1",
        "/login",
        "4bf92f3577b34da6",
      ])
        expect(text, action).toContain(part);
      for (const part of [
        "alice@example.com",
        "billing",
        "bob",
        "carol",
        "12.50",
        "production",
        "web-1",
        "removed",
      ])
        expect(text, action).toContain(part);
    }
    const odd = { ...everything, client: { ip: "proxy.internal", port: 7 }, request: { method: "propfind" } };
    expect(toOcsf(odd, "main:7")).toMatchObject({
      unmapped: { client: { ip: "proxy.internal", port: 7 }, method: "propfind" },
    });
  });

  test("and a fault would be seen", () => {
    const good = toOcsf(everything, "main:7");
    for (const bad of [
      { ...good, class_uid: 3099 },
      { ...good, type_uid: 300202 },
      { ...good, category_uid: 6 },
      { ...good, activity_id: 8, type_uid: 300208 },
      { ...good, time: "2026" },
      { ...good, api: { operation: "x" } },
      { ...good, device: {} },
      { ...good, user: undefined },
      { ...good, user: {} },
      { ...good, service: undefined },
      { ...good, src_endpoint: { ip: "unknown" } },
      { ...good, src_endpoint: { ip: "203.0.113.7", port: 99_999 } },
      { ...good, severity_id: 7 },
      { ...good, more: 1 },
      { ...good, class_uid: 3003, type_uid: 300301 },
    ])
      expect(findOcsfFaults(bad), JSON.stringify(bad)).not.toEqual([]);
  });
});
