// SPDX-License-Identifier: Apache-2.0
// A made-up company of 500 users for `npm run measure:learn`: lead-in weeks, then a month in which six odd things happen.
// Ordinary life is in it on purpose: shifts, home offices, travel, new devices, new staff, leave, holidays, busy days.
import { Random } from "@telltale/testkit";
import {
  address,
  AGENTS,
  DAY,
  event,
  FAR,
  HOLIDAYS,
  HOUR,
  LEAD_DAYS,
  MONTH_DAYS,
  START,
  toClient,
  toDeed,
  USERS,
} from "./events.mjs";
import { plan } from "./oddities.mjs";

const COLLEAGUES = ["AT", "CH", "US", "IN", "NL", "FR", "GB"];
/** name, head count, app, events per working hour, [deed, weight]s, [rare deed, chance per week]s. */
const ROLES = [
  [
    "support",
    130,
    "backoffice",
    7,
    [
      ["read", 6],
      ["update", 2],
      ["order", 1],
    ],
    [["refund", 0.3]],
  ],
  [
    "sales",
    110,
    "crm",
    4,
    [
      ["contact", 5],
      ["deal", 4],
      ["read", 1],
    ],
    [["export", 0.15]],
  ],
  [
    "warehouse",
    90,
    "backoffice",
    5,
    [
      ["stock", 8],
      ["order", 2],
    ],
    [],
  ],
  [
    "finance",
    50,
    "billing",
    4,
    [
      ["authorize", 5],
      ["read", 2],
      ["report", 2],
      ["refund", 1],
    ],
    [
      ["payout", 0.8],
      ["limit", 0.1],
    ],
  ],
  [
    "manager",
    40,
    "backoffice",
    2,
    [
      ["report", 6],
      ["read", 2],
      ["deal", 1],
    ],
    [
      ["export", 0.5],
      ["update", 0.3],
    ],
  ],
  [
    "admin",
    20,
    "backoffice",
    3,
    [
      ["config", 2],
      ["userCreate", 2],
      ["grant", 2],
      ["read", 1],
    ],
    [
      ["key", 0.4],
      ["impersonate", 0.3],
      ["export", 0.2],
    ],
  ],
  [
    "customer",
    60,
    "shop-api",
    3,
    [
      ["order", 3],
      ["read", 3],
    ],
    [["update", 0.2]],
  ],
];

/** id, app, hours at which it runs, events each time, deeds. */
const SERVICES = [
  ["svc-billing-batch", "billing", [2], 60, ["authorize"]],
  ["svc-report-export", "backoffice", [5], 12, ["export"]],
  ["svc-crm-sync", "crm", Array.from({ length: 24 }, (_, i) => i), 14, ["contact"]],
  ["svc-stock-feed", "shop-api", Array.from({ length: 24 }, (_, i) => i), 20, ["stock"]],
  ["svc-payout", "billing", [8, 16], 15, ["payout"]],
  ["svc-cleanup", "backoffice", [3], 8, ["update"]],
];

