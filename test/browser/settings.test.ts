// SPDX-License-Identifier: Apache-2.0
// What is set up in the pages: targets of forwarding, holds, keys; what is unusual; and what a viewer does not see.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../harness.js";
import {
  createAdmin,
  launchBrowser,
  newContext,
  type Site,
  signIn,
  startSite,
  watchProblems,
} from "./browser.js";
import { importHistory } from "./history.js";

const SECRET = "a-secret-that-only-the-server-knows";

let site: Site;
let browser: Browser;
let receiver: Server;
/** What the receiver was given. */
const bodies: string[] = [];
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const env = { TELLTALE_FORWARD_ALLOW_PRIVATE: "true", TELLTALE_SECRET_HOOK: SECRET };
  [site, browser] = await Promise.all([startSite(env), launchBrowser()]);
  await createAdmin(site);
  await importHistory(site);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  receiver?.close();
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

const dialog = () => page.getByRole("dialog");
const button = (name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });
const heading = (name: string | RegExp) => page.getByRole("heading", { name, level: 1 });
const param = (name: string) => new URL(page.url()).searchParams.get(name);

async function eventsOf(query: string): Promise<{ reason?: string; data?: Record<string, unknown> }[]> {
  const response = await context.request.get(`/v1/events?q=${encodeURIComponent(query)}`);
  const { events } = (await response.json()) as { events: { event: object }[] };
  return events.map(({ event }) => event);
}

describe("forwarding", () => {
  it("adds a target, says what is wrong with it, delivers, pauses, replays and removes it", async () => {
    const { port } = receiver.address() as AddressInfo;
    await page.goto("/forwarding");
    await heading("Nothing is forwarded: events stay in this log.").waitFor();
    await button("Add a target").click();
    await page.waitForURL((url) => url.searchParams.get("add") === "1");
    await dialog().getByLabel("Name", { exact: true }).fill("hook");
    await dialog().getByLabel("Begins").selectOption("beginning");
    await dialog().getByLabel("Kind").selectOption("webhook");
    await dialog().getByLabel("Address").fill(`http://127.0.0.1:${port}`);
    await dialog().getByLabel("Secret of the signature").fill("env:HOME");
    await dialog().getByLabel("Filter").fill("action:authn_login_success AND actor.id:alice");
    await dialog().getByLabel("Reason").fill("a copy for the auditors");
    await button("Add it").click();
    await dialog().getByRole("alert").getByText("only variables that begin with TELLTALE_SECRET_").waitFor();
    const field = dialog().getByLabel("Secret of the signature");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill("env:TELLTALE_SECRET_HOOK");
    await button("Add it").click();
    await dialog().waitFor({ state: "hidden" });
    expect(param("add")).toBeNull();
    await heading("Everything is delivered.").waitFor();
    await until("a delivery", async () => (bodies.length > 0 ? true : undefined));
    const card = page.getByRole("article", { name: "hook" });
    await card.getByText(/^241 delivered/).waitFor();
    await button("Pause").click();
    await heading(/hook (is|are) paused/).waitFor();
    await button("Resume").click();
    await card.getByText("running").waitFor();
    await button("Replay…").click();
    await dialog().getByRole("button", { name: "From an event" }).click();
    await dialog().getByLabel("Index of the first event").fill("0");
    await dialog().getByLabel("Reason").fill("the index was lost");
    await dialog()
      .getByRole("button", { name: /^Replay [\d,]+ events$/ })
      .click();
    await card.getByText(/^482 delivered/).waitFor();
    await button("Remove…").click();
    expect(await button("Remove it").isDisabled()).toBe(true);
    await dialog().getByLabel("Reason").fill("the audit is over");
    await button("Remove it").click();
    await heading(/^Nothing is forwarded/).waitFor();
    const told = (await eventsOf("action:log_forward_changed")).map(({ reason }) => reason);
    expect(told.toReversed()).toEqual(["created", "paused", "resumed", "replayed", "removed"]);
    expect(await page.content()).not.toContain(SECRET);
    expect(problems.filter((each) => !each.includes("400"))).toEqual([]);
  });
});

describe("storage", () => {
  it("places and releases a hold, each with a reason", async () => {
    await page.goto("/storage?hold=1");
    await dialog().getByLabel("Matter").fill("Case 17");
    await dialog().getByRole("button", { name: "On events" }).click();
    await dialog().getByLabel("First event").fill("0");
    await dialog().getByLabel("Last event").fill("9");
    await dialog().getByLabel("Reason").fill("court order");
    await button("Place it").click();
    await heading(/1 legal hold keeps some of them longer/).waitFor();
    await page.getByText("events 0 to 9").waitFor();
    await button("Release…").click();
    await dialog().getByLabel("Reason").fill("the case is closed");
    await button("Release it").click();
    await page.getByText("the case is closed").waitFor();
    await heading(/^Events are kept for 365 days(?!;)/).waitFor();
    expect(await eventsOf("action:log_hold_released")).toMatchObject([
      { data: { why: "the case is closed" } },
    ]);
    expect(problems).toEqual([]);
  });
});

