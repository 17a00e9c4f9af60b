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
