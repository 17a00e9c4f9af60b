// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFilterable, isRevealable, readSealed, toFieldGroups, toQueryField } from "./event-fields.js";

const EVENT = {
  received: "2026-11-22T10:00:00.200Z",
  via: "k1",
  v: 1,
  id: "x",
  time: "2026-11-22T10:00:00.000Z",
  source: { app: "shop" },
  action: "login",
  outcome: "failure",
  level: "warn",
  actor: { type: "user", id: "alice", roles: ["a", "b"] },
  data: { note: "see [masked:jwt]", empty: {}, none: null },
  protected: {
    policy: "p1",
    fields: [
      { path: "data.note", how: "masked", kind: "jwt" },
      { path: "data.password", how: "removed", kind: "password" },
      { path: "client.ip", how: "removed", kind: "address" },
    ],
  },
  future: { field: true },
};

function find(path: string) {
  return toFieldGroups(EVENT)
    .flatMap((group) => group.rows)
    .find((row) => row.path === path);
}

describe("fields of an event", () => {
  it("stand under who, what, where and when", () => {
    expect(toFieldGroups(EVENT).map((group) => group.title)).toEqual([
      "Who",
      "What",
      "Where",
      "When",
      "Data",
      "Record",
    ]);
  });

  it("are all there, unknown ones too, and `protected` is not one of them", () => {
    expect(find("actor.roles[1]")?.text).toBe("b");
    expect(find("future.field")).toMatchObject({ text: "true", kind: "boolean" });
    expect(find("data.none")).toMatchObject({ text: "null", kind: "null" });
    expect(find("protected.policy")).toBeUndefined();
  });

  it("tell what was hidden, removed ones in a row of their own", () => {
    expect(find("data.note")?.hidden).toEqual({ how: "masked", kind: "jwt" });
    expect(find("data.password")).toMatchObject({ text: "", hidden: { how: "removed", kind: "password" } });
    expect(find("client.ip")?.hidden?.kind).toBe("address");
  });

  it("become filters only where that makes sense", () => {
    expect(isFilterable({ path: "a", text: "x", kind: "string" })).toBe(true);
    expect(isFilterable({ path: "a", text: "x".repeat(300), kind: "string" })).toBe(false);
    expect(
      isFilterable({ path: "a", text: "", kind: "string", hidden: { how: "masked", kind: "jwt" } }),
    ).toBe(false);
    expect(toQueryField("targets[0].id")).toBe("targets.id");
  });

  it("survive any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const groups = toFieldGroups({ data: value, protected: value, actor: value });
        expect(groups.length).toBeGreaterThan(0);
      }),
    );
  });

  it("are read from the sealed line, which is what is proven", () => {
    const event = { action: "shown" } as never;
    expect(readSealed({ index: 1, event, line: '{"action":"sealed"}' }).action).toBe("sealed");
    expect(readSealed({ index: 1, event, line: "not json" }).action).toBe("shown");
    expect(readSealed({ index: 1, event, line: "[1]" }).action).toBe("shown");
  });
});

describe("what can be revealed", () => {
  const alias = `sub_${"a".repeat(26)}`;
  const rows = toFieldGroups({
    actor: { id: alias, session: `[token:session:1:${"k".repeat(22)}]` },
    message: `to [encrypted:email:${"k".repeat(22)}:AQ${"b".repeat(90)}]`,
    data: { "a b": [`[sealed:health:x:y]`], jwt: "[masked:jwt]", plain: "see sub_ and [encrypted]" },
    protected: {
      policy: "p",
      fields: [
        { path: "actor.session", how: "tokenized", kind: "session" },
        { path: 'data["a b"][0]', how: "encrypted", kind: "health" },
      ],
    },
  }).flatMap((group) => group.rows);
  it("is an alias or an encrypted value, by its stored path; a token and a sealed value never open", () => {
    expect(rows.filter(isRevealable).map(({ stored }) => stored)).toEqual(["actor.id", "message"]);
  });
  it("is found by what the event says of it, whatever its keys are called", () => {
    expect(rows.find(({ path }) => path === "data.a b[0]")?.hidden).toEqual({
      how: "encrypted",
      kind: "health",
    });
  });
  it("can be searched for where equal values stay equal", () => {
    expect(rows.filter(isFilterable).map(({ path }) => path)).toEqual(
      expect.arrayContaining(["actor.id", "actor.session"]),
    );
  });
});
