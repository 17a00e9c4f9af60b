// SPDX-License-Identifier: Apache-2.0
import { markEncrypted, markersOf } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import type { ProtectedEvent } from "../stages.js";
import { protectedJson } from "./protect.js";

const MARKER = markEncrypted("email", "k".repeat(22), `AQ${"b".repeat(100)}`);

describe("an event that is too long", () => {
  it.each([0, 1, 50, MARKER.length - 1])(
    "is cut beside a marker and never inside (shifted by %i)",
    (shift) => {
      const message = "x".repeat(shift) + MARKER.repeat(200);
      const event = {
        v: 1,
        id: "1",
        time: "2026-11-22T10:00:00.000Z",
        source: { app: "a" },
        action: "a",
        outcome: "success",
        level: "info",
        message,
      } as ProtectedEvent;
      const { message: kept } = JSON.parse(protectedJson(event, "p", 8_000)) as { message: string };
      expect(kept.endsWith("…[truncated]")).toBe(true);
      const markers = markersOf(kept);
      expect(markers.length).toBeGreaterThan(5);
      expect(kept).toBe(`${"x".repeat(shift)}${MARKER.repeat(markers.length)}…[truncated]`);
    },
  );
});
