// SPDX-License-Identifier: Apache-2.0
// Asking what happened: the query bar, the chart, the address, the live switch.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  createAdmin,
  launchBrowser,
  newContext,
  type Site,
  signIn,
  startSite,
  watchProblems,
} from "./browser.js";

let site: Site;
let browser: Browser;
let page: Page;
let problems: string[];

function toSignIn(id: string, outcome: "success" | "failure"): object {
  return {
    action: outcome === "success" ? "authn_login_success" : "authn_login_fail",
    outcome,
    source: { app: "shop-api" },
    actor: { type: "user", id },
    client: { ip: "198.51.100.20" },
  };
}

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
  await site.send(
    ...["ann", "bob", "cid", "dee"].map((id) => toSignIn(id, "success")),
    ...["ann", "bob"].map((id) => toSignIn(id, "failure")),
  );
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  const context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
  await page.goto("/events?q=source.app:shop-api");
  await rows().first().waitFor();
});
afterEach(async () => {
  await page.context().close();
});

const rows = () => page.getByRole("grid").getByRole("row").filter({ hasText: "shop-api" });
const searchBox = () => page.getByRole("searchbox", { name: "Search events" });
const chart = () => page.getByRole("region", { name: "Events over time" }).getByRole("img");
const param = (name: string) => new URL(page.url()).searchParams.get(name);

/** Waits until exactly that many rows are there. */
async function expectRows(count: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelectorAll("#events-grid [role=row][id]").length === wanted,
    count,
  );
}

/** From one part of the chart's width to another; equal parts are a click. */
async function drag(from: number, to: number): Promise<void> {
  await chart().waitFor();
  const box = await chart().boundingBox();
  if (box === null) throw new Error("the chart has no place");
  const y = box.y + box.height / 3;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
  await page.mouse.up();
}

describe("searching", () => {
  it("finds by the query bar, whose query is in the address", async () => {
    await page.keyboard.press("/");
    await searchBox().fill("outcome:failure AND source.app:shop-api");
    await page.keyboard.press("Enter");
    await expectRows(2);
    expect(param("q")).toBe("outcome:failure AND source.app:shop-api");
    await page.getByRole("heading", { name: /2 events/ }).waitFor();
    await page.goBack();
    await expectRows(6);
    expect(await searchBox().inputValue()).toBe("source.app:shop-api");
    expect(problems).toEqual([]);
  });

  it("shows an error with its place and asks the server nothing", async () => {
    const asked: string[] = [];
    await searchBox().fill("outcome:failure AND (actor.id:ann");
    page.on("request", (request) => {
      if (request.url().includes("/v1/events")) asked.push(request.url());
    });
    await page.keyboard.press("Enter");
    const note = page.getByRole("search").getByRole("alert");
    await note.waitFor();
    expect((await note.innerText()).trim()).not.toBe("");
    // The place: one marked character under the query as it was typed.
    expect(await note.locator(".border-critical").last().innerText()).toHaveLength(1);
    expect(await searchBox().getAttribute("aria-invalid")).toBe("true");
    expect(param("q")).toBe("source.app:shop-api");
    expect(asked).toEqual([]);
    await searchBox().fill("outcome:failure AND (actor.id:ann)");
    await page.keyboard.press("Enter");
    await expectRows(1);
    await note.waitFor({ state: "hidden" });
    expect(problems).toEqual([]);
  });

  it("filters by a value of a row and by a word of the legend", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("i");
    await page.waitForFunction(() => new URL(location.href).searchParams.get("q")?.includes("actor.id"));
    await expectRows(2);
    await page.getByRole("button", { name: /^failure \d/ }).click();
    await expectRows(1);
    expect(param("q")).toContain("outcome:failure");
    expect(problems).toEqual([]);
  });

  it("zooms by brush and by click; back undoes it; nothing found says what to drop", async () => {
    await drag(0.5, 0.995);
    await page.waitForURL((url) => url.searchParams.has("to"));
    const from = param("from") ?? "";
    const to = param("to") ?? "";
    expect(Date.parse(to) - Date.parse(from)).toBeGreaterThan(11 * 3_600_000);
    await expectRows(6);
    await page.getByRole("button", { name: "Fixed: no live events in this range" }).waitFor();
    await page.goBack();
    await page.waitForURL((url) => !url.searchParams.has("to"));
    await drag(0.2, 0.2);
    await page.waitForURL((url) => url.searchParams.has("to"));
    expect(Date.parse(param("to") ?? "") - Date.parse(param("from") ?? "")).toBeLessThan(3_600_000);
    await page.getByText("Nothing matches this search in this range.").waitFor();
    await page.getByRole("button", { name: "Look in the whole log" }).click();
    await expectRows(6);
    expect(problems).toEqual([]);
  });

  it("holds live events back while paused, counts them, and shows them afterwards", async () => {
    const live = page.getByRole("button", { name: /live events$/i });
    await live.filter({ hasText: "Live" }).waitFor();
    await page.keyboard.press("p");
    await live.filter({ hasText: "Paused" }).waitFor();
    expect(param("live")).toBe("0");
    await site.send(toSignIn("eve", "success"), toSignIn("eve", "success"));
    await live.filter({ hasText: "Paused 2" }).waitFor();
    await expectRows(6);
    await page.keyboard.press("p");
    await expectRows(8);
    expect(param("live")).toBeNull();
    await site.send(toSignIn("eve", "failure"));
    await expectRows(9);
    expect(problems).toEqual([]);
  });
});
