// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { withTables } from "../test/reference.js";
import { normalizeEvent } from "./normalize.js";
import { VOCABULARY } from "./vocabulary.js";

const file = new URL("../../../docs/reference/events.md", import.meta.url);
const page = readFileSync(file, "utf8");

describe("docs/reference/events.md", () => {
  test("has every field and every action of the code, with the same words", async () => {
    for (const { action } of VOCABULARY) expect(withTables(page)).toContain(`| \`${action}\` |`);
    await expect(withTables(page)).toMatchFileSnapshot(file.pathname);
  });

  const context = { now: "2026-11-22T10:00:00.000Z", makeId: () => "made", app: "shop-api" };

  test("shows an event that is stored as it was sent", () => {
    const shown = JSON.parse(/```json\n([^]*?)```/.exec(page)?.[1] ?? "") as Record<string, unknown>;
    const { event, claimed } = normalizeEvent(shown, context);
    expect(event).toMatchObject(shown);
    expect([event.data, claimed]).toEqual([undefined, false]);
  });

  test("is right about what becomes of other input", () => {
    const { event, claimed } = normalizeEvent(
      {
        action: "log_forged",
        id: "x".repeat(129),
        level: "urgent",
        order: { id: 7 },
        received: "1970",
        source: { app: "other" },
      },
      context,
    );
    expect(event).toMatchObject({ action: "claimed_log_forged", level: "warn", data: { order: { id: 7 } } });
    expect(event.data?.["_invalid"]).toContainEqual(
      expect.objectContaining({ field: "level", value: "urgent" }),
    );
    expect(event.data?.["_invalid"]).toContainEqual(expect.objectContaining({ field: "id" }));
    expect(event.data).toHaveProperty("_claimed.received", "1970");
    expect(event.id).toBe("made");
    expect(event.source.app).toBe("shop-api");
    expect(claimed).toBe(true);
  });
});
