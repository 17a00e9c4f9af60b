// SPDX-License-Identifier: Apache-2.0
// A browser allows six connections to a host: many pages, one after the other and side by side, all load.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAdmin, launchBrowser, newContext, type Site, signIn, startSite } from "./browser.js";

const MANY = [
  "/events",
  "/alerts",
  "/integrity",
  "/storage",
  "/keys",
  "/forwarding",
  "/reviews",
  "/anomalies",
];

let site: Site;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
  await site.send({ action: "user_created", actor: { type: "user", id: "alice" } });
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async () => {
  context = await newContext(browser, site);
  await signIn(context);
});
afterEach(() => context.close());

/** Loads the address, as one who types it, and waits for the page's answer and its live connection. */
async function open(page: Page, path: string): Promise<void> {
  const stream = page.waitForResponse((response) => response.url().includes("/v1/stream"));
  await page.goto(path);
  await page
    .getByRole("main")
    .getByRole(path === "/events" ? "row" : "heading")
    .first()
    .waitFor();
  await stream;
}

describe("eight pages", () => {
  it("load one after the other in one tab, and going back works", async () => {
    const page = await context.newPage();
    for (const path of MANY) await open(page, path);
    await page.goBack();
    await page.getByRole("main").getByRole("heading").first().waitFor();
    expect(new URL(page.url()).pathname).toBe("/reviews");
  });

  it("load in eight tabs that all stay open and in sight; the tabs that rest still answer", async () => {
    const tabs: Page[] = [];
    for (const path of MANY) {
      const page = await context.newPage();
      tabs.push(page);
      await open(page, path);
    }
    const [first] = tabs;
    if (first === undefined) throw new Error("no tab");
    await first.getByRole("button", { name: "Resting: live events" }).waitFor();
    await first.getByRole("link", { name: /^Integrity/ }).click();
    await first.getByRole("region", { name: "Followers" }).waitFor();
    // Turned to again, it is live again.
    await first.goto("/events");
    await first.getByRole("button", { name: "Live events" }).waitFor();
  });
});
