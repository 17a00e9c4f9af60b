// SPDX-License-Identifier: Apache-2.0
// Export of evidence in the page: what is downloaded is verified here, as whoever gets it would.
import { readFileSync } from "node:fs";
import path from "node:path";
import { openEvidence } from "@telltale/log";
import { verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import type { Browser, BrowserContext, Download, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../harness.js";
import {
  createAdmin,
  launchBrowser,
  newContext,
  type Site,
  signIn,
  startSite,
  watchProblems,
} from "./browser.js";

const temporary = temporaryDirectory();
let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), launchBrowser()]);
  await createAdmin(site);
  await site.send(
    ...Array.from({ length: 12 }, (_, i) => ({
      action: "authn_login_fail",
      actor: { type: "user", id: "alice" },
      client: { ip: "203.0.113.7" },
      data: { n: i },
    })),
    { action: "order_placed", actor: { type: "user", id: "bob" } },
  );
});
afterAll(async () => {
  await browser.close();
  await site.close();
  temporary.clean();
});

async function open(
  width: number,
  address: string,
): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const context = await newContext(browser, site, {
    viewport: { width, height: 900 },
    acceptDownloads: true,
  });
  await signIn(context);
  const page = await context.newPage();
  const problems = watchProblems(page);
  await page.goto(address);
  return { context, page, problems };
}

async function verify(download: Download) {
  const file = path.join(temporary.dir, download.suggestedFilename());
  await download.saveAs(file);
  const { files, close } = await openEvidence(file);
  const vkey = readFileSync(path.join(site.dataDir, "keys/main.vkey"), "utf8").trim();
  const report = await verifyEvidence(files, { crypto: nodeCrypto, vkey });
  await close();
  return report;
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["TELLTALE_SHOTS"];
  if (folder !== undefined) await page.screenshot({ path: path.join(folder, `${name}.png`) });
}

describe("Export", () => {
  it.each([360, 1440])(
    "of a search gives what it shows, and the log's own note of it, at %s px",
    async (width) => {
      const { context, page, problems } = await open(width, "/events?q=actor.id:alice&from=all");
      const button = page.getByRole("button", { name: "Export" });
      await expect
        .poll(() => page.getByRole("row").or(page.locator("[role=listitem]")).count())
        .toBeGreaterThan(3);
      await shoot(page, `web-events-${width}`);
      const coming = page.waitForEvent("download");
      await button.click();
      const report = await verify(await coming);
      expect(report).toMatchObject({
        verdict: "intact",
        checked: 13,
        manifest: { selection: { query: expect.stringContaining("actor.id:alice") as string } },
      });
      expect(report.notes.join()).toContain("none was taken out since");
      await page.getByText(/Exported 13 events/).waitFor();
      expect(problems).toEqual([]);
      await context.close();
    },
  );

  it("of an event and of an alert", async () => {
    const { context, page, problems } = await open(1440, "/events?event=3&from=all");
    await page.getByText("How", { exact: true }).click();
    let coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export as evidence" }).click();
    expect(await verify(await coming)).toMatchObject({
      verdict: "intact",
      manifest: { selection: { index: 3 } },
    });
    await page.goto("/alerts");
    await page
      .getByRole("listitem")
      .filter({ hasText: /sign|brute|password/i })
      .first()
      .click();
    const evidence = page.getByRole("region", { name: "Evidence" });
    await evidence.getByRole("button", { name: "Export" }).waitFor();
    await shoot(page, "web-alert");
    coming = page.waitForEvent("download");
    await evidence.getByRole("button", { name: "Export" }).click();
    const report = await verify(await coming);
    expect(report.verdict).toBe("intact");
    expect(report.manifest?.selection.alert).toMatch(/./);
    expect(problems).toEqual([]);
    await context.close();
  });

  it("of nothing says so, and saves nothing", async () => {
    const { context, page } = await open(1440, "/events?q=actor.id:nobody&from=all");
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByText(/Nothing was exported/).waitFor();
    await context.close();
  });
});
