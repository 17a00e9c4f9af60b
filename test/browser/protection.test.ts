// SPDX-License-Identifier: Apache-2.0
// What is hidden in events: tried on one before it is sent, and looked back on.
import type { Browser, BrowserContext, Page } from "playwright-core";
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

const PASSWORD = "hunter2hunter2";

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});
beforeEach(async () => {
  context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
});
afterEach(async () => {
  await context.close();
});

const heading = (name: string | RegExp) => page.getByRole("heading", { name, level: 1 });
const findings = () => page.getByRole("list", { name: "What is hidden" });
const stored = () => page.getByLabel("As it would be stored");

describe("try it", () => {
  it("shows side by side what would be stored, which rule hides what, and keeps it out of address and page", async () => {
    await page.goto("/protection");
    const box = page.getByLabel("As it is sent");
    await box.fill(
      JSON.stringify({ action: "authn_login_fail", message: `pwd: ${PASSWORD}`, data: { apiKey: PASSWORD } }),
    );
    await box.press("Control+Enter");
    await findings().getByText("data.apiKey").waitFor();
    expect(await findings().getByRole("listitem").count()).toBe(2);
    expect(await stored().innerText()).toContain("authn_login_fail");
    expect(await stored().innerText()).not.toContain(PASSWORD);
    expect(page.url()).not.toContain("hunter2");
    // Changed text has no answer yet: what stands beside it would be of another one.
    await box.fill("a text without anything in it");
    await findings().waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "See what is hidden" }).click();
    await page.getByText("Nothing is hidden in this text.").waitFor();
    await page.getByRole("button", { name: "Fill in an example" }).click();
    await findings().getByText("email", { exact: true }).waitFor();
    expect(problems).toEqual([]);
  });
  it("says why an event would be refused", async () => {
    await page.goto("/protection");
    await page.getByLabel("As it is sent").fill('{"message":"no action"}');
    await page.getByRole("button", { name: "See what is hidden" }).click();
    await page
      .getByRole("alert")
      .getByText(/needs an action/)
      .waitFor();
  });
});

const bad = (n: number) => ({
  action: "order_placed",
  source: { app: "shop" },
  data: { password: `${PASSWORD}${n}` },
});

describe("hidden lately", () => {
  it("teaches while there is nothing, then counts by rule, place and application, and leads to the events", async () => {
    await page.goto("/protection");
    await page.getByText("Nothing had to be hidden", { exact: true }).waitFor();
    await site.send(...[1, 2, 3].map(bad), { action: "order_placed", source: { app: "calm" } });
    await page.goto("/events");
    await page.getByRole("grid").getByRole("row").nth(3).waitFor();
    // By keyboard.
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.waitForURL("**/protection");
    await heading(/^3 values were hidden in 3 of \d+ events in the last 24 hours\.$/).waitFor();
    await page.keyboard.press("j");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("data.password");
    expect(await page.getByRole("row", { name: /calm/ }).innerText()).toMatch(/none/);
    await page.getByRole("button", { name: "Last 7 days" }).click();
    await heading(/in the last 7 days\.$/).waitFor();
    expect(new URL(page.url()).searchParams.get("range")).toBe("7d");
    await page.getByRole("link", { name: "3 events with password at data.password" }).click();
    await page.waitForURL("**/events?*");
    expect(new URL(page.url()).searchParams.get("q")).toBe(
      "protected.kind:password AND protected.path:data.password AND source.app:shop",
    );
    // Not what the page says of the whole log, which may be 13.
    await page
      .getByText(/^3 events/)
      .first()
      .waitFor();
    expect(problems).toEqual([]);
  });
  it.each(["light", "dark"] as const)("fits 360 px, %s", async (colorScheme) => {
    const narrow = await newContext(browser, site, { viewport: { width: 360, height: 780 }, colorScheme });
    try {
      await signIn(narrow);
      const small = await narrow.newPage();
      await small.goto("/protection");
      await small.getByRole("button", { name: "Fill in an example" }).click();
      await small.getByRole("list", { name: "What is hidden" }).waitFor();
      const width = await small.evaluate(() => document.querySelector("#content")?.scrollWidth ?? 0);
      expect(width).toBeLessThanOrEqual(360);
    } finally {
      await narrow.close();
    }
  });
});
