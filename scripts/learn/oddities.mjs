// SPDX-License-Identifier: Apache-2.0
// The six odd things of `npm run measure:learn`: what is added to the events or taken away, and which anomalies that explains.
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
  W,
} from "./events.mjs";

/** Picks somebody of a role who is there all the month. */
function pickUser(company, role, without) {
  const there = company.users.filter(
    (user) =>
      user.role === role &&
      user.arrives === 0 &&
      user.leave.length === 0 &&
      user.trips.length === 0 &&
      !without.has(user.id),
  );
  const user = company.random.pick(there);
  without.add(user.id);
  return user;
}

/** A working day of the month that is no holiday. */
function pickDay(random, least = 0) {
  for (;;) {
    const day = LEAD_DAYS + least + random.below(MONTH_DAYS - 5 - least);
    if (day % 7 < 5 && !HOLIDAYS.has(day)) return day;
  }
}

function whoOf(user, where = { country: user.country, ip: user.office, agent: user.agents[0] }) {
  return {
    via: "ingest_a",
    actor: { type: "user", id: user.id, roles: [user.role] },
    client: toClient(where),
  };
}

/** The six: who, when, what is added or taken away, and which anomalies they explain. */
export function plan(company) {
  const { random } = company;
  const taken = new Set();
  const stolen = pickUser(company, random.pick(["sales", "support"]), taken);
  const reader = pickUser(company, "support", taken);
  const climber = pickUser(company, random.pick(["support", "warehouse", "sales"]), taken);
  const puller = pickUser(company, random.pick(["sales", "finance"]), taken);
  return [
    takeover(random, stolen),
    burst(random, reader),
    silence(random),
    climb(random, climber),
    slowPull(random, puller),
    oddService(random, company.services[random.pick([0, 4, 5])]),
  ];
}

function of(user, from, to) {
  return ({ entity, time }) => entity.type === "user" && entity.id === user.id && time >= from && time < to;
}

function takeover(random, user) {
  const day = pickDay(random);
  const at = START + day * DAY + (26 + random.next() - user.zone) * HOUR;
  const theirs = AGENTS.find((each) => !user.agents.includes(each));
  const who = whoOf(user, { country: random.pick(FAR), ip: address(random, 177), agent: theirs });
  return {
    name: `takeover: ${user.id} from a new country with a new device at night`,
    add(number, _start, events) {
      if (number !== day + 1) return;
      events.push(event(at, { ...who, app: "auth", action: "authn_login_success", route: "/login" }));
      for (let i = 1; i <= 6; i++) events.push(toDeed(at + i * 60_000, user.deeds[0][0], user.app, who));
    },
    explains: of(user, at - HOUR, at + DAY),
  };
}

function burst(random, user) {
  const day = pickDay(random);
  const at = START + day * DAY + (11 - user.zone + random.next()) * HOUR;
  const count = 250 + random.below(200);
  const mine = of(user, at - HOUR, at + DAY);
  return {
    name: `burst: ${user.id} reads ${count} orders in 30 minutes`,
    add(number, _start, events) {
      if (number !== day) return;
      for (let i = 0; i < count; i++)
        events.push(toDeed(at + (i * 30 * 60_000) / count, "read", user.app, whoOf(user)));
    },
    // The route and the application that carried it may be told of as well.
    explains: (found) =>
      mine(found) ||
      (found.code === "too_much" &&
        found.entity.type !== "user" &&
        found.app === user.app &&
        found.time >= at &&
        found.time < at + HOUR),
  };
}

function silence(random) {
  const app = random.pick(["crm", "billing", "backoffice"]);
  const day = pickDay(random);
  const from = START + day * DAY + (9 + random.below(3)) * HOUR;
  const to = from + 6 * HOUR;
  return {
    name: `silence: ${app} reports nothing for six hours of a working day`,
    silences: { app, from, to },
    explains: (found) =>
      found.app === app &&
      ["silent", "too_little"].includes(found.code) &&
      found.time >= from &&
      found.time < to + 2 * HOUR,
  };
}

function climb(random, user) {
  const day = pickDay(random);
  const at = START + day * DAY + (10 - user.zone + random.next() * 4) * HOUR;
  const deed = random.pick(["grant", "userCreate", "config"]);
  return {
    name: `climb: ${user.id} does ${W[deed][0]}, never done by that user`,
    add(number, _start, events) {
      if (number === day) events.push(toDeed(at, deed, "backoffice", whoOf(user)));
    },
    explains: of(user, at - HOUR, at + DAY),
  };
}

function slowPull(random, user) {
  const day = pickDay(random);
  const from = START + day * DAY;
  const pace = 22 + random.below(10);
  return {
    name: `slow pull: ${user.id} reads ${pace} records an hour for 12 hours, two days long`,
    add(number, start, events) {
      if (number !== day && number !== day + 1) return;
      for (let hour = 8; hour < 20; hour++)
        for (let i = 0; i < pace; i++)
          events.push(
            toDeed(start + (hour - user.zone + random.next()) * HOUR, "read", user.app, whoOf(user)),
          );
    },
    explains: of(user, from, from + 3 * DAY),
  };
}

function oddService(random, service) {
  const day = pickDay(random);
  const hours = Array.from({ length: 24 }, (_, i) => i).filter((hour) =>
    service.hours.every((each) => Math.abs(each - hour) >= 4 && Math.abs(each - hour) <= 20),
  );
  const at = START + day * DAY + (random.pick(hours) + random.next()) * HOUR;
  const actor = { type: "service", id: service.id };
  const client = { ip: service.ip, userAgent: `${service.id}/2.1`, country: "DE" };
  return {
    name: `odd hour: ${service.id} works at ${new Date(at).toISOString().slice(11, 16)} UTC`,
    add(number, _start, events) {
      if (number !== day) return;
      for (let i = 0; i < 5; i++)
        events.push(toDeed(at + i * 1000, service.deeds[0], service.app, { via: "ingest_b", actor, client }));
    },
    explains: of(service, at - HOUR, at + DAY),
  };
}
