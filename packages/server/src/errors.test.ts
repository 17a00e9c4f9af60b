// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ApiError, ERROR_CATALOGUE } from "./errors.js";
import type { ErrorCode, ErrorEntry } from "./errors.js";

const codes = Object.entries(ERROR_CATALOGUE) as [ErrorCode, ErrorEntry][];

const byCode = (a: string[], b: string[]) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1);

describe("errors", () => {
  it("are documented, all of them and nothing else, with the same words", () => {
    const text = readFileSync(new URL("../../../docs/reference/errors.md", import.meta.url), "utf8");
    const documented = [...text.matchAll(/^\| `(\w+)` \| (\d{3}) \| (.+?) \| (.+?) \|$/gm)].map((match) =>
      match.slice(1),
    );
    const coded = codes.map(([code, { status, message, remedy }]) => [code, String(status), message, remedy]);
    expect(documented.toSorted(byCode)).toEqual(coded.toSorted(byCode));
  });

  it("say what happened and what to do in whole sentences", () => {
    for (const [, { message, remedy }] of codes) {
      expect(message).toMatch(/^[A-Z].*\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("carry status, message, cause and how long to wait", () => {
    const cause = new Error("x");
    expect(new ApiError("rate_limited", { retryAfter: 3, cause })).toMatchObject({
      status: 429,
      retryAfter: 3,
      cause,
    });
    expect(new ApiError("not_found").message).toBe(ERROR_CATALOGUE.not_found.message);
  });
});
