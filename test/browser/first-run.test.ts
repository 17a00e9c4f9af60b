// SPDX-License-Identifier: Apache-2.0
// From the printed link to the first event on the screen, and the ways in and out.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createKey } from "../harness.js";
import { ADMIN, inOrder, launchBrowser, newContext, type Site, startSite, watchProblems } from "./browser.js";

let site: Site;
let browser: Browser;
let page: Page;
let problems: string[];

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  page = await (await newContext(browser, site)).newPage();
  problems = watchProblems(page);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function fillSetup(password: string): Promise<void> {
  await page.getByLabel("Name").fill(ADMIN.name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create and sign in" }).click();
}

async function signInAs(password: string): Promise<void> {
  await page.getByLabel("Name").fill(ADMIN.name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The tests are one story: each goes on where the one before it ended. */
describe("the first run", () => {
  inOrder();
  it("says on the sign-in page that set-up comes first", async () => {
    await page.goto("/");
    await page.getByText("No administrator exists yet.").waitFor();
    expect(new URL(page.url()).pathname).toBe("/sign-in");
  });

  it("makes the first administrator from the printed link, and refuses a weak password", async () => {
    await page.goto(site.setupLink);
    await page.getByRole("heading", { name: "Create the first administrator" }).waitFor();
    // The token must not stay in the address bar.
    await page.waitForURL((url) => url.hash === "");
    await fillSetup("short");
    await page.getByText("5 of 12 characters.").waitFor();
    expect(new URL(page.url()).pathname).toBe("/setup");
    await fillSetup(ADMIN.password);
    await page.getByRole("heading", { name: "No application has sent an event yet." }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/events");
    await page.getByText("Waiting for the first event…").waitFor();
  });

  it("makes an ingest key that stands in the snippets, and shows the first event as it arrives", async () => {
    await page.getByRole("button", { name: "Create an ingest key" }).click();
    await page.getByText("It is shown only now").waitFor();
    await page.getByRole("tab", { name: "curl" }).click();
    const snippet = await page.getByRole("tabpanel").innerText();
    const [, key] = /Bearer (tt_ingest_\w+)/.exec(snippet) ?? [];
    const [, body] = /-d '([^']+)'/.exec(snippet) ?? [];
    expect(snippet).toContain(`curl ${site.url}/v1/events`);
    const response = await fetch(`${site.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: body ?? "",
    });
    expect(response.status).toBe(200);
    await page.getByRole("heading", { name: "The first event is here." }).waitFor();
    await page
      .getByRole("status")
      .filter({ hasText: "alice failed to sign in to my-app from 203.0.113.7" })
      .waitFor();
  });

  it("goes on to the events, which follow live what a key of the command line sends", async () => {
    await page.getByRole("button", { name: "Show the events" }).click();
    const rows = page.getByRole("grid").getByRole("row");
    await rows.filter({ hasText: "alice failed to sign in" }).waitFor();
    const key = await createKey(site.dataDir, "ingest", ["--app", "billing"]);
    await fetch(`${site.url}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ action: "authn_login_success", actor: { type: "user", id: "bob" } }),
    });
    await rows.filter({ hasText: "bob signed in to billing" }).waitFor();
  });

  it("accepts the set-up link only once", async () => {
    const stranger = await (await newContext(browser, site)).newPage();
    await stranger.goto(site.setupLink);
    await stranger.getByRole("heading", { name: "Telltale is set up already" }).waitFor();
    expect(await stranger.getByLabel("Password", { exact: true }).count()).toBe(0);
    expect(new URL(stranger.url()).pathname).toBe("/setup");
    expect((await stranger.request.get("/v1/session")).status()).toBe(401);
    await stranger.context().close();
  });

  it("signs out, refuses a wrong password, and comes back to where one was", async () => {
    await page.getByRole("button", { name: `You are ${ADMIN.name}` }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/sign-in");
    expect((await page.request.get("/v1/events")).status()).toBe(401);
    await page.goto("/events?q=actor.id:alice");
    await page.waitForURL((url) => url.searchParams.has("to"));
    await signInAs("wrong horse battery staple");
    await page
      .getByRole("alert")
      .filter({ hasText: "Name and password do not match. The attempt was recorded." })
      .waitFor();
    await signInAs(ADMIN.password);
    await page.getByRole("grid").getByRole("row").filter({ hasText: "alice failed to sign in" }).waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("actor.id:alice");
  });

  it("wrote the refused sign-in to the log, without the password", async () => {
    await page.goto(`/events?q=${encodeURIComponent("action:authn_login_fail AND source.app:telltale")}`);
    await page.getByRole("grid").getByRole("row").filter({ hasText: ADMIN.name }).click();
    await page.getByRole("complementary").locator("summary").filter({ hasText: "Sealed line" }).click();
    expect(await page.content()).not.toContain("wrong horse");
    expect(problems).toEqual([]);
  });
});