function gauss(random) {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

function poisson(random, mean) {
  if (mean > 40) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gauss(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}

function makeUser(random, id, [role, , app, pace, deeds, rare]) {
  const branch = random.next();
  const [country, zone] =
    branch < 0.72 ? ["DE", 1] : branch < 0.82 ? ["AT", 1] : branch < 0.92 ? ["US", -5] : ["IN", 5];
  const arrives = random.next() < 0.04 ? LEAD_DAYS + random.below(20) : 0;
  const user = {
    id,
    role,
    app,
    deeds,
    rare,
    country,
    zone,
    arrives,
    pace: pace * Math.exp(0.3 * gauss(random)),
    begins: (role === "customer" ? 17 : role === "warehouse" ? 6 : 8.5) + 0.8 * gauss(random),
    length: role === "customer" ? 4 : 8,
    agents: [random.pick(AGENTS)],
    home: address(random, 80 + random.below(12)),
    office: `62.${USERS % 200}.${["DE", "AT", "US", "IN"].indexOf(country)}.10`,
    leave: [],
    trips: [],
  };
  if (random.next() < 0.4) user.agents.push(random.pick(AGENTS));
  if (random.next() < 0.3) user.leave.push([random.below(LEAD_DAYS + MONTH_DAYS), 5 + random.below(10)]);
  if (role !== "customer" && random.next() < 0.09) {
    const to = random.pick(random.next() < 0.9 ? COLLEAGUES : FAR);
    user.trips.push([random.below(LEAD_DAYS + MONTH_DAYS), 2 + random.below(5), to]);
  }
  return user;
}

/** One company, one seed: its days are made in order. */
export class Company {
  constructor(seed) {
    this.random = new Random(seed);
    this.users = [];
    for (const role of ROLES)
      for (let i = 0; i < role[1]; i++) this.users.push(makeUser(this.random, `${role[0]}-${i + 1}`, role));
    this.services = SERVICES.map(([id, app, hours, count, deeds], i) => ({
      id,
      app,
      hours,
      count,
      deeds,
      ip: `62.9.9.${i + 1}`,
    }));
    this.oddities = plan(this);
    /** What happens after midnight UTC of a day that was made: it belongs to the next. */
    this.later = [];
  }

  /** Every event of a day, by time. `received` is the time: nothing comes late here. */
  day(number) {
    const events = this.later;
    const start = START + number * DAY;
    const weekday = number % 7;
    const company = Math.exp(0.12 * gauss(this.random)) * (HOLIDAYS.has(number) ? 0.6 : 1);
    for (const user of this.users) this.#userDay(events, user, { number, start, weekday, company });
    for (const service of this.services) this.#serviceDay(events, service, start);
    this.#strangers(events, start, weekday);
    for (const oddity of this.oddities) if (oddity.add !== undefined) oddity.add(number, start, events, this);
    for (let at = 0; at < DAY; at += 300_000)
      events.push(event(start + at, { via: "telltale", app: "telltale", action: "telltale_heartbeat" }));
    const silent = this.oddities.find(({ silences }) => silences !== undefined).silences;
    this.later = events.filter(({ ms }) => ms >= start + DAY);
    return events
      .filter(({ ms }) => ms < start + DAY)
      .filter(({ source, ms }) => source.app !== silent.app || ms < silent.from || ms >= silent.to)
      .sort((a, b) => a.ms - b.ms);
  }

  #userDay(events, user, { number, start, weekday, company }) {
    const { random } = this;
    if (number < user.arrives || user.leave.some(([from, days]) => number >= from && number < from + days))
      return;
    const customer = user.role === "customer";
    const off = weekday >= 5 || HOLIDAYS.has(number);
    const presence = customer ? 0.35 : off ? (user.role === "warehouse" && weekday === 5 ? 0.5 : 0.04) : 0.94;
    this.#drift(user);
    if (random.next() > presence) return;
    const trip = user.trips.find(([from, days]) => number >= from && number < from + days);
    const where = this.#whereabouts(user, trip);
    // Shifts change by the week; the others have their hours, more or less.
    const shift = user.role === "warehouse" && Math.floor(number / 7) % 2 === 1 ? 8 : 0;
    const begins = user.begins + shift - user.zone + 0.5 * gauss(random);
    const length = user.length * (off && !customer ? 0.4 : 1) + 0.5 * gauss(random);
    const spans = [[begins, begins + length]];
    if (!customer && random.next() < 0.05) spans.push([19.5 - user.zone + random.next(), 21.5 - user.zone]);
    // On call: administrators are called at any hour.
    if (user.role === "admin" && random.next() < 0.08) {
      const hour = random.next() * 24;
      spans.push([hour, hour + 0.7]);
    }
    const busy = Math.exp(0.3 * gauss(random)) * (random.next() < 0.01 ? 2 : 1);
    for (const [from, to] of spans)
      this.#span(events, user, { start, from, to, where, pace: user.pace * busy * company });
  }

  /** Devices and home addresses change now and then; so do tasks. */
  #drift(user) {
    const { random } = this;
    if (random.next() < 0.0015) user.agents[0] = random.pick(AGENTS);
    if (random.next() < 0.03) user.home = address(random, 80 + random.below(12));
    if (random.next() < 0.0002 && user.role !== "customer") {
      const role = random.pick(ROLES.slice(0, 6));
      user.role = role[0];
      user.deeds = role[4];
      user.rare = role[5];
    }
  }

  #whereabouts(user, trip) {
    const { random } = this;
    const agent = random.pick(user.agents);
    if (trip !== undefined) return { country: trip[2], ip: address(random, 100 + random.below(20)), agent };
    const atHome = user.role === "customer" || random.next() < 0.35;
    const mobile = random.next() < 0.1;
    const ip = mobile ? address(random, 90 + random.below(3)) : atHome ? user.home : user.office;
    return { country: user.country, ip, agent };
  }

  #span(events, user, { start, from, to, where, pace }) {
    const { random } = this;
    const begin = start + from * HOUR;
    const who = {
      via: "ingest_a",
      actor: { type: "user", id: user.id, roles: [user.role] },
      client: toClient(where),
    };
    if (random.next() < 0.04)
      events.push(
        event(begin - 20_000, {
          ...who,
          app: "auth",
          action: "authn_login_fail",
          outcome: "failure",
          level: "warn",
          route: "/login",
        }),
      );
    events.push(event(begin, { ...who, app: "auth", action: "authn_login_success", route: "/login" }));
    for (let hour = from; hour < to; hour++) {
      const share = Math.min(1, to - hour);
      const count = poisson(random, pace * share * Math.exp(0.35 * gauss(random)));
      for (let i = 0; i < count; i++)
        this.#deed(events, user, who, start + (hour + random.next() * share) * HOUR);
    }
    for (const [rare, weekly] of user.rare)
      if (random.next() < weekly / 5)
        events.push(toDeed(begin + random.next() * (to - from) * HOUR, rare, user.app, who));
  }

  #deed(events, user, who, ms) {
    let at = this.random.next() * user.deeds.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [deed, weight] of user.deeds) {
      at -= weight;
      if (at > 0) continue;
      events.push(toDeed(ms, deed, user.app, who));
      return;
    }
  }

  #serviceDay(events, { id, app, hours, count, deeds, ip }, start) {
    const { random } = this;
    const who = {
      via: "ingest_b",
      actor: { type: "service", id },
      client: { ip, userAgent: `${id}/2.1`, country: "DE" },
    };
    for (const hour of hours) {
      const n = poisson(random, count);
      for (let i = 0; i < n; i++)
        events.push(toDeed(start + (hour + 0.05 + random.next() * 0.5) * HOUR, random.pick(deeds), app, who));
    }
  }

  /** Visitors without an account: they make the volume of the shop, and its quiet nights. */
  #strangers(events, start, weekday) {
    const { random } = this;
    const factor = (weekday >= 5 ? 1.3 : 1) * Math.exp(0.15 * gauss(random));
    for (let hour = 0; hour < 24; hour++) {
      const mean = factor * (4 + 50 * Math.max(0, Math.sin(((hour - 5) / 18) * Math.PI)));
      const n = poisson(random, mean * Math.exp(0.15 * gauss(random)));
      for (let i = 0; i < n; i++)
        events.push(
          event(start + (hour + random.next()) * HOUR, {
            via: "ingest_c",
            app: "shop-api",
            action: "api_request",
            outcome: "unknown",
            route: random.pick(["/products", "/cart", "/search"]),
          }),
        );
    }
  }
}
