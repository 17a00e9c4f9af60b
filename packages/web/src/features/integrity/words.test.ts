// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Status, VerifyVerdict } from "../../shared/api/types.js";
import { toIntegrityAnswer } from "./words.js";

function toStatus(verdict: VerifyVerdict): Status {
  return {
    version: "0",
    origin: "telltale/a",
    vkey: "telltale/a+00000000+AA",
    size: 9,
    checkpoint: { text: "", size: 9, root: "", time: "2026-11-22T12:00:00.000Z" },
    verified: { from: 0, to: 9, verdict, time: "2026-11-22T12:00:00.000Z" },
    followers: [],
    alerts: { open: 0 },
    reviews: { open: 0, overdue: 0 },
    uptimeMs: 1,
  };
}

describe("toIntegrityAnswer", () => {
  it("never lets the server's own word pass for a witness's", () => {
    for (const verdict of ["intact", "unwitnessed"] as const) {
      expect(toIntegrityAnswer(toStatus(verdict), "same")).toBe(
        "The record holds. Only this server vouches for it.",
      );
    }
  });
  it("says first what is wrong", () => {
    expect(toIntegrityAnswer(toStatus("intact"), "forked")).toMatch(/^Do not trust/);
    expect(toIntegrityAnswer(toStatus("tampered"), "same")).toMatch(/^The record was changed/);
  });
});
