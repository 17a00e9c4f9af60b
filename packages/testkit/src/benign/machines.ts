// SPDX-License-Identifier: Apache-2.0
import type { Random } from "../random.js";
import type { Recorder } from "./recorder.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const service = (id: string) => ({ type: "service" as const, id });
const PROBE = { ip: "192.0.2.200", userAgent: "UptimeRobot/2.0; http://www.uptimerobot.com/" };
const ROBOT = {
  ip: "192.0.2.66",
  userAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
};
const PARTNERS = ["partner-a", "partner-b", "erp", "warehouse"];

/** What programs do on one day: batch jobs by night, a monitoring probe, partners with API keys, a search engine, releases, one short outage. */
export function addMachines(day: number, start: number, random: Random, recorder: Recorder): void {
  addProbe(start, random, recorder);
  addNightlyJobs(start, random, recorder);
  addPartners(start, random, recorder);
  addSearchEngine(start, random, recorder);
  if (day % 2 === 1) addRelease(start + 14 * HOUR, recorder);
  if (day % 7 === 2) addOutage(start + 10 * HOUR + 20 * MINUTE, random, recorder);
}

/** Signs in each five minutes as a user made for that; once in a while the network fails it. */
function addProbe(start: number, random: Random, recorder: Recorder): void {
  for (let at = 0; at < DAY; at += 5 * MINUTE) {
    const time = start + at + random.below(3 * SECOND);
    const actor = service("synthetic-monitor");
    if (random.next() < 0.01)
      recorder.add(time, "authn_login_fail", { actor, client: PROBE, outcome: "error", reason: "timeout" });
    else recorder.add(time, "authn_login_success", { actor, client: PROBE });
    recorder.add(time + 2 * SECOND, "api_request", {
      actor,
      client: PROBE,
      request: { method: "GET", path: "/healthz", route: "/healthz", status: 200 },
    });
  }
}

function addNightlyJobs(start: number, random: Random, recorder: Recorder): void {
  const export_ = service("nightly-export");
  for (const [i, table] of ["orders", "customers", "stock"].entries())
    recorder.add(start + 2 * HOUR + i * 4 * MINUTE, "data_exported", {
      actor: export_,
      targets: [{ type: "table", id: table }],
      data: { rows: 400_000 + random.below(200_000) },
    });
  for (let i = 0; i < 600; i++)
    recorder.add(start + 3 * HOUR + i * 300, "sensitive_delete", {
      actor: service("cleanup"),
      targets: [{ type: "draft", id: `old${random.below(1e7)}` }],
    });
  recorder.add(start + 3 * HOUR + 10 * MINUTE, "data_bulk_deleted", {
    actor: service("cleanup"),
    targets: [{ type: "table", id: "carts" }],
    data: { rows: 80_000 },
  });
  for (let i = 0; i < 400; i++)
    recorder.add(start + 4 * HOUR + i * SECOND, "transaction_payout", {
      actor: service("payroll"),
      money: { amount: "1900.00", currency: "EUR", to: `acc_${i}` },
    });
}

function addPartners(start: number, random: Random, recorder: Recorder): void {
  for (const partner of PARTNERS) {
    const client = { ip: `192.0.2.${70 + PARTNERS.indexOf(partner)}`, userAgent: "okhttp/4.12.0" };
    for (let at = random.below(MINUTE); at < DAY; at += 20 * SECOND + random.below(60 * SECOND)) {
      const actor = service(partner);
      recorder.add(
        start + at,
        "apikey_used",
        { actor, client, targets: [{ type: "apikey", id: `key_${partner}` }] },
        "partner-api",
      );
      if (random.next() < 0.002)
        recorder.add(start + at + SECOND, "excess_rate_limit_exceeded", { actor, client }, "partner-api");
    }
  }
}

/** Follows links that are gone. */
function addSearchEngine(start: number, random: Random, recorder: Recorder): void {
  for (let at = random.below(MINUTE); at < DAY; at += 10 * SECOND + random.below(100 * SECOND)) {
    const path = `/old/p${random.below(5000)}`;
    recorder.add(start + at, "api_request", {
      outcome: "failure",
      client: ROBOT,
      request: { method: "GET", path, route: "*", status: 404 },
    });
  }
}

function addRelease(time: number, recorder: Recorder): void {
  recorder.add(time, "sys_shutdown", {});
  recorder.add(time + 4 * SECOND, "sys_startup", {});
}

/** Three minutes in which the database does not answer: errors for everybody, and one crash. */
function addOutage(time: number, random: Random, recorder: Recorder): void {
  recorder.add(time, "sys_crash", {});
  recorder.add(time + 9 * SECOND, "sys_startup", {});
  for (let i = 0; i < 900; i++) {
    const office = random.next() < 0.5;
    const ip = office
      ? `198.51.100.${10 + random.below(8)}`
      : `10.0.${random.below(20)}.${random.below(250)}`;
    const route = random.pick(["/orders", "/orders/:id", "/customers/:id", "/reports", "/login", "/search"]);
    const client = {
      ip,
      userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    };
    const request = { method: "GET", path: route, route, status: 503 };
    const at = time + random.below(3 * MINUTE);
    if (route === "/login")
      recorder.add(at, "authn_login_fail", {
        outcome: "error",
        reason: "unavailable",
        actor: { type: "user", id: `u${random.below(3000)}` },
        client,
        request,
      });
    else recorder.add(at, "api_request", { outcome: "error", client, request });
  }
}
