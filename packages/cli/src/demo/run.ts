// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Client, createClient } from "../client/client.js";
import { createSender } from "../import/sender.js";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";
import { whoAmI, withKeys } from "../local-keys.js";
import { attack } from "./attacker.js";
import { ATTACK_TOOL, browserOf } from "./browsers.js";
import { type Customer, shopAllDay } from "./customers.js";
import { makeHistory, pastCustomers, type PastPerson } from "./history.js";
import { createNarrator, type Narrator } from "./narrator.js";
import { watchNews } from "./news.js";
import { findPort } from "./ports.js";
import { loadPeople, type People } from "./people.js";
import { openShopper } from "./shopper.js";
import { type ShopProcess, startShop } from "./shop-process.js";
import { type Siem, startSiem } from "./siem.js";

export interface DemoOptions {
  dataDir: string;
  port: number;
  /** Milliseconds until the first attack, and from one to the next. */
  firstAttackMs: number;
  attackEveryMs: number;
}

const SHOP_PORT = 7480;
/** Customers that are in the history only. */
const PAST_CUSTOMERS = 24;
const SIEM_BUSY_MS = 30_000;

interface Running {
  shop: ShopProcess;
  siem: Siem;
  serverUrl: string;
  setupUrl: string | undefined;
  keys: { read: string; backfill: string; admin: string };
  /** Stops the shop first, so that the server still receives what it holds. */
  stop(): Promise<void>;
}

/** Undoes, newest first, what was started. */
class Started {
  readonly #stops: (() => Promise<unknown>)[] = [];
  add(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }
  async stop(): Promise<void> {
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) await stop();
  }
}

async function startAll(io: CliIo, options: DemoOptions): Promise<Running> {
  const { parseConfig, startServer } = await import("@telltale/server");
  const { dataDir } = options;
  const started = new Started();
  try {
    const siem = await startSiem(join(dataDir, "demo"));
    started.add(() => siem.stop());
    const port = String(await findPort(options.port));
    // The environment's own settings are for the real server; the demo must not touch what they name.
    const forward = siem.configFile;
    const loaded = parseConfig({ dataDir, port, originName: "demo", logLevel: "warn", forward });
    const server = await startServer(loaded, { demo: true });
    started.add(() => server.close());
    const keys = await withKeys(dataDir, async (store) => ({
      ingest: (await store.create({ role: "ingest", name: "example shop", app: "shop" }, whoAmI())).token,
      backfill: (await store.create({ role: "backfill", name: "shop history", app: "shop" }, whoAmI())).token,
      read: (await store.create({ role: "read", name: "demo terminal" }, whoAmI())).token,
      admin: (await store.create({ role: "admin", name: "demo reviews" }, whoAmI())).token,
    }));
    const shop = await startShopSomewhere(io, { telltaleUrl: server.url, key: keys.ingest });
    started.add(() => shop.stop());
    const { url: serverUrl, setupUrl } = server;
    return { shop, siem, serverUrl, setupUrl, keys, stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** A port that was free may be taken by another demo before the shop has it. */
async function startShopSomewhere(
  io: CliIo,
  settings: { telltaleUrl: string; key: string },
): Promise<ShopProcess> {
  for (let tries = 1; ; tries++) {
    try {
      return await startShop(io, { port: await findPort(SHOP_PORT), ...settings });
    } catch (error) {
      if (tries === 3 || !(error instanceof CliFailure) || !error.message.includes("EADDRINUSE")) throw error;
    }
  }
}

/** Gives Telltale something to compare with: anomalies are told of people who are known for two weeks. */
async function importHistory(io: CliIo, client: Client, people: readonly PastPerson[]): Promise<number> {
  const events = makeHistory([...people, ...pastCustomers(PAST_CUSTOMERS)], io.now());
  const bytes = events.reduce((sum, line) => sum + line.length, 0);
  const { accepted } = await createSender(io, client)({ lines: events.map((_, i) => i + 1), events, bytes });
  return accepted;
}

/** The collector is busy for a while after each attack, so that a forwarder's lag can be seen to grow and to go. */
async function maintain({ io, tell, siem }: Stage): Promise<void> {
  tell("siem", "the SIEM is busy for half a minute: nothing waits for it, see its lag under Forwarding");
  siem.busy = true;
  await io.sleep(SIEM_BUSY_MS);
  siem.busy = false;
  if (!io.signal.aborted) tell("siem", "the SIEM takes events again, from where it stopped");
}

/** Asks for a review of what has happened so far, for the person at the browser to read and to sign. */
async function askForReview({ tell, reviews }: Stage): Promise<void> {
  const response = await reviews.request("/v1/reviews", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ from: "-1h", to: "now" }),
  });
  if (!response.ok) throw await reviews.toFailure(response);
  const { id } = (await response.json()) as { id: string };
  tell("demo", `a review of the last hour waits for a signature: ${reviews.url}/reviews/${id}`);
}

