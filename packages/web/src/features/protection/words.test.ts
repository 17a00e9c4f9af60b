// SPDX-License-Identifier: Apache-2.0
import { parseQuery } from "@telltale/query";
import { describe, expect, it } from "vitest";
import type { Erasure, Hidden, HiddenRow } from "../../shared/api/types.js";
import { parseProtectionSearch } from "./search-state.js";
import {
  EXAMPLE,
  toErasuresAnswer,
  toEventsQuery,
  toGroups,
  toPreviewBody,
  toProtectionAnswer,
} from "./words.js";

const row = (kind: string, path: string, count: number, app = "shop"): HiddenRow => ({
  kind,
  how: "masked",
  path,
  app,
  count,
  last: "2026-01-01T00:00:00.000Z",
});
const rows = [row("card", "message", 1), row("email", "message", 5), row("email", "data.note", 2)];
const hidden = (more: Partial<Hidden>): Hidden => ({
  rows,
  more: false,
  sources: [],
  events: 1240,
  touched: 7,
  complete: true,
  indexed: 1,
  size: 1,
  ...more,
});

describe("toProtectionAnswer", () => {
  it.each<[Partial<Hidden>, string]>([
    [{}, "8 values were hidden in 7 of 1,240 events in the last 24 hours."],
    [{ more: true }, "More than 8 values were hidden in 7 of 1,240 events in the last 24 hours."],
    [{ rows: rows.slice(0, 1), touched: 1 }, "1 value was hidden in 1 of 1,240 events in the last 24 hours."],
    [{ rows: [], touched: 0 }, "Nothing had to be hidden in 1,240 events of the last 24 hours."],
    [{ rows: [], touched: 0, events: 0 }, "No events came in the last 24 hours."],
  ])("%j", (more, words) => {
    expect(toProtectionAnswer(hidden(more), "24h")).toBe(words);
  });
});

describe("toGroups", () => {
  it("puts the noisiest kind first and keeps the order of its rows", () => {
    expect(
      toGroups(rows).map(({ kind, count, rows: own }) => [kind, count, own.map(({ path }) => path)]),
    ).toEqual([
      ["email", 7, ["message", "data.note"]],
      ["card", 1, ["message"]],
    ]);
  });
});

describe("toEventsQuery", () => {
  it("finds the events of a row", () => {
    expect(toEventsQuery(row("email", "message", 1))).toBe(
      "protected.kind:email AND protected.path:message AND source.app:shop",
    );
    expect(toEventsQuery(row("email", "targets[*].name", 1, ""))).toBe("protected.kind:email");
  });
  it("is a query, whatever a sender called its fields", () => {
    for (const path of ['data["a b"]', 'data["\\"x\\""]', "*", "data.x:y", "AND"])
      expect(() => parseQuery(toEventsQuery(row("email", path, 1, 'a "b" OR c')))).not.toThrow();
  });
});

describe("toPreviewBody", () => {
  it("takes one JSON object for an event, everything else for text", () => {
    expect(toPreviewBody(' {"action":"x"}\n')).toEqual({ event: { action: "x" } });
    for (const text of ["hello", '{"action":', "[1]", ""]) expect(toPreviewBody(text)).toEqual({ text });
    expect(toPreviewBody(EXAMPLE)).toHaveProperty("event.action", "authn_login_fail");
  });
});

it("keeps nothing in the address but the range", () => {
  expect(parseProtectionSearch({ range: "7d", text: "x" })).toEqual({ range: "7d" });
  expect(parseProtectionSearch({ range: "99d" })).toEqual({});
});

const of = (...statuses: Erasure["status"][]) =>
  toErasuresAnswer(statuses.map((status) => ({ status }) as Erasure));

describe("the first line of the page of erasures", () => {
  it("says what waits before what is done", () => {
    expect(of()).toBe("Nobody was erased.");
    expect(of("cancelled")).toBe("Nobody was erased.");
    expect(of("done", "done")).toBe("2 people were erased; nothing waits.");
    expect(of("requested", "deferred", "deferred", "done")).toBe(
      "1 waits for another person, 2 wait for a legal hold; 1 person was erased.",
    );
  });
});
