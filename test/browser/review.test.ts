// SPDX-License-Identifier: Apache-2.0
// A person reviews a day: opens it, follows what it found, comments, signs, and finds the signature in the log.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createAdmin,
  inOrder,
  launchBrowser,
  newContext,
  type Site,
  signIn,
  startSite,
  watchProblems,
} from "./browser.js";

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];
inOrder();

const HOSTILE = "<b onmouseover=alert(1)>bold</b> \u202egnp.exe & more";

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
  await site.send(
    ...Array.from({ length: 3 }, () => ({
      action: "authn_login_fail",
      outcome: "failure",
      actor: { type: "user", id: "alice" },
      client: { ip: "203.0.113.7" },
    })),
    { action: "order_placed", actor: { type: "user", id: "bob" } },
  );
  context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

it("finds nothing to look at yet, is told what a review is, and has one made", async () => {
  await page.goto("/reviews");
  await page.getByRole("heading", { name: "Nothing was there to look at yet." }).waitFor();
  await page.getByText("After each day Telltale gathers").waitFor();
  await page.getByRole("button", { name: "Review the last 24 hours" }).click();
  await page.waitForURL(/\/reviews\/[0-9a-f-]{36}$/);
  await page.getByRole("heading", { name: /have something to look at/ }).waitFor();
});

it("goes from a number to the events behind it, and back", async () => {
  const failures = page.getByRole("region", { name: "Sign-in failures" });
  expect(await failures.getByRole("heading", { level: 2 }).textContent()).toBe("Sign-in failures: 3");
  await failures.getByRole("link", { name: "alice" }).click();
  await page.waitForURL((url) => url.pathname === "/events" && url.searchParams.has("to"));
  const rows = page.getByRole("grid").getByRole("row").filter({ hasText: "failed to sign in" });
  await rows.nth(2).waitFor();
  expect(await rows.count()).toBe(3);
  await page.goBack();
  await failures.getByRole("link", { name: "Show in Events" }).click();
  await rows.nth(2).waitFor();
  await page.goBack();
});

it("comments with the keyboard; markup stays text", async () => {
  await page.getByRole("heading", { name: /have something to look at/ }).waitFor();
  await page.keyboard.press("c");
  await page.keyboard.insertText(HOSTILE);
  await page.keyboard.press("Control+Enter");
  const comments = page.getByRole("region", { name: "Comments" });
  await comments.getByRole("listitem").filter({ hasText: "<b onmouseover=alert(1)>bold</b>" }).waitFor();
  expect(await comments.locator("b").count()).toBe(0);
  expect(await comments.getByRole("listitem").textContent()).not.toContain("\u202e");
  await page.keyboard.press("Escape");
});

it("signs, and the signature is an event with its proof", async () => {
  await page.keyboard.press("s");
  await page.keyboard.insertText("Looked at all of it. Nothing needs action.");
  await page.keyboard.press("Control+Enter");
  const signature = page.getByRole("region", { name: "Signature" });
  await signature.getByText("Signed by ada").waitFor();
  await signature.getByText("It covers 1 comment").waitFor();
  await signature.getByRole("link").click();
  await page.waitForURL((url) => url.searchParams.has("event"));
  await page.getByText("Proven in this log; unwitnessed.").waitFor();
  await page.getByText("ada signed review").first().waitFor();
});

it("has a report that needs nothing else and runs nothing", async () => {
  await page.goto("/reviews?status=signed");
  await page.getByRole("heading", { name: /^Yes: every review up to/ }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const link = page.getByRole("link", { name: "Report" });
  const report = await context.newPage();
  const complaints = watchProblems(report);
  await report.goto((await link.getAttribute("href")) ?? "");
  await report.getByText("Looked at all of it. Nothing needs action.").waitFor();
  expect(await report.locator("b").count()).toBe(0);
  expect(await report.evaluate(() => getComputedStyle(document.body).margin)).toBe("0px");
  expect(complaints).toEqual([]);
  for (const [width, theme] of [
    [360, "light"],
    [1440, "dark"],
  ] as const) {
    await report.setViewportSize({ width, height: 900 });
    await report.emulateMedia({ colorScheme: theme });
    await report.screenshot({ path: `.cache/screenshots/report-${width}-${theme}.png` });
    expect(
      await report.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0);
  }
  await report.close();
});

it("leaves a quiet console", () => {
  expect(problems).toEqual([]);
});
