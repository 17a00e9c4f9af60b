// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Alert } from "../../shared/api/alert-types.js";
import { applyToPages } from "./useAlerts.js";

const alert = (id: string, status: Alert["status"] = "new") => ({ id, status, kind: "alert" }) as Alert;
const OPEN = { status: "open" } as const;
const pages = { pages: [{ alerts: [alert("a"), alert("b")], next: null, total: 2 }], pageParams: [""] };

describe("a changed alert in a loaded list", () => {
  it("is replaced in its place", () => {
    const next = applyToPages(pages, alert("b", "in_progress"), OPEN, "ada");
    expect(next?.pages[0]?.alerts.map((each) => `${each.id} ${each.status}`)).toEqual([
      "a new",
      "b in_progress",
    ]);
  });

  it("stays until the next load when it no longer fits", () => {
    expect(applyToPages(pages, alert("a", "resolved"), OPEN, "ada")?.pages[0]?.alerts).toHaveLength(2);
  });

  it("comes on top when it is new and fits", () => {
    expect(applyToPages(pages, alert("c"), OPEN, "ada")?.pages[0]?.alerts[0]?.id).toBe("c");
    expect(applyToPages(pages, alert("c", "resolved"), OPEN, "ada")?.pages[0]?.alerts).toHaveLength(2);
    expect(applyToPages(undefined, alert("c"), OPEN, "ada")).toBeUndefined();
  });
});
