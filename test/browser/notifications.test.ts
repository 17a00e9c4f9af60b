// SPDX-License-Identifier: Apache-2.0
// Who is told: channels in every state, a test message, a pause, deliveries; small and large, light and dark, by keys.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { root, temporaryDirectory } from "../harness.js";
import {
  createAdmin,
  launchBrowser,
  newContext,
  type Site,
  signIn,
  startSite,
  watchProblems,
} from "./browser.js";

const AXE = readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = path.join(root, ".cache/screenshots");
const temporary = temporaryDirectory();

let site: Site;
let browser: Browser;
let receiver: Server;
const bodies: string[] = [];
let context: BrowserContext;
let page: Page;
let problems: string[];

const toConfig = (port: number): string => `
channels:
  - name: soc
    to: slack
    url: http://127.0.0.1:${port}/soc
    limit: { messages: 2, minutes: 60 }
  - name: night-shift
    to: discord
    url: http://127.0.0.1:${port}/night
    quiet: { from: "00:00", to: "23:59", zone: Europe/Berlin, except: critical }
  - name: pager
    to: pagerduty
    url: http://127.0.0.1:${port}/refuses
    routingKey: env:TELLTALE_SECRET_PAGER
`;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(request.url === "/v2/enqueue" ? 400 : 200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const file = path.join(temporary.dir, "notify.yaml");
  writeFileSync(file, toConfig((receiver.address() as AddressInfo).port));
  const env = {
    TELLTALE_NOTIFY: file,
    TELLTALE_NOTIFY_PRIVATE_HOSTS: "127.0.0.1",
    TELLTALE_SECRET_PAGER: "0123456789abcdef0123456789abcdef",
  };
  [site, browser] = await Promise.all([startSite(env), launchBrowser()]);
  await createAdmin(site);
  const failures = ["alice", "bob", "carol", "dave", "<!channel> eve"].flatMap((id) =>
    Array.from({ length: 12 }, () => ({
      action: "authn_login_fail",
      source: { app: "shop" },
      actor: { type: "user", id },
      client: { ip: "203.0.113.9" },
    })),
  );
  await site.send(...failures);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  receiver?.close();
  temporary.clean();
});
beforeEach(async () => {
  context = await newContext(browser, site);
  await signIn(context);
  page = await context.newPage();
  problems = watchProblems(page);
});
afterEach(async () => {
  await context.close();
  expect(problems).toEqual([]);
});

const card = (name: string) => page.getByRole("article", { name });

describe("notifications", () => {
  it("say how each channel is and what became of each message", async () => {
    await page.goto("/notifications");
    await page.getByRole("heading", { name: /do not arrive on pager/ }).waitFor();
    await card("soc").getByText("Delivering", { exact: true }).waitFor();
    await card("soc")
      .getByText(/held back for a digest/)
      .waitFor();
    await card("night-shift").getByText("Quiet hours").waitFor();
    await card("pager").getByText("Not delivering").waitFor();
    await page.getByRole("button", { name: "Given up" }).click();
    await page
      .getByText(/given up after 1 attempt: the receiver answered 400/)
      .first()
      .waitFor();
    expect(new URL(page.url()).searchParams.get("state")).toBe("failed");
    const chat = bodies
      .filter((body) => body.includes('"blocks"'))
      .map((body) => body.replace(/"fields":.*?\]/g, ""));
    expect(chat.join("")).not.toContain("<!channel>");
  });

  it("send a test message and show the answer", async () => {
    await page.goto("/notifications");
    await card("soc").getByRole("button", { name: "Send a test" }).click();
    await card("soc")
      .getByText(/The test message was taken after .* ms: answered 200/)
      .waitFor();
    await card("pager").getByRole("button", { name: "Send a test" }).click();
    await card("pager")
      .getByText(/did not arrive after .* ms: the receiver answered 400/)
      .waitFor();
    expect(bodies.filter((body) => body.includes("Test message of Telltale"))).toHaveLength(2);
  });

  it("are paused and resumed by keys", async () => {
    await page.goto("/keys");
    await page.getByRole("heading", { level: 1, name: /key/ }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.waitForURL("**/notifications");
    await card("soc").getByRole("button", { name: "Pause" }).focus();
    await page.keyboard.press("Enter");
    await card("soc")
      .getByText(/by ada/)
      .waitFor();
    await card("soc").getByRole("button", { name: "Resume" }).focus();
    await page.keyboard.press("Space");
    await card("soc").getByRole("button", { name: "Pause" }).waitFor();
  });

  it.each([
    [360, 740],
    [1440, 900],
  ])("are sound at %i × %i, light and dark", async (width, height) => {
    await page.setViewportSize({ width, height });
    await page.goto("/notifications");
    await page.getByRole("list", { name: /Deliveries/ }).waitFor();
    await page.evaluate(AXE);
    for (const theme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: path.join(SCREENSHOTS, `notifications-${width}-${theme}.png`) });
      const { violations } = await page.evaluate<AxeResults>("axe.run(document)");
      expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
    }
    await page.getByRole("list", { name: /Deliveries/ }).scrollIntoViewIfNeeded();
    await page.screenshot({ path: path.join(SCREENSHOTS, `notifications-${width}-end.png`) });
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wider).toBeLessThanOrEqual(0);
  });
});
