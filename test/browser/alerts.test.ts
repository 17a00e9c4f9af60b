// SPDX-License-Identifier: Apache-2.0
// A person works through a queue: narrows it, changes many at once, asks why, silences, excepts, and hears again.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../harness.js";
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

const AXE = readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = path.join(root, ".cache/screenshots");
const RULE = "Password brute force on one user";

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];
inOrder();

const toAttempts = (user: string, count = 6): object[] =>
  Array.from({ length: count }, () => ({
    action: "authn_login_fail",
    outcome: "failure",
    reason: "bad_password",
    source: { app: "shop-api" },
    actor: { type: "user", id: user },
    client: { ip: "203.0.113.7" },
  }));

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
  await site.send(...["alice", "bob", "eve*"].flatMap((user) => toAttempts(user)));
  context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const rows = () => page.getByRole("list", { name: /^Alerts/ }).getByRole("listitem");
const rowOf = (user: string) =>
  rows()
    .filter({ hasText: RULE })
    .filter({ hasText: `actor.id ${user}` });
const details = () => page.getByRole("complementary", { name: "Alert" });
const history = () => details().getByRole("region", { name: "History" });
const openAlert = async (user: string): Promise<void> => {
  await rowOf(user).getByRole("button").click();
  await details().getByRole("region", { name: "Why it fired" }).getByText("Risk").waitFor();
};

it("narrows, orders and groups the queue; the address keeps it", async () => {
  await page.goto("/alerts");
  await rowOf("alice").waitFor();
  // One for each account, and one for the address.
  await expect.poll(() => rows().count()).toBe(4);
  await page.getByRole("combobox", { name: "Grouping" }).selectOption("by rule");
  await page.getByRole("heading", { name: RULE, level: 2 }).first().waitFor();
  await page.getByRole("searchbox", { name: "Title, value or id" }).fill("EVE*");
  await page.keyboard.press("Enter");
  await page.waitForURL(
    (url) => url.searchParams.get("q") === "EVE*" && url.searchParams.get("group") === "rule",
  );
  await rowOf("alice").waitFor({ state: "detached" });
  await rowOf("eve*").waitFor();
  await page.reload();
  await rowOf("eve*").waitFor();
  await page.getByRole("combobox", { name: "Level" }).selectOption("critical");
  await page.getByRole("button", { name: "Drop these filters" }).click();
  await rowOf("alice").waitFor();
  await expect.poll(() => rows().count()).toBe(4);
});

it("changes many at once, by keyboard, and each keeps its own history", async () => {
  await page.goto(`/alerts?q=${encodeURIComponent(RULE)}`);
  await rowOf("alice").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  const bar = page.getByRole("region", { name: "Marked alerts" });
  await bar.getByText("1 alert marked").waitFor();
  await bar.getByRole("button", { name: "Mark all 3" }).click();
  await bar.getByText("All 3 that match are marked").waitFor();
  await page.keyboard.press("a");
  await page.getByText("3 alerts changed.").waitFor();
  await bar.waitFor({ state: "detached" });
  await openAlert("bob");
  await history().getByText("ada gave it to ada").waitFor();
  await page.keyboard.press("Escape");
});

it("says why it fired, with the runbook and a checklist that remembers who", async () => {
  await openAlert("alice");
  const why = details().getByRole("region", { name: "Why it fired" });
  await why.getByText(/at least 5 events of “Failed sign-in” with the same actor\.id within 5 min/).waitFor();
  await why.getByText("T1110.001").waitFor();
  const checklist = details().getByRole("region", { name: "Checklist" });
  // Not `check`: the box says what the server said, a moment later.
  await checklist.getByRole("checkbox").first().click();
  await checklist.getByText("1 of 3 done").waitFor();
  await checklist.getByText(/^ada,/).waitFor();
  await details().getByText("Runbook", { exact: true }).click();
  await details().getByRole("region", { name: "Runbook" }).getByText("Somebody tries passwords.").waitFor();
  await details().getByRole("region", { name: "Similar alerts" }).getByText("actor.id bob").waitFor();
});

it("falls silent until it grows, and wakes by hand", async () => {
  await page.keyboard.press("s");
  const silence = page.getByRole("dialog", { name: "Snooze or mute" });
  await silence.getByRole("button", { name: "2 times the events of now" }).click();
  await details().getByText("Silent until it has 12 events (now 6) or until its level rises.").waitFor();
  await page.keyboard.press("n");
  await details().getByText("Silent until").waitFor({ state: "detached" });
  await history().getByText("ada muted it until there are 12 events").waitFor();
});

