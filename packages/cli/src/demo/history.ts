// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { browserOf } from "./browsers.js";

/** Somebody whose past is told. */
export interface PastPerson {
  name: string;
  role: string;
  address: string;
}

const DAY_MS = 86_400_000;
const DAYS = 21;

/** One line an event, oldest first: three weeks of people who sign in and order something, at any time of day. */
export function makeHistory(people: readonly PastPerson[], now: number): string[] {
  const events: { time: number; line: string }[] = [];
  for (let day = DAYS; day > 0; day--) {
    for (const person of people) {
      // Not later than an hour ago: then the live ones begin.
      const time = now - day * DAY_MS + Math.floor(Math.random() * (DAY_MS - 3_600_000));
      events.push({ time, line: signIn(person, time) });
      events.push({ time: time + 60_000, line: order(person, time + 60_000) });
    }
  }
  return events.sort((a, b) => a.time - b.time).map(({ line }) => line);
}

function signIn(person: PastPerson, time: number): string {
  return toLine(person, time, { action: "authn_login_success" });
}

function order(person: PastPerson, time: number): string {
  const { name } = person;
  const amount = (5 + Math.random() * 60).toFixed(2);
  return toLine(person, time, {
    action: "transaction_captured",
    money: { amount, currency: "EUR", from: name, to: "shop" },
    targets: [{ type: "order", id: String(Math.floor(1000 + Math.random() * 90_000)) }],
  });
}

function toLine({ name, role, address }: PastPerson, time: number, what: object): string {
  return JSON.stringify({
    v: 1,
    id: randomUUID(),
    time: new Date(time).toISOString(),
    source: { app: "shop" },
    outcome: "success",
    actor: { type: "user", id: name, roles: [role] },
    client: { ip: address, userAgent: browserOf(name) },
    ...what,
  });
}

/** People who only stand in the history: with seven alone nobody could say what is usual for a customer. */
export function pastCustomers(count: number): PastPerson[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `customer-${i + 1}`,
    role: "customer",
    address: `198.51.100.${100 + i}`,
  }));
}
