// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { ApiKey } from "../../shared/api/types.js";
import { expiryWords, isOver, toKeysAnswer } from "./words.js";

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
const key = (change: Partial<ApiKey> = {}): ApiKey => ({
  id: "ingest_a",
  name: "shop",
  role: "ingest",
  created: "2026-01-01T00:00:00.000Z",
  createdBy: "ada",
  lastUsed: null,
  ...change,
});
const inDays = (days: number): string => new Date(NOW + days * DAY).toISOString();

describe("keys in words", () => {
  it("answers who may come in", () => {
    expect(toKeysAnswer([], NOW)).toBe("No key works: no application can send events.");
    expect(toKeysAnswer([key({ revoked: inDays(-1) }), key({ expires: inDays(-1) })], NOW)).toContain(
      "No key works",
    );
    expect(toKeysAnswer([key()], NOW)).toBe("1 key works.");
    expect(toKeysAnswer([key(), key({ role: "admin" }), key({ expires: inDays(3) })], NOW)).toBe(
      "3 keys work; 1 of them as administrator; 1 expires within two weeks.",
    );
  });

  it("says how long a key works", () => {
    expect(expiryWords(key(), NOW)).toBe("does not expire");
    expect(expiryWords(key({ expires: inDays(30) }), NOW)).toBe("expires in 30 d");
    expect(expiryWords(key({ expires: inDays(-3) }), NOW)).toContain("expired on");
    expect(expiryWords(key({ expires: inDays(30), revoked: inDays(-1) }), NOW)).toContain("revoked on");
    expect(isOver(key({ expires: inDays(0) }), NOW)).toBe(true);
  });
});
