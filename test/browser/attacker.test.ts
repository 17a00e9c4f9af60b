// SPDX-License-Identifier: Apache-2.0
// An attack while somebody watches: the alert, its evidence, the proof, the decision.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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

const SECRETS = [
  "hunter2-Tr0ub4dor",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl",
] as const;
const RULE = "Password brute force on one user";

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];
/** Log index of the first of the attacker's events. */
let first: number;

/** Each from another address, so that one rule fires, not two. */
function toAttempt(n: number): object {
  return {
    action: "authn_login_fail",
    outcome: "failure",
    reason: "bad_password",
    message: `rejected with Authorization: Bearer ${SECRETS[1]}`,
    source: { app: "shop-api" },
    actor: { type: "user", id: "alice" },
    client: { ip: `203.0.113.${n + 1}` },
    data: { attempt: n, password: SECRETS[0] },
  };
}

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
  context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function expectNoSecret(): Promise<void> {
  const html = await page.content();
  for (const secret of SECRETS) expect(html).not.toContain(secret);
}

const alertRow = () => page.getByRole("listitem").filter({ hasText: RULE });
const details = () => page.getByRole("complementary", { name: "Alert" });

/** The tests are one story: each goes on where the one before it ended. */
describe("finding the attacker", () => {
  inOrder();
  it("shows the alert on the open page without being asked", async () => {
    await page.goto("/alerts");
    await page.getByRole("heading", { name: /for a decision/ }).waitFor();
    expect(await alertRow().count()).toBe(0);
    first = await site.send(...Array.from({ length: 6 }, (_, n) => toAttempt(n)));
    const acknowledged = performance.now();
    await alertRow().waitFor();
    // A second is the promise; the rest is for a machine that has other things to do.
    expect(performance.now() - acknowledged).toBeLessThan(5000);
    await page.getByRole("link", { name: /\d+ open alerts?/ }).waitFor();
  });

  it("opens by keyboard and names whom it is about and why", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await details().getByRole("heading", { name: RULE }).waitFor();
    expect(new URL(page.url()).searchParams.get("alert")).not.toBeNull();
    await details().getByText("alice failed to sign in to shop-api").nth(5).waitFor();
    expect(await details().innerText()).toMatch(/actor\.id\s+alice/);
    await expectNoSecret();
  });

  it("opens the evidence with every field; what was hidden is shown as hidden and is nowhere in the page", async () => {
    await details().getByRole("region", { name: "Evidence" }).getByRole("link").first().click();
    const drawer = page.getByRole("complementary", { name: `Event ${first}` });
    await drawer.waitFor();
    const masked = drawer.getByRole("group", { name: "data.password" }).locator(".masked");
    expect(await masked.innerText()).toMatch(/^(masked|removed)\s+\w/);
    expect(await masked.evaluate((element) => getComputedStyle(element).borderStyle)).toContain("dotted");
    await drawer.getByRole("group", { name: "message" }).locator(".masked").waitFor();
    await drawer
      .getByRole("group", { name: "client.ip" })
      .getByText("203.0.113.1", { exact: true })
      .waitFor();
    await drawer.locator("summary").filter({ hasText: "Sealed line" }).click();
    await expectNoSecret();
  });

  it("proves the event in the browser: a hollow seal, since no witness vouches", async () => {
    const proof = page.getByRole("region", { name: "Proof" });
    await proof.getByText("Proven in this log; unwitnessed.").waitFor();
    const shapes = proof.locator("summary svg path");
    expect(await shapes.evaluateAll((paths) => paths.map((each) => each.getAttribute("fill")))).toEqual([
      "none",
      "none",
    ]);
    await proof.getByText("How", { exact: true }).click();
    expect(await proof.getByLabel("holds").count()).toBe(3);
    expect(await proof.getByLabel("missing").count()).toBe(1);
  });

  it("takes a verdict, a comment and the end of it by keyboard, and goes back", async () => {
    await page.keyboard.press("Escape");
    await page.goBack();
    await page.goBack();
    await details().getByRole("heading", { name: RULE }).waitFor();
    await page.keyboard.press("a");
    await details().getByText("ada gave it to ada").waitFor();
    await page.keyboard.press("v");
    await page.getByRole("dialog", { name: "Verdict" }).getByText("true positive").waitFor();
    await page.keyboard.press("1");
    await details().getByText("ada judged it: true positive").waitFor();
    await page.keyboard.press("c");
    await page.waitForFunction(() => document.activeElement?.id === "alert-comment");
    await page.keyboard.type("Blocked at the proxy.\nAlice has a new password.");
    await page.keyboard.press("Control+Enter");
    await details().getByText("Alice has a new password.").and(page.locator("ol *")).first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("r");
    await page.getByRole("dialog", { name: "Resolve as" }).getByText("true positive").waitFor();
    await page.keyboard.press("1");
    await details().getByText("ada set it to resolved").waitFor();
    expect(await details().innerText()).toContain("you have it");
  });

  it("keeps the decision", async () => {
    await page.reload();
    await details().getByRole("heading", { name: RULE }).waitFor();
    const text = await details().innerText();
    expect(text).toContain("resolved");
    expect(text).toContain("Blocked at the proxy.");
    expect(text).toContain("ada judged it: true positive");
    await details().getByRole("button", { name: "Reopen" }).waitFor();
    expect(await alertRow().count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

type Lie = (answer: Record<string, unknown>, nth: number) => Record<string, unknown>;

/** What the drawer says about the proof of the first event when the answers of one address are changed. */
async function headlineWith(url: string, lie: Lie): Promise<string> {
  const fresh = await context.newPage();
  let nth = 0;
  await fresh.route(url, async (route) => {
    const response = await route.fetch();
    nth += 1;
    await route.fulfill({ response, json: lie((await response.json()) as Record<string, unknown>, nth) });
  });
  await fresh.goto(`/events?from=all&event=${first}`);
  const status = fresh.getByRole("region", { name: "Proof" }).getByRole("status");
  await status.filter({ hasNotText: "Verifying" }).waitFor();
  const headline = await status.innerText();
  await fresh.unrouteAll({ behavior: "ignoreErrors" });
  await fresh.close();
  return headline;
}

const changeKey: Lie = (answer) => ({
  ...answer,
  vkey: String(answer["vkey"]).replace(/.{6}$/, "AAAAAA"),
});

const STATUS = "**/v1/status";
const PROVEN = "Proven in this log; unwitnessed.";
const BROKEN = "The seal of this log is broken.";

const shorten: Lie = (answer) => ({
  ...answer,
  size: 1,
  checkpoint: { ...(answer["checkpoint"] as object), size: 1, root: "" },
});

describe("a server that lies", () => {
  it("is believed while it does not", async () => {
    expect(await headlineWith(STATUS, (answer) => answer)).toBe(PROVEN);
  });

  it("is found out when the event it shows is not the one it sealed", async () => {
    const headline = await headlineWith(`**/v1/events/${first}`, (answer) => ({
      ...answer,
      line: String(answer["line"]).replace("alice", "carol"),
    }));
    expect(headline).toBe("This event is not proven. Do not rely on it.");
  });

  it("is found out when its key is not the one this browser has pinned", async () => {
    expect(await headlineWith(STATUS, changeKey)).toBe(BROKEN);
  });

  it("is found out when its log is shorter than this browser has seen it, but not when an answer was late", async () => {
    expect(await headlineWith(STATUS, shorten)).toBe(BROKEN);
    expect(await headlineWith(STATUS, (answer, nth) => (nth === 1 ? shorten(answer, nth) : answer))).toBe(
      PROVEN,
    );
  });
});
