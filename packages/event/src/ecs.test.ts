// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sentEvent } from "../test/arbitrary.js";
import { ecs, findEcsFaults } from "../test/published-ecs.js";
import { SAMPLES } from "../test/samples.js";
import { toEcs, VOCABULARY } from "./index.js";

// Against the field list that Elastic publishes (test/fixtures/ecs.json).
describe("toEcs writes what the Elastic Common Schema has", () => {
  test("of the version that it names", () => {
    expect(toEcs(SAMPLES["everything"]!, "main:7")).toMatchObject({ ecs: { version: ecs.version } });
  });

  test.each(VOCABULARY.map(({ action }) => action))("%s", (action) => {
    for (const [name, event] of Object.entries(SAMPLES)) {
      const faults = findEcsFaults(toEcs({ ...event, action }, "main:7"));
      expect(faults, name).toEqual([]);
    }
  });

  test("for an action of one's own, with every outcome and level", () => {
    for (const outcome of ["success", "failure", "denied", "error", "unknown"] as const)
      for (const level of ["info", "warn", "critical"] as const) {
        const event = { ...SAMPLES["everything"]!, action: "own", outcome, level };
        expect(findEcsFaults(toEcs(event, "main:7"))).toEqual([]);
      }
  });

  test("whatever a sender writes", () => {
    fc.assert(
      fc.property(sentEvent(), (sent) => {
        const event = { received: "2026-11-22T10:00:01.000Z", via: "k1", ...sent };
        expect(findEcsFaults(toEcs(event, "main:7"))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("and a fault would be seen", () => {
    expect(
      findEcsFaults({
        "@timestamp": "yesterday",
        event: { kind: "sigh", category: ["authentication"], type: ["denied"], duration: 1.5, outcom: "x" },
        source: { ip: "unknown" },
        user: { roles: "admin" },
      }),
    ).toHaveLength(7);
  });
});