it("previews an exception, makes it, and ends it", async () => {
  await openAlert("eve*");
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog", { name: "Except from this rule" });
  // The star was the attacker's: it is a star here, no wildcard.
  expect(await dialog.getByRole("textbox", { name: "Conditions" }).inputValue()).toBe("actor.id = eve\\*");
  await dialog.getByText(/1 would not be there/).waitFor();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("The nightly load test.");
  await dialog.getByRole("button", { name: "Make the exception" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("group", { name: "View" }).getByRole("button", { name: "Exceptions" }).click();
  await page.getByRole("heading", { name: "1 exception is in force." }).waitFor();
  await page.getByText("The nightly load test.", { exact: true }).waitFor();
  await page.getByText("Show", { exact: true }).click();
  await page.getByText("condition: selection").waitFor();
  await page.getByRole("button", { name: "End…" }).click();
  const ending = page.getByRole("dialog", { name: "End this exception" });
  await ending.getByRole("textbox", { name: "Reason" }).fill("Over.");
  await ending.getByRole("button", { name: "End it" }).click();
  await page.getByText(/by ada: Over\./).waitFor();
});

it("warns aloud when a confirmed attack would be hidden, and needs a yes", async () => {
  await page.goto(`/alerts?q=${encodeURIComponent(RULE)}`);
  await openAlert("alice");
  await page.keyboard.press("r");
  await page.getByRole("dialog", { name: "Resolve as" }).getByText("true positive").waitFor();
  await page.keyboard.press("1");
  await history().getByText("ada set it to resolved").waitFor();
  await page.keyboard.press("e");
  const dialog = page.getByRole("dialog", { name: "Except from this rule" });
  await dialog.getByRole("alert").getByText("1 confirmed attack would not have been found").waitFor();
  await page.screenshot({ path: path.join(SCREENSHOTS, "alerts-exception-1440.png") });
  await dialog.getByRole("textbox", { name: "Reason" }).fill("I know better.");
  await dialog.getByRole("button", { name: "Make the exception" }).click();
  // The box is required: the form stays.
  await dialog.getByRole("checkbox").check();
  await dialog.getByRole("button", { name: "Make the exception" }).click();
  await dialog.waitFor({ state: "detached" });
});

it("hears of a resolved alert again, as one that came back", async () => {
  await page.goto("/alerts");
  await openAlert("bob");
  await page.keyboard.press("r");
  await page.getByRole("dialog", { name: "Resolve as" }).getByText("benign").waitFor();
  await page.keyboard.press("3");
  await history().getByText("ada set it to resolved").waitFor();
  await site.send(...toAttempts("bob"));
  await rowOf("bob").getByText("came back").waitFor();
  await history().getByText("It came back: a new hit after it was resolved as benign").waitFor();
});

it("shows which rules are worth their noise", async () => {
  await page.getByRole("group", { name: "View" }).getByRole("button", { name: "Rules by precision" }).click();
  await page
    .getByRole("list", { name: "Rules" })
    .getByText("1 of 1 verdict found it right (100 %).")
    .waitFor();
  expect(problems).toEqual([]);
});

it.each([360, 1440])("is sound at %i px, light and dark", async (width) => {
  const sized = await newContext(browser, site, { viewport: { width, height: width === 360 ? 740 : 900 } });
  await signIn(sized);
  const stops = [
    ["queue", "/alerts?group=rule"],
    ["exceptions", "/alerts?view=exceptions"],
    ["rules", "/alerts?view=rules"],
    ["detail", `/alerts?alert=${new URL(page.url()).searchParams.get("alert") ?? (await firstId())}`],
    ["marked", "/alerts"],
  ] as const;
  for (const [name, url] of stops) {
    const each = await sized.newPage();
    await each.goto(url);
    await each.waitForFunction(() => document.querySelector(".skeleton, [aria-busy=true]") === null);
    if (name === "marked") {
      await each.getByRole("checkbox").first().check();
      await each.getByRole("region", { name: "Marked alerts" }).waitFor();
    }
    if (name === "detail")
      await each.getByRole("region", { name: "Why it fired" }).getByText("Risk").waitFor();
    await each.evaluate(AXE);
    for (const theme of ["light", "dark"] as const) {
      await each.emulateMedia({ colorScheme: theme });
      await each.screenshot({ path: path.join(SCREENSHOTS, `alerts-${name}-${width}-${theme}.png`) });
      const { violations } = await each.evaluate<AxeResults>("axe.run(document)");
      const serious = violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
      expect.soft(serious, `${name} ${theme}`).toEqual([]);
    }
    const overflow = await each.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect.soft(overflow, name).toBeLessThanOrEqual(0);
    await each.close();
  }
  await sized.close();
});

async function firstId(): Promise<string> {
  const answer = await context.request.get("/v1/alerts?limit=1");
  return ((await answer.json()) as { alerts: { id: string }[] }).alerts[0]?.id ?? "";
}
