// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createProtector } from "./protector.js";

const protector = createProtector();
const JWT = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxIn0", "s".repeat(43)].join(".");

/** Protects a copy and gives what became of it and the list as `path how kind`. */
function protect(event: Record<string, unknown>): { event: unknown; fields: string[] } {
  const copy = JSON.parse(JSON.stringify(event)) as Record<string, unknown>;
  const fields = protector.protect(copy) ?? [];
  const once = JSON.stringify(copy);
  expect(protector.protect(copy)).toBeNull();
  expect(JSON.stringify(copy)).toBe(once);
  return { event: copy, fields: fields.map(({ path, how, kind }) => `${path} ${how} ${kind}`) };
}

describe("by name", () => {
  it("removes the value at any depth, in any spelling", () => {
    const { event, fields } = protect({
      data: {
        a: [{ "X-Api-Key": "k" }, { deep: { dbPass: "p" } }],
        Password: "x",
        tokens: ["a", "b"],
        "odd name token": "t",
      },
    });
    expect(event).toEqual({
      data: {
        a: [{ "X-Api-Key": "[removed:api_key]" }, { deep: { dbPass: "[removed:password]" } }],
        Password: "[removed:password]",
        tokens: "[removed:token]",
        "odd name token": "[removed:token]",
      },
    });
    expect(fields).toEqual([
      "data.a[0].X-Api-Key removed api_key",
      "data.a[1].deep.dbPass removed password",
      "data.Password removed password",
      "data.tokens removed token",
      'data["odd name token"] removed token',
    ]);
  });

  it("removes numbers and whole objects, and leaves what says nothing", () => {
    const { event } = protect({
      data: {
        pin: 1234,
        password: { old: "a", new: "b" },
        secret: ["x"],
        token: true,
        api_key: null,
        passwd: "",
        cvv: "none",
        otp: "sms",
        tokens: 1532,
        pwd: "********",
        creditCard: "visa",
        card_number: "1111",
      },
    });
    expect(event).toEqual({
      data: {
        pin: "[removed:pin]",
        password: "[removed:password]",
        secret: "[removed:secret]",
        token: true,
        api_key: null,
        passwd: "",
        cvv: "none",
        otp: "sms",
        tokens: 1532,
        pwd: "********",
        creditCard: "visa",
        card_number: "1111",
      },
    });
  });

  it("keeps the names of cookies and looks into credentials", () => {
    const { event } = protect({
      data: {
        cookies: { sid: "abc", theme: "dark" },
        credentials: { user: "bob", password: "x" },
        auth: { username: "bob", password: "x" },
      },
    });
    expect(event).toEqual({
      data: {
        cookies: { sid: "[removed:cookie]", theme: "[removed:cookie]" },
        credentials: { user: "bob", password: "[removed:password]" },
        auth: { username: "bob", password: "[removed:password]" },
      },
    });
    expect(protect({ data: { auth: "bob:x", credentials: "abc" } }).fields).toEqual([
      "data.auth removed authorization",
      "data.credentials removed credentials",
    ]);
  });

  it("follows names that stand in values", () => {
    const { event, fields } = protect({
      changes: [
        { field: "password", from: "a", to: "b" },
        { field: "user.apiKey", from: "a", to: "b" },
        { field: "role", from: "user", to: "admin" },
      ],
      data: {
        headers: [{ name: "Authorization", value: "abc" }],
        rawHeaders: ["Host", "x", "X-Api-Key", "abc", "Accept", "*/*"],
        argv: ["node", "--password", "hunter2", "--port", "80"],
        missing: ["password", "email"],
        _invalid: [{ field: "token", reason: "not text", value: { a: 1 } }],
      },
    });
    expect(event).toEqual({
      changes: [
        { field: "password", from: "[removed:password]", to: "[removed:password]" },
        { field: "user.apiKey", from: "[removed:api_key]", to: "[removed:api_key]" },
        { field: "role", from: "user", to: "admin" },
      ],
      data: {
        headers: [{ name: "Authorization", value: "[removed:authorization]" }],
        rawHeaders: ["Host", "x", "X-Api-Key", "[removed:api_key]", "Accept", "*/*"],
        argv: ["node", "--password", "[removed:password]", "--port", "80"],
        missing: ["password", "email"],
        _invalid: [{ field: "token", reason: "not text", value: "[removed:token]" }],
      },
    });
    expect(fields.slice(0, 2)).toEqual([
      "changes[0].from removed password",
      "changes[0].to removed password",
    ]);
  });

  it("knows a working directory", () => {
    expect(protect({ data: { PWD: "/srv/app", pwd: "/srv/app" } }).fields).toEqual([
      "data.pwd removed password",
    ]);
  });
});

