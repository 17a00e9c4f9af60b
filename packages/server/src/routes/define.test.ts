// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { freeText, plainName } from "./define.js";

describe("freeText", () => {
  it("hides a secret before anything keeps it, and leaves what is none", () => {
    expect(freeText(1, 500).parse("found password=hunter2hunter2 in it")).toBe(
      "found password=[masked:password] in it",
    );
    expect(freeText(1, 500).parse("case 4711, asked by the auditor")).toBe("case 4711, asked by the auditor");
  });
  it("is as strict as plain text", () => {
    expect(freeText(1, 5).safeParse("123456").success).toBe(false);
    expect(freeText(1, 5).safeParse("a\u0000b").success).toBe(false);
  });
});

describe("plainName", () => {
  it.each([
    "login password=hunter2hunter2",
    "Bearer 0123456789abcdef0123456789abcdef",
    "https:\\/\\/bob:hunter2@example.com\\/x",
  ])("refuses %s", (name) => {
    expect(plainName(1, 100).safeParse(name).error?.issues[0]?.message).toBe("must not contain a secret");
  });
  it.each(["shop-api", "alice@example.com", "key 2026-11"])("takes %s", (name) => {
    expect(plainName(1, 100).parse(name)).toBe(name);
  });
});
