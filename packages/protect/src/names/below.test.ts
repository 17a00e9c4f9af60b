// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createProtector } from "../protector.js";

const protector = createProtector();

/** What is stored of `data`. */
function stored(data: unknown): unknown {
  const event: Record<string, unknown> = { action: "x", data: structuredClone(data) };
  protector.protect(event);
  expect(protector.protect(event)).toBeNull();
  return event["data"];
}

describe("the name of the object above", () => {
  it.each([
    [{ card: { number: "4111 1111 1111 1112" } }, { card: { number: "[removed:card]" } }],
    [{ cards: [{ number: 4111111111111111 }] }, { cards: [{ number: "[masked:card 411111******1111]" }] }],
    [{ user: { ssn: { value: "123-45-6789" } } }, { user: { ssn: { value: "[removed:ssn]" } } }],
    [{ api: { key: "abc" } }, { api: { key: "[removed:api_key]" } }],
    [{ session: { id: "abc123" } }, { session: { id: "[removed:session]" } }],
    [{ otp: { code: "123456" } }, { otp: { code: "[removed:otp]" } }],
    [{ phone: { number: "0151 2345678" } }, { phone: { number: "[masked:phone]" } }],
    [
      { customer: { phones: [{ value: "0151 2345678" }] } },
      { customer: { phones: [{ value: "[masked:phone]" }] } },
    ],
  ])("makes a secret of %j", (data, expected) => {
    expect(stored(data)).toEqual(expected);
  });

  it.each([
    { login: { code: 200 } },
    { status: { code: 401 } },
    { cache: { key: "user:1" } },
    { primary: { key: "id" } },
    { public: { key: "abc" } },
    { order: { number: 123456789 } },
    { session: { count: 3, type: "web" } },
    { card: { brand: "visa", exp: "12/27" } },
  ])("leaves %j", (data) => {
    expect(stored(data)).toEqual(data);
  });

  it("is bounded for a sender who invents names, and decides the same afterwards", () => {
    for (let i = 0; i < 3000; i++) stored({ [`a${i}`]: { [`b${i}`]: "x" } });
    expect(stored({ card: { number: "4111 1111 1111 1112" } })).toEqual({
      card: { number: "[removed:card]" },
    });
  });
});

describe("a value beside its name", () => {
  it.each([
    [
      { key: "db.password", value: "hunter2x" },
      { key: "db.password", value: "[removed:password]" },
    ],
    [
      { type: "password", value: "hunter2x" },
      { type: "password", value: "[removed:password]" },
    ],
  ])("is a secret in %j", (data, expected) => {
    expect(stored({ entry: data })).toEqual({ entry: expected });
  });

  it.each([
    { key: "db.host", value: "db1" },
    { type: "token", value: "count" },
    { type: "card", value: "hearts" },
  ])("stays in %j", (data) => {
    expect(stored({ entry: data })).toEqual({ entry: data });
  });
});