describe("by content", () => {
  it("masks inside free text and lists every kind once", () => {
    const { event, fields } = protect({
      message: `alice@example.com and bob@example.com used Bearer ${"a1".repeat(10)}`,
      reason: "password=hunter2",
      request: { path: "/login?password=x&email=a%40b.example", method: "POST" },
    });
    expect(event).toEqual({
      message: "[masked:email] and [masked:email] used Bearer [masked:bearer]",
      reason: "password=[masked:password]",
      request: { path: "/login?password=[masked:password]&email=[masked:email]", method: "POST" },
    });
    expect(fields).toEqual([
      "message masked email",
      "message masked bearer",
      "reason masked password",
      "request.path masked password",
      "request.path masked email",
    ]);
  });

  it("finds cards in numbers, and leaves identifiers and times", () => {
    const card = 4111111111111111;
    const { event } = protect({
      data: {
        value: card,
        list: [card],
        order_id: card,
        ids: [card],
        ts: 1763805600123,
        card_number: card,
        orderId: String(card),
      },
    });
    const masked = "[masked:card 411111******1111]";
    expect(event).toEqual({
      data: {
        value: masked,
        list: [masked],
        order_id: card,
        ids: [card],
        ts: 1763805600123,
        card_number: masked,
        orderId: String(card),
      },
    });
  });

  it("masks a secret used as a name, in the path too, and keeps the order", () => {
    const { event, fields } = protect({
      data: { first: 1, [JWT]: { email: "a@b.example" }, "x@y.example": true, "z@y.example": 2, last: 3 },
    });
    expect(JSON.stringify(event)).toBe(
      '{"data":{"first":1,"[masked:jwt]":{"email":"[masked:email]"},"[masked:email]":true,"[masked:email]#2":2,"last":3}}',
    );
    expect(fields).toEqual([
      'data["[masked:jwt]"] masked jwt',
      'data["[masked:jwt]"].email masked email',
      'data["[masked:email]"] masked email',
      'data["[masked:email]#2"] masked email',
    ]);
  });
});

describe("identity fields", () => {
  it("keeps e-mail addresses and digits", () => {
    const event = {
      id: "4111111111111111",
      source: { app: "alice@example.com" },
      actor: {
        type: "user",
        id: "alice@example.com",
        email: "alice@example.com",
        name: "Alice",
        onBehalfOf: { id: "b@example.com" },
      },
      targets: [{ type: "user", id: "4111111111111111", name: "bob@example.com" }],
      client: { userAgent: "Bot (bot@example.com)" },
    };
    expect(protect(event)).toEqual({ event, fields: [] });
  });

  it("masks a real secret whole", () => {
    const { event, fields } = protect({
      id: JWT,
      action: "password=x",
      actor: { id: `user ${JWT}`, name: "4111 1111 1111 1111", password: "x" },
      targets: [{ id: "postgres://u:p@h/d" }],
      client: { userAgent: "curl token=abc" },
    });
    expect(event).toEqual({
      id: "[masked:jwt]",
      action: "[masked:password]",
      actor: { id: "[masked:jwt]", name: "[masked:card]", password: "[removed:password]" },
      targets: [{ id: "[masked:url_password]" }],
      client: { userAgent: "[masked:token]" },
    });
    expect(fields).toContain("targets[0].id masked url_password");
  });
});

