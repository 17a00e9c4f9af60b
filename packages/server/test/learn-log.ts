// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import type { SealedBatch } from "../src/follow/follower.js";

const HOUR = 3_600_000;
/** A Monday. */
export const START = Date.parse("2026-08-31T00:00:00.000Z");

/** Parts of a made-up event. */
export interface Made {
  /** Hours since `START`. */
  at: number;
  user?: string;
  type?: "user" | "service" | "anonymous";
  role?: string;
  action?: string;
  outcome?: SecurityEvent["outcome"];
  level?: SecurityEvent["level"];
  app?: string;
  route?: string;
  country?: string;
  ip?: string;
  agent?: string;
  via?: string;
  tenant?: string;
  /** The source's own time, when it is not `at`. */
  time?: string;
}

let serial = 0;

export function make(made: Made): SecurityEvent {
  const received = new Date(Math.round(START + made.at * HOUR)).toISOString();
  const { user, type = "user", role, country, ip, agent, route, tenant } = made;
  return {
    received,
    via: made.via ?? "ingest_a",
    ...(tenant === undefined ? {} : { tenant }),
    v: 1,
    id: `e${serial++}`,
    time: made.time ?? received,
    source: { app: made.app ?? "shop" },
    action: made.action ?? "authn_login_success",
    outcome: made.outcome ?? "success",
    level: made.level ?? "info",
    ...(user === undefined
      ? {}
      : { actor: { type, id: user, ...(role === undefined ? {} : { roles: [role] }) } }),
    client: {
      ...(ip === undefined ? {} : { ip }),
      ...(country === undefined ? {} : { country }),
      ...(agent === undefined ? {} : { userAgent: agent }),
    },
    ...(route === undefined ? {} : { request: { route } }),
  };
}

export function heartbeat(at: number): SecurityEvent {
  return make({ at, via: "telltale", app: "telltale", action: "telltale_heartbeat" });
}

/**
 * Ordinary weeks: each user signs in at 9 and 14 and does four things in each hour between on working days; a service
 * runs at 02:00 each night; visitors come at all hours; Telltale is alive. By time.
 *
 * @param skip events that did not happen
 */
export function ordinary(
  days: number,
  { users = 8, from = 0, skip }: { users?: number; from?: number; skip?: (made: Made) => boolean } = {},
): SecurityEvent[] {
  const made: Made[] = [];
  const events: { at: number; event: SecurityEvent }[] = [];
  for (let day = from; day < days; day++) {
    for (let tick = 0; tick < 288; tick++) {
      const at = day * 24 + tick / 12;
      events.push({ at, event: heartbeat(at) });
    }
    for (let hour = 0; hour < 24; hour++)
      for (let i = 0; i < 20 + ((day + hour) % 5); i++)
        made.push({
          at: day * 24 + hour + i / 30 + 0.01,
          app: "site",
          route: "/pages",
          action: "api_request",
        });
    for (let i = 0; i < 12; i++)
      made.push({
        at: day * 24 + 2 + i / 60,
        user: "batch",
        type: "service",
        action: "data_exported",
        level: "warn",
        app: "jobs",
        ip: "9.9.9.9",
        agent: "batch/1",
      });
    if (day % 7 >= 5) continue;
    for (let user = 0; user < users; user++) made.push(...workday(day, `user-${user}`));
  }
  for (const each of made) if (skip?.(each) !== true) events.push({ at: each.at, event: make(each) });
  return events.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

/** What one user does on a working day. */
export function workday(day: number, user: string): Made[] {
  const made: Made[] = [];
  const who = {
    user,
    role: "clerk",
    country: "DE",
    ip: "8.8.4.4",
    agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/149.0",
  };
  for (let hour = 9; hour < 15; hour++) {
    const at = day * 24 + hour + (Number(user.split("-")[1]) % 10) / 100;
    if (hour === 9 || hour === 14) made.push({ ...who, at });
    for (let i = 1; i <= 4; i++)
      made.push({ ...who, at: at + i / 8, action: "sensitive_read", level: "warn", route: "/orders/:id" });
  }
  return made;
}

/** Cuts events into batches as the runner gives them; `sizes` are used in turn. */
export function toBatches(
  events: readonly SecurityEvent[],
  sizes: readonly number[],
  first = 0,
): SealedBatch[] {
  const batches: SealedBatch[] = [];
  for (let at = 0, turn = 0; at < events.length; turn++) {
    const some = events.slice(at, at + Math.max(1, sizes[turn % sizes.length] ?? 1));
    const lines = some.map((event) => Buffer.from(`${JSON.stringify(event)}\n`));
    let end = 0;
    batches.push({
      log: "main",
      first: first + at,
      count: some.length,
      bytes: Buffer.concat(lines),
      ends: Uint32Array.from(lines, (each) => (end += each.length)),
    });
    at += some.length;
  }
  return batches;
}
