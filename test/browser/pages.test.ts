// SPDX-License-Identifier: Apache-2.0
// What holds on every page, small and large, light and dark: nothing serious for axe, a quiet console, no jumps.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../harness.js";
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

const AXE = readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = path.join(root, ".cache/screenshots");
const MOST_SHIFT = 0.05;

const SIZES = [
  { width: 360, height: 740 },
  { width: 1440, height: 900 },
] as const;
const THEMES = ["light", "dark"] as const;
type Theme = (typeof THEMES)[number];

let site: Site;
let browser: Browser;
let event: number;
let alert: string;
let review: string;

interface Stop {
  name: string;
  path(): string;
  /** The page has said all it has to say. */
  ready(page: Page): Promise<void>;
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole("heading", { name }).waitFor();

const OUTSIDE: readonly Stop[] = [
  { name: "setup", path: () => "/setup", ready: heading("Telltale is set up already") },
  { name: "sign-in", path: () => "/sign-in", ready: heading("Sign in") },
];

const INSIDE: Stop[] = [
  {
    name: "events",
    path: () => "/events",
    ready: async (page) => {
      await page.getByRole("grid").getByRole("row").nth(3).waitFor();
      await page.getByRole("region", { name: "Events over time" }).getByRole("img").waitFor();
    },
  },
  {
    name: "drawer",
    path: () => `/events?event=${event}`,
    ready: async (page) => {
      await page.getByText("Proven in this log; unwitnessed.").waitFor();
      await page.getByRole("region", { name: "Events over time" }).getByRole("img").waitFor();
    },
  },
  {
    name: "alerts",
    path: () => "/alerts",
    ready: async (page) => {
      await page.getByRole("listitem").first().waitFor();
      await heading(/wait for a decision/)(page);
    },
  },
  {
    name: "alert",
    path: () => `/alerts?alert=${alert}`,
    ready: async (page) => {
      await page.getByRole("region", { name: "Evidence" }).getByText("failed to sign in").first().waitFor();
      await page.getByRole("region", { name: "History" }).waitFor();
    },
  },
  {
    name: "reviews",
    path: () => "/reviews",
    ready: async (page) => {
      await heading(/^Not yet: 1 review/)(page);
      await page.getByRole("listitem").filter({ hasText: "sign-in failures" }).waitFor();
    },
  },
  {
    name: "review",
    path: () => `/reviews/${review}`,
    ready: async (page) => {
      await page.getByRole("region", { name: "Sign-in failures" }).getByText("203.0.113.7").first().waitFor();
      await page.getByRole("region", { name: "Signature" }).getByRole("button", { name: "Sign" }).waitFor();
    },
  },
  {
    name: "protection",
    path: () => "/protection",
    ready: async (page) => {
      await page.getByRole("button", { name: "Fill in an example" }).click();
      await page.getByRole("list", { name: "What is hidden" }).getByText("email", { exact: true }).waitFor();
      await page.getByRole("table").getByRole("row").nth(1).waitFor();
    },
  },
  {
    name: "integrity",
    path: () => "/integrity",
    ready: async (page) => {
      await page.getByRole("region", { name: "Followers" }).waitFor();
      await page
        .getByRole("region", { name: "Sources" })
        .getByText(/numbers? (?:its|their) events/)
        .waitFor();
      await page
        .getByRole("region", { name: "Checkpoint" })
        .getByRole("status")
        .filter({ hasNotText: "Verifying" })
        .waitFor();
    },
  },
];

INSIDE.push(
  {
    name: "anomalies",
    path: () => "/anomalies",
    ready: async (page) => {
      await page.getByRole("list", { name: "Anomalies" }).getByRole("listitem").first().waitFor();
    },
  },
  {
    name: "forwarding",
    path: () => "/forwarding?letters=archive",
    ready: async (page) => {
      await heading(/broken-siem is [\d,]+ events? behind since/)(page);
      await page.getByText("No dead letters").waitFor();
    },
  },
  {
    name: "forwarding-add",
    path: () => "/forwarding?add=1",
    ready: async (page) => {
      await page.getByRole("dialog", { name: "Add a target" }).waitFor();
      await heading(/broken-siem is/)(page);
    },
  },
  {
    name: "storage",
    path: () => "/storage",
    ready: async (page) => {
      await heading(/Events are kept for/)(page);
      await page.getByText("Nothing was removed yet").waitFor();
    },
  },
  {
    name: "keys",
    path: () => "/keys",
    ready: async (page) => {
      await page.getByRole("list", { name: "API keys" }).waitFor();
    },
  },
);

function toAttack(n: number): object {
  return {
    action: "authn_login_fail",
    outcome: "failure",
    reason: "bad_password",
    source: { app: "shop-api", env: "production" },
    actor: { type: "user", id: n < 6 ? "alice" : `user-${n}`, name: "Alice Example" },
    client: { ip: "203.0.113.7", userAgent: "Mozilla/5.0 (X11; Linux x86_64) curl/8.14.1" },
    request: { method: "POST", path: "/login", id: `req-${n}` },
    data: { attempt: n, password: "hunter2-Tr0ub4dor" },
  };
}

/** Whatever an alert, a table and a drawer can show. */
async function seed(): Promise<void> {
  event = await site.send(...Array.from({ length: 14 }, (_, n) => toAttack(n)));
  await site.send(
    { action: "authn_login_success", actor: { type: "user", id: "alice" }, client: { ip: "203.0.113.7" } },
    {
      action: "authz_fail",
      outcome: "denied",
      actor: { type: "user", id: "bob" },
      source: { app: "shop-api" },
    },
    { action: "user_updated", message: "a \u001b[31mred\u202eherring", actor: { type: "user", id: "bob" } },
    { action: "sys_crash", outcome: "error", level: "critical", source: { app: "billing" } },
  );
}

/** A review of the last day, with a comment. */
async function makeReview(context: BrowserContext): Promise<string> {
  const session = (await (await context.request.get("/v1/session")).json()) as { csrf: string };
  const headers = { "x-csrf-token": session.csrf };
  const made = await context.request.post("/v1/reviews", { headers, data: { from: "-1d", to: "now" } });
  if (!made.ok()) throw new Error(`no review: ${await made.text()}`);
  const { id } = (await made.json()) as { id: string };
  const text = "alice was on holiday; reset her password and closed her sessions.\nTicket 4711.";
  await context.request.post(`/v1/reviews/${id}/comments`, { headers, data: { text } });
  return id;
}

/** Targets in two states, a hold in force and one released. */
async function seedSettings(context: BrowserContext): Promise<void> {
  const session = (await (await context.request.get("/v1/session")).json()) as { csrf: string };
  const send = async (method: string, path: string, data: object): Promise<{ hold: { id: string } }> => {
    const headers = { "x-csrf-token": session.csrf };
    const response = await context.request.fetch(path, { method, data, headers });
    if (!response.ok()) throw new Error(`${method} ${path}: ${await response.text()}`);
    return (await response.json()) as { hold: { id: string } };
  };
  const targets = [
    { name: "archive", to: "json-file", filter: "level:critical OR action:authn_*" },
    { name: "broken-siem", to: "syslog", url: "tcp://127.0.0.1:9", filter: "NOT via:telltale" },
  ];
  for (const settings of targets) await send("POST", "/v1/forward", { settings, reason: "a copy" });
  const scope = { from: "2026-11-01T00:00:00Z", to: "2026-11-08T00:00:00Z" };
  await send("POST", "/v1/holds", { name: "Case 17", reason: "Court order of 12 November", scope });
  const made = await send("POST", "/v1/holds", {
    name: "Drill",
    reason: "Practice",
    scope: { first: 0, next: 9 },
  });
  await send("DELETE", `/v1/holds/${made.hold.id}`, { reason: "the drill is over" });
}

beforeAll(async () => {
  [site, browser] = await Promise.all([
    startSite({ TELLTALE_FORWARD_ALLOW_PRIVATE: "true" }),
    launchBrowser(),
  ]);
  await createAdmin(site);
  // First, as history comes before the present.
  await importHistory(site);
  await seed();
  const context = await newContext(browser, site);
  await signIn(context);
  await seedSettings(context);
  const page = await context.newPage();
  await page.goto("/alerts");
  await page.getByRole("listitem").filter({ hasText: "Password brute force on one user" }).click();
  await page.waitForURL((url) => url.searchParams.has("alert"));
  alert = new URL(page.url()).searchParams.get("alert") ?? "";
  review = await makeReview(context);
  await context.close();
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

declare global {
  interface Window {
    layoutShift: number;
  }
}

/** Adds up every shift that no input explains; stricter than the vital, which takes the worst five seconds. */
async function measureShift(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[]) {
        if (!entry.hadRecentInput) window.layoutShift += entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

/** The page's CSP stays on: what is evaluated by the debugger is not the page's script. */
async function findSerious(page: Page, theme: Theme): Promise<string[]> {
  if (theme === THEMES[0]) await page.evaluate(AXE);
  // A theme changes colours only, so the other rules need to run but once.
  const options = theme === "light" ? {} : { runOnly: ["color-contrast"] };
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
}

interface Seen {
  /** What axe finds, by theme. */
  serious: Record<Theme, string[]>;
  shift: number;
  problems: string[];
  /** CSS pixels by which the content is wider than the window. */
  overflow: number;
  /** CSS pixels by which it is taller: pages scroll within their frame, never the document. */
  excess: number;
}

/** Loads a page once and looks at it in both themes. */
async function visit(context: BrowserContext, stop: Stop, name: string): Promise<Seen> {
  const page = await context.newPage();
  const problems = watchProblems(page);
  await measureShift(page);
  await page.goto(stop.path());
  await stop.ready(page);
  await page.waitForFunction(() => document.querySelector(".skeleton, [aria-busy=true]") === null);
  const serious: Seen["serious"] = { light: [], dark: [] };
  for (const theme of THEMES) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${theme}.png`) });
    serious[theme] = await findSerious(page, theme);
  }
  const { shift, overflow, excess } = await page.evaluate(() => ({
    shift: window.layoutShift,
    overflow: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
    excess: Math.max(0, document.documentElement.scrollHeight - window.innerHeight),
  }));
  await page.close();
  return { serious, shift, problems, overflow, excess };
}

describe.each(SIZES)("every page at $width × $height", (viewport) => {
  it.each([
    ["signed out", OUTSIDE],
    ["signed in", INSIDE],
  ] as const)("is sound in light and dark, %s", async (_, stops) => {
    const context = await newContext(browser, site, { viewport });
    if (stops === INSIDE) await signIn(context);
    for (const stop of stops) {
      const name = `${stop.name}-${viewport.width}`;
      const seen = await visit(context, stop, name);
      const sound = { serious: { light: [], dark: [] }, problems: [], overflow: 0 };
      expect.soft(seen, name).toMatchObject(sound);
      // Outside, the form is the document and may scroll.
      if (stops === INSIDE) expect.soft(seen.excess, `${name}: taller than the window`).toBe(0);
      expect.soft(seen.shift, `${name}: layout shift`).toBeLessThanOrEqual(MOST_SHIFT);
    }
    await context.close();
  });
});