describe("API keys", () => {
  it("shows a new key once, and refuses it after it was revoked", async () => {
    await page.goto("/keys");
    await button("Make a key").click();
    await dialog().getByLabel("Name").fill("auditor's script");
    await dialog().getByRole("radio", { name: /^read/ }).check();
    await dialog().getByLabel("Expires").selectOption("90");
    await button("Make it").click();
    const token = await page.getByTestId("token").innerText();
    expect(token).toMatch(/^tt_read_/);
    const use = async (): Promise<number> =>
      (await fetch(`${site.url}/v1/status`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await use()).toBe(200);
    await button("I have it").click();
    const row = page.getByRole("listitem").filter({ hasText: "auditor's script" });
    await row.getByText(/expires in (89|90) d/).waitFor();
    expect(await page.content()).not.toContain(token);
    await row.getByRole("button", { name: "Revoke…" }).click();
    await dialog().getByLabel("Reason").fill("has left");
    await button("Revoke it").click();
    await row.waitFor({ state: "hidden" });
    await button("All").click();
    await row.getByText(/^revoked on/).waitFor();
    expect(param("show")).toBe("all");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    expect(
      await page
        .locator("[data-row]")
        .nth(1)
        .evaluate((each) => each === document.activeElement),
    ).toBe(true);
    expect(await use()).toBe(401);
    expect(problems).toEqual([]);
  });
});

describe("anomalies", () => {
  it("are listed with their reason, by kind, and lead to what happened around them", async () => {
    await page.goto("/anomalies");
    const row = page
      .getByRole("list", { name: "Anomalies" })
      .getByRole("listitem")
      .filter({ hasText: "Brazil" });
    await row.first().waitFor();
    await row.first().getByText("alice", { exact: true }).waitFor();
    await button("Silence").click();
    await page.waitForURL((url) => url.searchParams.get("kind") === "anomaly_silence");
    await page.getByText("None of this kind").waitFor();
    await page.goBack();
    await row.first().getByRole("link", { name: "Events around it" }).click();
    await page.waitForURL((url) => url.pathname === "/events");
    expect(param("q")).toContain("actor.id:alice");
    await page.getByRole("grid").getByRole("row").filter({ hasText: "alice" }).first().waitFor();
    expect(problems).toEqual([]);
  });
});

describe("events", () => {
  it("leave Telltale's own reads out, say so, and bring them back", async () => {
    await page.goto("/events?from=all");
    const chip = button(/own reads hidden/);
    await chip.waitFor();
    await page.getByRole("grid").getByRole("row").nth(2).waitFor();
    expect(await page.getByRole("grid").getByText("log_searched").count()).toBe(0);
    await chip.click();
    await page.waitForURL((url) => url.searchParams.get("own") === "1");
    await page.getByRole("grid").getByText("log_searched").first().waitFor();
    await button(/own reads shown/).click();
    await chip.waitFor();
    await page.goto("/events?q=action:log_searched&from=all");
    await page.getByRole("grid").getByText("log_searched").first().waitFor();
    expect(await page.getByText("own reads").count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

describe("a viewer", () => {
  it("sees how things are, and no button that is not theirs", async () => {
    await page.route("**/v1/session", async (route) => {
      const response = await route.fetch();
      const session = (await response.json()) as { user: { role: string } };
      await route.fulfill({ response, json: { ...session, user: { ...session.user, role: "viewer" } } });
    });
    for (const [path, answer] of [
      ["/forwarding?add=1", /^Nothing is forwarded/],
      ["/storage?hold=1", /^Events are kept/],
      ["/keys?add=1", /^Your role does not see the keys/],
    ] as const) {
      await page.goto(path);
      await heading(answer).waitFor();
      expect(
        await page
          .getByRole("main")
          .getByRole("button", { name: /…|Add|Make/ })
          .count(),
        path,
      ).toBe(0);
      expect(await dialog().count(), path).toBe(0);
    }
    expect(problems).toEqual([]);
  });
});

describe("a small screen", () => {
  it("reaches every page through the bar and More, and by keys", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto("/alerts");
    const bar = page.getByRole("navigation", { name: "Pages" });
    for (const [name, path] of [
      ["Storage", "/storage"],
      ["API keys", "/keys"],
      ["Forwarding", "/forwarding"],
      ["Anomalies", "/anomalies"],
    ] as const) {
      await bar.getByRole("button", { name: /^More pages/ }).click();
      await bar.getByRole("link", { name }).click();
      await page.waitForURL((url) => url.pathname === path);
    }
    await heading(/./).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("k");
    await page.waitForURL((url) => url.pathname === "/keys");
    expect(problems).toEqual([]);
  });
});
