// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { Search } from "../follow/index/search.js";
import { findHidden } from "./hidden.js";

const whole = { complete: true, indexed: 9, size: 9 };
const at = Date.UTC(2026, 0, 1);

function row(path: string, count: number, last: number) {
  return { values: ["email", "masked", path, "shop"], count, last };
}

function searchOf(more: Partial<Search> = {}): Pick<Search, "combinations" | "groups" | "count"> {
  return {
    async combinations() {
      const rows = [
        row("message", 5, at),
        row("targets[0].name", 3, at + 2),
        row("targets[1].name", 4, at + 1),
      ];
      return { rows, distinct: 3, ...whole };
    },
    async groups({ query }) {
      const groups =
        query === ""
          ? [
              { value: "shop", count: 8 },
              { value: "bill", count: 2 },
            ]
          : [{ value: "shop", count: 6 }];
      return { groups, distinct: groups.length, ...whole };
    },
    async count({ query }) {
      return { total: query === "" ? 10 : 6, ...whole };
    },
    ...more,
  };
}

it("joins the places of a list, and names sources in which nothing was hidden", async () => {
  expect(await findHidden(searchOf(), { from: 0, to: at })).toEqual({
    rows: [
      {
        kind: "email",
        how: "masked",
        path: "targets[*].name",
        app: "shop",
        count: 7,
        last: "2026-01-01T00:00:00.002Z",
      },
      {
        kind: "email",
        how: "masked",
        path: "message",
        app: "shop",
        count: 5,
        last: "2026-01-01T00:00:00.000Z",
      },
    ],
    more: false,
    sources: [
      { app: "shop", events: 8, touched: 6 },
      { app: "bill", events: 2, touched: 0 },
    ],
    events: 10,
    touched: 6,
    ...whole,
  });
});

it("says when one of its parts is not complete", async () => {
  const search = searchOf({
    async count() {
      return { total: 1, complete: false, reason: "timeout", indexed: 4, size: 9 };
    },
  });
  expect(await findHidden(search, { from: 0, to: at })).toMatchObject({ complete: false, reason: "timeout" });
});