describe("hostile events", () => {
  it("takes the names of prototypes as data", () => {
    const text =
      '{"data":{"__proto__":{"password":"x"},"constructor":{"prototype":{"token":"y"}},"a":{"__proto__":"password=z"}}}';
    const event = JSON.parse(text) as Record<string, unknown>;
    protector.protect(event);
    expect(JSON.stringify(event)).toBe(
      '{"data":{"__proto__":{"password":"[removed:password]"},"constructor":{"prototype":{"token":"[removed:token]"}},"a":{"__proto__":"password=[masked:password]"}}}',
    );
    expect(({} as { password?: string }).password).toBeUndefined();
  });

  it("hides what is nested too deep", () => {
    const event = JSON.parse(`${'{"a":'.repeat(5000)}"x"${"}".repeat(5000)}`) as Record<string, unknown>;
    const fields = protector.protect(event);
    expect(fields).toHaveLength(1);
    expect(fields?.[0]).toMatchObject({ how: "removed", kind: "too_deep" });
    expect(JSON.stringify(event)).toContain("[removed:too_deep]");
    expect(protector.protect(event)).toBeNull();
  });

  it("keeps what is nested as deep as an event may be", () => {
    const text = `${'{"a":'.repeat(34)}"x"${"}".repeat(34)}`;
    expect(protector.protect(JSON.parse(text) as Record<string, unknown>)).toBeNull();
  });

  it("ends on circles", () => {
    const event: Record<string, unknown> = { data: {} };
    (event["data"] as Record<string, unknown>)["self"] = event;
    expect(protector.protect(event)).not.toBeNull();
    expect(() => JSON.stringify(event)).not.toThrow();
  });

  it("hides what it cannot write or read", () => {
    const throwing = {
      get boom(): string {
        throw new Error("no");
      },
    };
    const event = {
      data: { frozen: Object.freeze({ password: "x" }), throwing, bytes: new Uint8Array([1, 2]), fine: "y" },
    };
    expect(protector.protect(event)).toHaveLength(3);
    expect(event.data).toEqual({
      frozen: "[removed:undecided]",
      throwing: "[removed:undecided]",
      bytes: "[removed:binary]",
      fine: "y",
    });
    expect(() => protector.protect(Object.freeze({ password: "x" }))).toThrow(TypeError);
  });

  it("looks at what JSON would write", () => {
    const event = {
      data: {
        link: new URL("https://u:p@h.example/"),
        at: new Date(0),
        own: { toJSON: () => ({ token: "x" }) },
      },
    };
    protector.protect(event);
    expect(event.data).toEqual({
      link: "https://u:[masked:url_password]@h.example/",
      at: "1970-01-01T00:00:00.000Z",
      own: { token: "[removed:token]" },
    });
  });

  it("stays in its place when an event logs another", () => {
    const inner = { data: { password: "x" } };
    const event = { data: { a: { toJSON: () => (protector.protect(inner), "a") }, b: { token: "x" } } };
    expect(protector.protect(event)?.map(({ path }) => path)).toEqual(["data.b.token"]);
    expect(inner.data.password).toBe("[removed:password]");
  });

  it("bounds the list of what it hid", () => {
    const event = {
      data: {
        list: Array.from({ length: 500 }, (_, i) => `u${i}@example.com`),
        ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, "a@b.example"])),
      },
    };
    const fields = protector.protect(event) ?? [];
    expect(fields).toHaveLength(64);
    expect(fields[0]).toEqual({ path: "data.list[*]", how: "masked", kind: "email" });
    expect(fields.at(-1)).toEqual({ path: "*", how: "masked", kind: "more" });
  });

  it("gives thousands of secret names other names in bounded time", () => {
    const event = {
      data: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`u${i}@example.com`, i])),
    };
    const start = performance.now();
    protector.protect(event);
    expect(performance.now() - start).toBeLessThan(5000);
    expect(Object.keys(event.data)).toHaveLength(5000);
  });
});

describe("policy", () => {
  it("is a stable name that changes with the options", () => {
    expect(protector.policy).toMatch(/^[0-9a-f]{16}$/);
    expect(createProtector().policy).toBe(protector.policy);
    expect(createProtector({ secretNames: ["badge"] }).policy).not.toBe(protector.policy);
  });
});
