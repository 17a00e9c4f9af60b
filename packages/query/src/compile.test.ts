// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { describe, expect, test } from "vitest";
import { compileFilter } from "./compile.js";
import { parseQuery } from "./parse.js";

const NOW = Date.UTC(2026, 10, 22, 12);

const EVENT: SecurityEvent = {
  received: "2026-11-22T10:00:00.200Z",
  via: "k1",
  v: 1,
  id: "0190f3a0-0000-7000-8000-000000000001",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop-api", env: "prod" },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
  reason: "bad_password",
  message: "User login attempt",
  actor: { type: "user", id: "Alice", roles: ["staff", "Admin"] },
  targets: [
    { type: "order", id: "o1" },
    { type: "user", id: "bob" },
  ],
  client: { ip: "::ffff:192.168.1.10", userAgent: "curl/8.1" },
  request: { status: 401, path: "/login" },
  changes: [{ field: "role", from: "user", to: ["admin", "auditor"] }],
  money: { amount: "100.50", currency: "EUR" },
  data: {
    cart: 5,
    "a.b": "dotted",
    order: { id: "X7", lines: [{ sku: "A1", n: 2 }, { sku: "B2" }] },
    tags: ["red", "Blue"],
    empty: [],
    nothing: null,
    quote: 'say "hi"',
  },
};

const found = (query: string) => compileFilter(parseQuery(query), { now: NOW })(EVENT);

describe("compileFilter finds", () => {
  const cases = [
    "",
    "login",
    '"login attempt"',
    "BAD_PASSWORD",
    "lo?in",
    "user:alice",
    "role:admin",
    "target:BOB",
    "action:authn_*",
    "message:attempt",
    "client.userAgent:curl",
    "status:401",
    "status:4*",
    "status:[400 TO 499]",
    "status:>=401",
    "duration:>5 OR level:warn",
    "ip:192.168.1.10",
    "ip:192.168.0.0/16",
    "ip:*.168.*",
    "ip:[192.168.0.0 TO 192.168.255.255]",
    "time:2026-11-22",
    "time:>now-3h",
    "received:[now-1d TO now]",
    "changes.to:admin",
    "changes.from:user",
    "amount:100.5",
    "amount:>100",
    "data.cart:5",
    "data.cart:>4",
    "data.a\\.b:dotted",
    "data.order.id:x7",
    "data.order.lines.sku:b2",
    "data.order.lines.0.sku:a1",
    "data.tags:blue",
    "data.tags:*",
    "data.empty:*",
    "_exists_:data",
    "_exists_:money.amount",
    "actor:*",
    "-user:bob",
    "NOT data.nope:1",
    "X7",
    "lines",
    '"say \\"hi\\""',
    "user:(bob OR alice)",
    "-data.nothing:*",
  ];
  test.each(cases)("%s", (query) => {
    expect(found(query)).toBe(true);
  });
});

describe("compileFilter does not find", () => {
  const cases = [
    "logout",
    "user:alic",
    "user:ali?",
    "status:404",
    "status:<401",
    "ip:10.0.0.0/8",
    "ip:192.168.1.1",
    "time:2026-11-21",
    "time:>2026-11-22",
    "time:<now-1d",
    "changes.to:user",
    "amount:>100.5",
    "data.cart:>5",
    "data.nope:*",
    "data.nothing:*",
    "data.order:X7",
    "data.__proto__:*",
    "data.constructor:*",
    "data.tags.length:2",
    "protected:*",
    "NOT login",
    "login AND -curl",
    "data.order.lines.01.sku:a1",
  ];
  test.each(cases)("%s", (query) => {
    expect(found(query)).toBe(false);
  });
});
