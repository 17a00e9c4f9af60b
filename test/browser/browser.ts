// SPDX-License-Identifier: Apache-2.0
// A browser before the real server: what every story starts from.
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterEach, beforeEach } from "vitest";
import { createKey, type ServerProcess, serve, temporaryDirectory, until } from "../harness.js";

/** Conditions are waited for, never a time; this is only how long a busy machine may take. */
export const PATIENCE_MS = 20_000;

export const ADMIN = { name: "ada", password: "correct horse battery staple" } as const;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    // Pages that were left stay alive in the cache, as they do for people.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    executablePath: process.env["TELLTALE_CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Site {
  url: string;
  dataDir: string;
  /** The one-time link that the server printed for the first administrator. */
  setupLink: string;
  /** Token of an ingest key. */
  key: string;
  /** Sends events as an application does and returns the log index of the first. */
  send(...events: object[]): Promise<number>;
  close(): Promise<void>;
}

function findSetupLink(server: ServerProcess): Promise<string> {
  return until("the set-up link", async () => /http\S+\/setup#token=\S+/.exec(server.output())?.[0]);
}

/** `telltale serve` on a directory of its own, with settings beside those that every story has. */
export async function startSite(env: NodeJS.ProcessEnv = {}): Promise<Site> {
  const temporary = temporaryDirectory();
  const { dir } = temporary;
  const key = await createKey(dir, "ingest");
  const server = await serve(dir, [], env);
  return {
    url: server.url,
    dataDir: dir,
    setupLink: await findSetupLink(server),
    key,
    async send(...events) {
      const response = await fetch(`${server.url}/v1/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(events),
      });
      const answer = (await response.json()) as { accepted: number; first: number };
      if (answer.accepted !== events.length) throw new Error(`not all accepted: ${JSON.stringify(answer)}`);
      return answer.first;
    },
    async close() {
      await server.kill("SIGTERM");
      temporary.clean();
    },
  };
}

/** Makes the first administrator without a page, for the stories that are about something else. */
export async function createAdmin(site: Site): Promise<void> {
  const token = new URLSearchParams(new URL(site.setupLink).hash.slice(1)).get("token");
  const response = await fetch(`${site.url}/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...ADMIN, token }),
  });
  if (!response.ok) throw new Error(`set-up failed: ${await response.text()}`);
}

export async function newContext(
  browser: Browser,
  site: Site,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: site.url,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Gives the context the administrator's session cookie. */
export async function signIn(context: BrowserContext): Promise<void> {
  const response = await context.request.post("/v1/session", { data: ADMIN });
  if (!response.ok()) throw new Error(`sign-in failed: ${await response.text()}`);
}

/**
 * Everything the page complains of. One complaint belongs there: the browser's own note that `/v1/session` answered
 * 401, which is how the page learns that nobody is signed in.
 */
export function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const { url } = message.location();
    if (message.text().includes("status of 401") && url.endsWith("/v1/session")) return;
    problems.push(`${message.type()}: ${message.text()} (${url})`);
  });
  return problems;
}

/** For a story in steps: after one that failed the others fail at once instead of waiting for what cannot come. */
export function inOrder(): void {
  let broken: string | undefined;
  beforeEach(() => {
    if (broken !== undefined) throw new Error(`an earlier step failed: ${broken}`);
  });
  afterEach(({ task }) => {
    if (task.result?.state === "fail") broken ??= task.name;
  });
}
