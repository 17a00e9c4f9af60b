// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { createClient } from "../client/client.js";
import type { CliIo } from "../io.js";
import { whoAmI, withKeys } from "../local-keys.js";
import { watchAlerts } from "./alerts.js";
import { attack } from "./attacker.js";
import { type Customer, shopAllDay } from "./customers.js";
import { createNarrator, type Narrator } from "./narrator.js";
import { findPort } from "./ports.js";
import { loadPeople, type People } from "./people.js";
import { openShopper } from "./shopper.js";
import { type ShopProcess, startShop } from "./shop-process.js";

export interface DemoOptions {
  dataDir: string;
  port: number;
  /** Milliseconds until the first attack, and from one to the next. */
  firstAttackMs: number;
  attackEveryMs: number;
}

const SHOP_PORT = 7480;

interface Running {
  shop: ShopProcess;
  serverUrl: string;
  /** Stops the shop first, so that the server still receives what it holds. */
  stop(): Promise<void>;
}

async function startAll(
  io: CliIo,
  options: DemoOptions,
): Promise<Running & { setupUrl: string | undefined; readKey: string }> {
  const { parseConfig, startServer } = await import("@telltale/server");
  const { dataDir } = options;
  const port = String(await findPort(options.port));
  // The environment's own settings are for the real server; the demo must not touch what they name.
  const loaded = parseConfig({ dataDir, port, originName: "demo", logLevel: "warn" });
  const server = await startServer(loaded, { demo: true });
  try {
    const keys = await withKeys(dataDir, async (store) => ({
      ingest: (await store.create({ role: "ingest", name: "example shop", app: "shop" }, whoAmI())).token,
      read: (await store.create({ role: "read", name: "demo terminal" }, whoAmI())).token,
    }));
    const shopPort = await findPort(SHOP_PORT);
    const shop = await startShop(io, { port: shopPort, telltaleUrl: server.url, key: keys.ingest });
    const stop = async (): Promise<void> => {
      await shop.stop();
      await server.close();
    };
    return { shop, serverUrl: server.url, setupUrl: server.setupUrl, readKey: keys.read, stop };
  } catch (error) {
    await server.close();
    throw error;
  }
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
    const browser = openShopper(shopUrl, `203.0.113.${66 + (round % 100)}`, io.signal);
    const backDoor = { name: `helpdesk-${round + 1}`, password: randomBytes(12).toString("base64url") };
    try {
      await attack({ io, tell, browser, victim, names, backDoor });
      if (round === 0) tell("demo", "look at Alerts in the browser; the next attack comes in a few minutes");
      await io.sleep(options.attackEveryMs);
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
  shopUrl: string;
  people: People;
  admin: Customer;
  customers: readonly Customer[];
}

function openStage(io: CliIo, tell: Narrator, shopUrl: string, people: People): Stage {
  // Addresses for documentation (RFC 5737): customers in one block, attackers in another.
  const at = (account: People["admin"], host: number): Customer => ({
    account,
    shopper: openShopper(shopUrl, `198.51.100.${host}`, io.signal),
  });
  const customers = people.customers.map((account, i) => at(account, 10 + i));
  return { io, tell, shopUrl, people, admin: at(people.admin, 5), customers };
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
  const { shop, serverUrl, setupUrl, readKey } = running;
  let watching: Promise<void> | undefined;
  try {
    io.stdout.write(
      formatIntroduction({ url: serverUrl, shopUrl: shop.url, setupUrl, dataDir: options.dataDir }),
    );
    shop.onExit((said) => tell("demo", `the example shop ended by itself: ${said}`));
    const client = createClient(io, { url: serverUrl, key: readKey }, "read");
    const stage = openStage(io, tell, shop.url, people);
    tell("shop", `${stage.customers.length} customers go about their day`);
    let disturbed = false;
    watching = watchAlerts(io, client, tell);
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