/** Attacks one customer after the other, with a pause in between. */
async function attackAgainAndAgain(stage: Stage, options: DemoOptions): Promise<void> {
  const { io, tell, shopUrl, people, admin } = stage;
  await io.sleep(options.firstAttackMs);
  const names = people.customers.map((each) => each.name);
  for (let round = 0; !io.signal.aborted; round++) {
    // From the end of the list: the first ones are seen as ordinary customers for longer.
    const victim = people.customers.at(-1 - (round % names.length));
    if (victim === undefined) return;
    const from = { address: `203.0.113.${66 + (round % 100)}`, userAgent: ATTACK_TOOL };
    const browser = openShopper(shopUrl, from, io.signal);
    const backDoor = { name: `helpdesk-${round + 1}`, password: randomBytes(12).toString("base64url") };
    try {
      await attack({ io, tell, browser, victim, names, backDoor });
      if (round === 0) {
        tell("demo", "look at Alerts in the browser; the next attack comes in a few minutes");
        await askForReview(stage);
      }
      await maintain(stage);
      await io.sleep(Math.max(0, options.attackEveryMs - SIEM_BUSY_MS));
      await admin.shopper.signIn(admin.account.name, admin.account.password);
      tell("shop", `${admin.account.name} takes the role back from ${victim.name}`);
      for (const name of [victim.name, backDoor.name]) await admin.shopper.setRole(name, "customer");
    } catch (error) {
      if (io.signal.aborted) return;
      tell("demo", `the attacker was disturbed: ${(error as Error).message}`);
      await io.sleep(options.attackEveryMs);
    }
  }
}

interface Stage {
  io: CliIo;
  tell: Narrator;
  siem: Siem;
  /** A client that may ask for reviews. */
  reviews: Client;
  shopUrl: string;
  people: People;
  admin: Customer;
  customers: readonly Customer[];
}

function openStage({ io, tell, siem, reviews, shopUrl, people }: Omit<Stage, "admin" | "customers">): Stage {
  // Addresses for documentation (RFC 5737): customers in one block, attackers in another.
  const at = (account: People["admin"], host: number): Customer => ({
    account,
    shopper: openShopper(
      shopUrl,
      { address: `198.51.100.${host}`, userAgent: browserOf(account.name) },
      io.signal,
    ),
  });
  const customers = people.customers.map((account, i) => at(account, 10 + i));
  return { io, tell, siem, reviews, shopUrl, people, admin: at(people.admin, 5), customers };
}

function toPast({ account, shopper }: Customer, role: string): PastPerson {
  return { name: account.name, role, address: shopper.address };
}

function formatIntroduction(facts: {
  url: string;
  shopUrl: string;
  setupUrl: string | undefined;
  dataDir: string;
}): string {
  const lines = [
    "",
    "  Telltale demo",
    "",
    `  Telltale  ${facts.url}`,
    `  Shop      ${facts.shopUrl}`,
    `  Data      ${facts.dataDir} (removed when a demo starts again)`,
  ];
  if (facts.setupUrl !== undefined)
    lines.push("", "  Open this link, choose a name and a password, and watch:", `  ${facts.setupUrl}`);
  return `${lines.join("\n")}\n\n  Ctrl-C stops it.\n\n`;
}

/** Runs the whole demonstration until `io.signal` fires. */
export async function runDemo(io: CliIo, options: DemoOptions): Promise<void> {
  const people = await loadPeople();
  const running = await startAll(io, options);
  const tell = createNarrator(io);
  const { shop, siem, serverUrl, setupUrl, keys } = running;
  let watching: Promise<void> | undefined;
  try {
    io.stdout.write(
      formatIntroduction({ url: serverUrl, shopUrl: shop.url, setupUrl, dataDir: options.dataDir }),
    );
    shop.onExit((said) => tell("demo", `the example shop ended by itself: ${said}`));
    const clientOf = (key: string): Client => createClient(io, { url: serverUrl, key }, "read");
    const reviews = clientOf(keys.admin);
    const stage = openStage({ io, tell, siem, reviews, shopUrl: shop.url, people });
    const past = await importHistory(io, clientOf(keys.backfill), [
      ...stage.customers.map((each) => toPast(each, "customer")),
      toPast(stage.admin, "admin"),
    ]);
    tell("shop", `${past} events of the last three weeks are imported, to compare with`);
    tell("shop", `${stage.customers.length} customers go about their day`);
    let disturbed = false;
    watching = watchNews(io, clientOf(keys.read), tell);
    await Promise.all([
      shopAllDay(io, stage.customers, stage.admin, (error) => {
        if (!disturbed) tell("demo", `a customer was disturbed: ${(error as Error).message}`);
        disturbed = true;
      }),
      attackAgainAndAgain(stage, options),
    ]);
  } finally {
    io.stdout.write("\n  Stopping …\n");
    await running.stop();
    await watching;
  }
}
