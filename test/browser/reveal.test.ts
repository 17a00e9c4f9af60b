// SPDX-License-Identifier: Apache-2.0
// People behind aliases: found by their names, shown one by one with a reason, gone when the event is left.
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory, until } from "../harness.js";
import {
  createAdmin,
  launchBrowser,
  newContext,
  type Site,
  signIn,
  startSite,
  watchProblems,
} from "./browser.js";

const { dir, clean } = temporaryDirectory();
let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];
let index: number;

beforeAll(async () => {
  const policy = path.join(dir, "protect.yaml");
  writeFileSync(policy, "version: 1\nprofile: erasable\n");
  [site, browser] = await Promise.all([startSite({ TELLTALE_PROTECT: policy }), launchBrowser()]);
  await createAdmin(site);
  index = await site.send({
    action: "authn_login_fail",
    actor: { type: "user", id: "alice", session: "s-123456", name: "Alice Liddell" },
    message: "mail to alice@example.com bounced",
  });
  context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  clean();
});

interface Found {
  events: { index: number; event: { data?: Record<string, unknown>; actor?: { id?: string } } }[];
}

async function search(q: string): Promise<Found> {
  const response = await context.request.get(`/v1/events?q=${encodeURIComponent(q)}`);
  return (await response.json()) as Found;
}

describe("a person behind an alias", () => {
  it("is found by name, and the record of the search has the alias only", async () => {
    await page.goto(`/events?q=${encodeURIComponent("actor.id:alice")}`);
    await page.getByText(/^Also found by the alias of actor\.id/).waitFor();
    const found = await search("actor.id:alice");
    expect(found.events.map((each) => each.index)).toEqual([index]);
    const alias = found.events[0]?.event.actor?.id ?? "";
    expect(alias).toMatch(/^sub_[a-z2-7]{26}$/);
    const searched = await until("the record", async () => {
      const { events } = await search("action:log_searched");
      return events.find(({ event }) => event.data?.["resolved"] !== undefined);
    });
    expect(searched.event.data?.["query"]).toBe(`actor.id:${alias}`);
  });

  it("is shown with a reason, until the event is left", async () => {
    await page.goto(`/events?event=${index}`);
    const drawer = page.getByLabel(`Event ${index}`, { exact: true });
    const row = drawer.getByRole("group", { name: "actor.id" });
    await row.getByText("a person").waitFor();
    expect(await page.content()).not.toMatch(/Liddell|alice@example/);
    const reveal = drawer.getByRole("button", { name: "Reveal actor.id" });
    // By keyboard.
    await reveal.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("test");
    await dialog.getByRole("button", { name: "Reveal" }).click();
    await dialog
      .getByRole("alert")
      .getByText(/at least 10 characters/)
      .waitFor();
    await dialog.getByLabel("Reason").fill("the customer asked what we hold");
    await dialog.getByRole("button", { name: "Reveal" }).click();
    await row.getByRole("status").getByText("alice", { exact: true }).waitFor();
    await drawer.getByRole("button", { name: "Reveal message" }).click();
    await dialog.getByLabel("Reason").fill("the customer asked what we hold");
    await dialog.getByRole("button", { name: "Reveal" }).click();
    await drawer.getByText("mail to alice@example.com bounced").waitFor();
    // A token never opens, so nobody is asked for a reason.
    await drawer
      .getByRole("group", { name: "actor.session" })
      .getByText("token session", { exact: true })
      .waitFor();
    expect(await drawer.getByRole("button", { name: "Reveal actor.session" }).count()).toBe(0);
    await page.screenshot({ path: ".cache/screenshots/reveal-1440-light.png" });

    const { events } = await search("action:log_revealed");
    expect(events.map(({ event }) => event.data?.["path"])).toEqual(["message", "actor.id"]);
    expect(JSON.stringify(events)).not.toMatch(/alice/);

    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    await page.goBack();
    await reveal.waitFor();
    expect(await page.content()).not.toMatch(/alice@example/);
    expect(problems.filter((each) => !each.includes("400"))).toEqual([]);
  });

  it.each([360, 1440])("is legible at %i px in the dark", async (width) => {
    const dark = await newContext(browser, site, { viewport: { width, height: 780 }, colorScheme: "dark" });
    try {
      await signIn(dark);
      const small = await dark.newPage();
      await small.goto(`/events?event=${index}`);
      const button = small.getByRole("button", { name: "Reveal actor.id" });
      await button.click();
      await small.getByRole("dialog").getByLabel("Reason").fill("the customer asked what we hold");
      await small.getByRole("dialog").getByRole("button", { name: "Reveal" }).click();
      await small.getByRole("status").getByText("alice", { exact: true }).waitFor();
      expect(await small.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await small.screenshot({ path: `.cache/screenshots/reveal-${width}-dark.png` });
    } finally {
      await dark.close();
    }
  });
});
