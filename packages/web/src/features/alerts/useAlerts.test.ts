// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import type { Alert } from "../../shared/api/types.js";
import { applyToPages } from "./useAlerts.js";

const alert = (id: string, status: Alert["status"] = "new") => ({ id, status }) as Alert;
const pages = { pages: [{ alerts: [alert("a"), alert("b")], next: null }], pageParams: [""] };

describe("a changed alert in a loaded list", () => {
  it("is replaced in its place", () => {
    const next = applyToPages(pages, alert("b", "in_progress"), "open");
    expect(next?.pages[0]?.alerts.map((each) => `${each.id} ${each.status}`)).toEqual([
      "a new",
      "b in_progress",
    ]);
  });

  it("stays until the next load when it no longer fits", () => {
    expect(applyToPages(pages, alert("a", "resolved"), "open")?.pages[0]?.alerts).toHaveLength(2);
  });

  it("comes on top when it is new and fits", () => {
    expect(applyToPages(pages, alert("c"), "open")?.pages[0]?.alerts[0]?.id).toBe("c");
    expect(applyToPages(pages, alert("c", "resolved"), "open")?.pages[0]?.alerts).toHaveLength(2);
    expect(applyToPages(undefined, alert("c"), "open")).toBeUndefined();
  });
});
