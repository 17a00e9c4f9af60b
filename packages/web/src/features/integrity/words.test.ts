// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Status, VerifyVerdict } from "../../shared/api/types.js";
import { followerWords, peerWords, toIntegrityAnswer, witnessWords } from "./words.js";

function toStatus(verdict: VerifyVerdict): Status {
  return {
    version: "0",
    origin: "telltale/a",
    vkey: "telltale/a+00000000+AA",
    size: 9,
    checkpoint: { text: "", size: 9, root: "", time: "2026-11-22T12:00:00.000Z" },
    verified: { from: 0, to: 9, verdict, time: "2026-11-22T12:00:00.000Z" },
    witness: null,
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
  it("says who cosigns, who does not, and who contradicts", () => {
    const now = Date.parse("2026-11-22T12:05:00.000Z");
    const peer = { name: "w1", vkey: "k", size: 7, cosigned: "2026-11-22T12:00:00.000Z", trouble: null };
    const newest = { size: 7, time: "2026-11-22T12:00:00.000Z", checkpoint: "" };
    const base = {
      ...toStatus("intact"),
      witness: { state: "witnessed" as const, newest, unwitnessedSince: null, witnesses: [peer] },
    };
    expect(toIntegrityAnswer(base, "same")).toContain("outside cosign");
    const trouble = { code: "conflict", message: "it has cosigned 50 events", since: newest.time };
    const lost: Status = {
      ...base,
      witness: {
        state: "unwitnessed",
        newest,
        unwitnessedSince: newest.time,
        witnesses: [{ ...peer, trouble }],
      },
    };
    expect(toIntegrityAnswer(lost, "same")).toContain("another history");
    expect(witnessWords(lost, now)).toMatch(/^Unwitnessed, .*the first 7 of 9 events/);
    expect(peerWords({ ...peer, trouble }, now)).toMatch(/^cosigned 7 events .*; it has cosigned 50/);
    expect(witnessWords({ ...lost, witness: null }, now)).toMatch(/^None/);
  });
  it("says first what is wrong", () => {
    expect(toIntegrityAnswer(toStatus("intact"), "forked")).toMatch(/^Do not trust/);
    expect(toIntegrityAnswer(toStatus("tampered"), "same")).toMatch(/^The record was changed/);
  });
});

describe("followerWords", () => {
  const follower = { name: "forward:splunk", next: 3, lag: 1 };
  it("says of a target that takes nothing who has to act, and why", () => {
    expect(followerWords({ ...follower, state: "failed", error: "the token is refused" })).toEqual({
      words: "needs a person: the token is refused",
      isBad: true,
    });
    expect(followerWords({ ...follower, state: "waiting", error: "no connection" })).toEqual({
      words: "waits for its target: no connection",
      isBad: true,
    });
    expect(followerWords({ ...follower, error: "it broke" })).toEqual({ words: "it broke", isBad: true });
  });
  it("does not cry over what is well or wanted", () => {
    expect(followerWords(follower)).toEqual({ words: "catching up", isBad: false });
    expect(followerWords({ ...follower, lag: 0 })).toEqual({ words: "up to date", isBad: false });
    expect(followerWords({ ...follower, state: "paused" })).toEqual({ words: "paused", isBad: false });
  });
});
