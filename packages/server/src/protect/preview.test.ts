// SPDX-License-Identifier: Apache-2.0
import { createThrowawayActs } from "@telltale/protect/acts";
import { isMarker } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import { createPreviews, type EventPreview } from "./preview.js";

const now = (): number => Date.UTC(2026, 10, 22);
const previews = createPreviews({ now });

describe("a preview of an event", () => {
  it("is what would be stored, and names each value that is hidden", () => {
    const input = {
      action: "authn_login_fail",
      message: "login with password=hunter2hunter2 failed",
      data: { password: "hunter2hunter2", order: 7 },
      extra: { apiKey: "0123456789abcdef" },
    };
    const preview = previews.ofEvent(input, undefined) as EventPreview;
    expect(preview.event).toMatchObject({
      action: "authn_login_fail",
      message: "login with password=[masked:password] failed",
      data: { password: "[removed:password]", order: 7, extra: { apiKey: "[removed:api_key]" } },
    });
    expect(preview.fields).toEqual(
      expect.arrayContaining([
        { path: "message", how: "masked", kind: "password" },
        { path: "data.password", how: "removed", kind: "password" },
        { path: "data.extra.apiKey", how: "removed", kind: "api_key" },
      ]),
    );
    expect(JSON.stringify(preview)).not.toContain("hunter2");
    expect(preview.policy).toMatch(/^[0-9a-f]{16}$/);
  });
  it("leaves what it was given as it was", () => {
    const input = { action: "x", data: { password: "hunter2hunter2" } };
    previews.ofEvent(input, undefined);
    expect(input).toEqual({ action: "x", data: { password: "hunter2hunter2" } });
  });
  it("refuses what is no event, for the same reasons as the log", () => {
    expect(previews.ofEvent([], undefined)).toMatchObject({ code: "not_an_object" });
    expect(previews.ofEvent({}, undefined)).toMatchObject({ code: "no_action" });
    let deep: unknown = 1;
    for (let i = 0; i < 50; i++) deep = { a: deep };
    expect(previews.ofEvent({ action: "x", deep }, undefined)).toMatchObject({ code: "too_deep" });
  });
});

describe("a preview of a text", () => {
  it("counts what is hidden by kind", () => {
    expect(previews.ofText("password=hunter2hunter2 pwd: abcdefgh1 ok")).toMatchObject({
      text: "password=[masked:password] pwd: [masked:password] ok",
      found: [{ kind: "password", count: 2 }],
    });
    expect(previews.ofText("nothing here")).toMatchObject({ text: "nothing here", found: [] });
  });
});

describe("throwaway acts", () => {
  const acts = createThrowawayActs();
  const day = "2026-11-22";

  it("make markers of the shapes that the server's have", () => {
    expect(isMarker(acts.tokenize("t", "session", "abc"))).toBe(true);
    expect(isMarker(acts.encrypt("email", "a@example.com", { day }))).toBe(true);
    expect(isMarker(acts.seal?.("health", "fine") ?? "")).toBe(true);
    expect(acts.get(undefined, "alice")?.alias).toMatch(/^sub_[a-z2-7]{26}$/);
    expect(acts.tokenizeIp(undefined, "192.0.2.7")).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(acts.tokenizeIp(undefined, "2001:db8::1")).toMatch(/^[0-9a-f:]+$/);
    expect(acts.tokenizeIp(undefined, "no address")).toBeUndefined();
  });
  it("keep equal values equal, within one tenant and one object only", () => {
    const token = acts.tokenize("t", "session", "abc");
    expect(acts.tokenize("t", "session", "abc")).toBe(token);
    expect(acts.tokenize("u", "session", "abc")).not.toBe(token);
    expect(acts.tokenize("t", "session", "abd")).not.toBe(token);
    expect(createThrowawayActs().tokenize("t", "session", "abc")).not.toBe(token);
    expect(createThrowawayActs().get("t", "alice")?.alias).not.toBe(acts.get("t", "alice")?.alias);
  });
});
