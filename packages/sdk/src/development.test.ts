// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test, vi } from "vitest";
import { createConsole } from "./development.js";
import type { SentEvent } from "@telltale/event";

const event: SentEvent = {
  v: 1,
  id: "a",
  time: "2026-11-22T10:00:00.123Z",
  source: { app: "shop" },
  action: "authn_login_fail",
  outcome: "failure",
  level: "warn",
  message: "\u001b[2Jclear",
};

afterEach(() => vi.unstubAllEnvs());

function print(isTTY: boolean, noColour?: string): string {
  vi.stubEnv("NO_COLOR", noColour);
  let text = "";
  createConsole({ isTTY, write: (part) => (text += part) }).print(event);
  return text;
}

test("prints an event as one line, coloured on a terminal, never with the sender's own escapes", () => {
  const line = '2026-11-22T10:00:00.123Z WARN authn_login_fail failure app=shop "␛[2Jclear"';
  expect(print(false)).toBe(`telltale ${line}\n`);
  expect(print(true)).toBe(`\u001b[2mtelltale\u001b[0m \u001b[33m${line}\u001b[0m\n`);
  expect(print(true, "1")).toBe(`telltale ${line}\n`);
});

test("names each route that emits nothing finer once, until it does", () => {
  let text = "";
  const console = createConsole({ write: (part) => (text += part) });
  console.sawRoute("POST /a", false);
  console.sawRoute("POST /a", false);
  console.sawRoute("POST /b", true);
  console.sawRoute("POST /c\n", false);
  expect(text).toBe(
    "telltale POST /a emits nothing finer than api_request\ntelltale POST /c␊ emits nothing finer than api_request\n",
  );
  console.sawRoute("POST /a", true);
  expect(console.coarseRoutes()).toEqual(["POST /c\n"]);
  for (let i = 0; i < 10_000; i++) console.sawRoute(`POST /${i}`, false);
  expect(console.coarseRoutes().length).toBeLessThan(501);
});

test("names each hidden value once for each place in the application, and never the value", () => {
  let text = "";
  let site: string | undefined = "src/login.ts:42";
  const console = createConsole({ write: (part) => (text += part) }, () => site);
  const fields = [
    { path: "data.password", how: "removed" as const, kind: "password" },
    { path: "data.\u001b[2J", how: "masked" as const, kind: "email" },
  ];
  const hiding: SentEvent = { ...event, message: "x", protected: { policy: "p", fields } };
  console.print(hiding);
  const told = (): string[] => text.split("\n").filter((line) => line.includes("hidden in"));
  expect(told()).toEqual([
    "telltale hidden in authn_login_fail at src/login.ts:42: data.password (password, removed)",
    "telltale hidden in authn_login_fail at src/login.ts:42: data.␛[2J (email, masked)",
  ]);
  console.print(hiding);
  expect(told()).toHaveLength(2);
  site = "src/login.ts:43";
  console.print(hiding);
  expect(told()).toHaveLength(4);
  site = undefined;
  console.print({ ...hiding, action: "other" });
  expect(told().at(-2)).toBe("telltale hidden in other: data.password (password, removed)");
  console.print(event);
  expect(told()).toHaveLength(6);
});

test("remembers a bounded number of hidden values", () => {
  let lines = 0;
  const console = createConsole(
    { write: (part) => (lines += part.includes("hidden in") ? 1 : 0) },
    () => "a:1",
  );
  for (let i = 0; i < 3000; i++) {
    const fields = [{ path: `data.k${i}`, how: "removed" as const, kind: "password" }];
    console.print({ ...event, protected: { policy: "p", fields } });
  }
  expect(lines).toBe(1000);
});
