// SPDX-License-Identifier: Apache-2.0
// A person is erased on the page: what would happen first, then two people, then the certificate.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, temporaryDirectory } from "../harness.js";
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

const BOB = { name: "bob", password: "another long enough pass phrase" };
const ID = "grace-hopper-1906";
const { dir, clean } = temporaryDirectory();
let site: Site;
let browser: Browser;
let ada: BrowserContext;
let bob: BrowserContext;
let page: Page;
let problems: string[];

function createUser(dataDir: string): Promise<number | null> {
  const cli = path.join(root, "packages/cli/bin/telltale.cjs");
  const child = spawn(process.execPath, [
    cli,
    ..."users create --role admin --name bob --data".split(" "),
    dataDir,
  ]);
  child.stdin.end(`${BOB.password}\n`);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
}

beforeAll(async () => {
  const policy = path.join(dir, "protect.yaml");
  writeFileSync(policy, "version: 1\nprofile: erasable\n");
  [site, browser] = await Promise.all([startSite({ TELLTALE_PROTECT: policy }), launchBrowser()]);
  await createAdmin(site);
  expect(await createUser(site.dataDir)).toBe(0);
  await site.send({ action: "authn_login_fail", actor: { type: "user", id: ID, name: "Grace Hopper" } });
  [ada, bob] = await Promise.all([newContext(browser, site), newContext(browser, site)]);
  await signIn(ada);
  const response = await bob.request.post("/v1/session", { data: BOB });
  expect(response.ok()).toBe(true);
  page = await ada.newPage();
  problems = watchProblems(page);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  clean();
});

/** Pictures for people who want to look; nothing is compared. */
async function shoot(name: string): Promise<void> {
  const folder = process.env["TELLTALE_SHOTS"];
  if (folder === undefined) return;
  for (const [width, scheme] of [
    [360, "light"],
    [360, "dark"],
    [1440, "light"],
    [1440, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: path.join(folder, `erasures-${name}-${width}-${scheme}.png`) });
  }
}

const dialog = (of: Page) => of.getByRole("dialog");

describe("erasing a person", () => {
  inOrder();

  it("is reached from the page of protection, and teaches while there is nothing", async () => {
    await page.goto("/protection");
    await page.getByRole("link", { name: "Erasures" }).click();
    await page.getByRole("heading", { level: 1, name: "Nobody was erased." }).waitFor();
    await shoot("none");
  });

  it("says who nobody is, then what would happen, then asks for a reason that does not name the person", async () => {
    await page.getByRole("button", { name: "Erase a person" }).click();
    await dialog(page).getByLabel("Person").fill("nobody");
    await dialog(page).getByRole("button", { name: "See what would happen" }).click();
    await dialog(page)
      .getByRole("alert")
      .getByText(/no subject of this name/)
      .waitFor();
    await dialog(page).getByLabel("Person").fill(ID);
    await dialog(page).getByRole("button", { name: "See what would happen" }).click();
    await dialog(page)
      .getByRole("list", { name: "What would happen" })
      .getByText(/client\.ip/)
      .waitFor();
    await shoot("preview");
    await dialog(page).getByLabel("Reason").fill(`for ${ID}`);
    await dialog(page).getByRole("button", { name: "Ask for the erasure" }).click();
    await dialog(page)
      .getByRole("alert")
      .getByText(/must not name/)
      .waitFor();
    await dialog(page).getByLabel("Reason").fill("request of 12 November");
    await dialog(page).getByRole("button", { name: "Ask for the erasure" }).click();
    await page.getByRole("heading", { level: 1, name: "1 waits for another person." }).waitFor();
    await page.getByText("Somebody else has to approve it.").waitFor();
    expect(await page.getByRole("button", { name: "Approve…" }).count()).toBe(0);
    await shoot("waiting");
  });

  it("is approved by somebody else, and certified", async () => {
    const other = await bob.newPage();
    await other.goto("/protection/erasures");
    await other.getByRole("button", { name: "Approve…" }).click();
    await dialog(other).getByRole("button", { name: "Destroy the key" }).click();
    await other.getByRole("heading", { level: 1, name: "1 person was erased; nothing waits." }).waitFor();
    await page.reload();
    await page.getByText("Erased", { exact: true }).waitFor();
    await shoot("done");
    expect(await page.getByRole("list", { name: "Erasures" }).innerText()).not.toContain(ID);
    await page.getByRole("link", { name: "Certificate" }).click();
    await page.getByRole("grid").getByText("log_erased").first().waitFor();
    // The refusals above are the browser's own notes.
    expect(problems.filter((problem) => !/status of (?:400|404)/.test(problem))).toEqual([]);
  });
});
