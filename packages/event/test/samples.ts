// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "../src/shape.js";

const bare: SecurityEvent = {
  received: "2026-11-22T10:00:01.000Z",
  via: "k1",
  v: 1,
  id: "0192f000-0000-7000-8000-000000000001",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop-api" },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
};

const full: SecurityEvent = {
  ...bare,
  tenant: "acme",
  source: {
    app: "shop-api",
    version: "1.4.2",
    env: "production",
    instance: "web-1",
    boot: "b",
    seq: 7,
    prev: "p",
  },
  reason: "bad_password",
  message: "Alice could not sign in",
  actor: {
    type: "user",
    id: "u1",
    name: "alice",
    email: "alice@example.com",
    roles: ["admin", "billing"],
    session: "s1",
    onBehalfOf: { id: "u2", name: "bob" },
  },
  targets: [
    { type: "order", id: "o1", name: "Order 1" },
    { type: "user", id: "u3", name: "carol" },
    { type: "file" },
  ],
  client: {
    ip: "203.0.113.7",
    port: 50123,
    userAgent: "Mozilla/5.0",
    country: "DE",
    asn: 64496,
    org: "Example Net",
    device: "d1",
  },
  request: {
    id: "r1",
    trace: "4bf92f3577b34da6a3ce929d0e0e4736",
    method: "POST",
    path: "/login",
    route: "/login",
    status: 401,
    durationMs: 1.5,
  },
  changes: [{ field: "role", from: "user", to: ["admin", { scope: "all" }] }],
  money: { amount: "12.50", currency: "EUR", from: "a1", to: "a2" },
  data: { keep: { empty: {}, none: [] }, "a.b": 1 },
  protected: { policy: "p1", fields: [{ path: "data.password", how: "removed", kind: "password" }] },
};

/** One event of every kind that a mapping must cope with, by what is special about it. */
export const SAMPLES: Readonly<Record<string, SecurityEvent>> = {
  "nothing but what is required": bare,
  everything: full,
  "a service without a name": { ...full, actor: { type: "service" }, targets: [] },
  "nobody known": { ...full, actor: { type: "anonymous" }, client: {}, request: {} },
  "an e-mail address alone": { ...bare, actor: { type: "user", email: "alice@example.com" } },
  "an e-mail address that is none": { ...bare, actor: { type: "user", email: "alice at home" } },
  "a target without id": { ...full, targets: [{ type: "user" }] },
  "a client that is no address": {
    ...full,
    client: { ip: "proxy.internal, 203.0.113.7", port: 99_999, asn: -1 },
  },
  "an IPv6 client": { ...full, client: { ip: "2001:db8::7", port: 0 } },
  "a method of its own": { ...full, request: { method: "propfind", status: 207, durationMs: 0 } },
  "a system": {
    ...full,
    actor: { type: "system", name: "cron" },
    targets: [{ type: "user", name: "carol" }],
  },
  "many things": {
    ...full,
    targets: [
      { type: "file", id: "f1" },
      { type: "document", name: "Plan" },
    ],
  },
};
