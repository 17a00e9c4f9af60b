// SPDX-License-Identifier: Apache-2.0
import { parseMarker } from "@telltale/protect";
import { describe, expect, it } from "vitest";
import { MAX_ROUNDS, type Needs, supplied, type Supply } from "./needs.js";
import { Recent } from "./recent.js";
import { ThreadKeys } from "./thread-keys.js";

const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const material = (epoch: number) => ({
  epoch: { epoch, key: bytes(epoch) },
  ip: bytes(100),
  fingerprint: bytes(101),
});
const record = (id: string) => ({
  alias: `sub_${id.padEnd(26, "a")}`,
  key: { id: id.padEnd(22, "k"), key: bytes(7) },
});
const subject = (id: string, tenant?: string) => ({ tenant, id, record: record(id) });
const NONE: Supply = { subjects: [], classes: [] };
const day = "2026-11-22";

describe("ThreadKeys", () => {
  it("does nothing without keys, and with them what the newest say", () => {
    const keys = new ThreadKeys();
    expect(() => keys.acts.tokenize(undefined, "session", "x")).toThrow("no keys");
    keys.hear({ news: "material", material: material(1) });
    const first = keys.acts.tokenize(undefined, "session", "x");
    const address = keys.acts.tokenizeIp(undefined, "203.0.113.7");
    expect(parseMarker(first)).toMatchObject({ type: "token", epoch: 1 });
    keys.hear({ news: "material", material: { ...material(2), ip: material(1).ip } });
    expect(parseMarker(keys.acts.tokenize(undefined, "session", "x"))).toMatchObject({ epoch: 2 });
    expect(keys.acts.tokenizeIp(undefined, "203.0.113.7")).toBe(address);
    keys.hear({ news: "lock" });
    expect(() => keys.acts.tokenize(undefined, "session", "x")).toThrow("no keys");
    expect(keys.takeNeeds()).toBeUndefined();
  });

  it("notes which keys of days it lacked, once, and uses them when they come", () => {
    const keys = new ThreadKeys();
    keys.hear({ news: "material", material: material(1) });
    for (let i = 0; i < 3; i++)
      expect(() => keys.acts.encrypt("email", "a@b.example", { day })).toThrow("no key");
    expect(keys.takeNeeds()).toEqual({ subjects: [], classes: [{ kind: "email", day }] });
    expect(keys.takeNeeds()).toBeUndefined();
    keys.supply({ ...NONE, classes: [{ kind: "email", day, key: { id: "d".repeat(22), key: bytes(3) } }] });
    expect(parseMarker(keys.acts.encrypt("email", "a@b.example", { day }))).toMatchObject({
      keyId: "d".repeat(22),
    });
  });

  it("keeps what a group asked for until it is prepared, however small the memory", () => {
    const keys = new ThreadKeys({ subjects: 2 });
    const ids = ["a", "b", "c", "d"];
    keys.want("t", ids);
    expect(keys.takeNeeds()?.subjects).toHaveLength(4);
    keys.supply({ ...NONE, subjects: ids.map((id) => subject(id, "t")) });
    for (const id of ids) expect(keys.get("t", id)).toEqual(record(id));
    expect(keys.get(undefined, "a")).toBeUndefined();
    expect(keys.takeNeeds()).toBeUndefined();
    expect(ids.map((id) => keys.get("t", id) !== undefined)).toEqual([false, false, true, true]);
  });

  it("forgets who was erased, and everything when it is locked", () => {
    const keys = new ThreadKeys();
    keys.supply({ ...NONE, subjects: [subject("a"), subject("b")] });
    keys.takeNeeds();
    keys.hear({ news: "forget", alias: record("a").alias });
    expect([keys.get(undefined, "a"), keys.get(undefined, "b")]).toEqual([undefined, record("b")]);
    // It was on its way when the erasure happened.
    keys.supply({ ...NONE, subjects: [subject("a")] });
    expect(keys.get(undefined, "a")).toBeUndefined();
    keys.hear({ news: "lock" });
    expect(keys.get(undefined, "b")).toBeUndefined();
  });
});

const needs = (id: string): Needs => ({ subjects: [{ tenant: undefined, id }], classes: [] });

describe("supplied", () => {
  it("asks until nothing is missing, and hands on all that came", async () => {
    const asked: Needs[] = [];
    const result = await supplied<{ needs?: Needs; got: number }>(
      { needs: needs("a"), got: 0 },
      async (each) => {
        asked.push(each);
        return { ...NONE, subjects: each.subjects.map(({ id }) => subject(id)) };
      },
      ({ subjects }) => (subjects.length < 2 ? { needs: needs("b"), got: 1 } : { got: subjects.length }),
    );
    expect(result).toEqual({ got: 2 });
    expect(asked).toHaveLength(2);
  });

  it("gives up what never ends, and what cannot be had", async () => {
    let rounds = 0;
    const endless = { needs: { subjects: [], classes: [] } };
    await expect(
      supplied(
        endless,
        async () => NONE,
        () => {
          rounds++;
          return endless;
        },
      ),
    ).rejects.toThrow("without end");
    expect(rounds).toBe(MAX_ROUNDS);
    await expect(
      supplied(
        endless,
        () => Promise.reject(new Error("locked")),
        () => endless,
      ),
    ).rejects.toThrow("locked");
  });
});

describe("Recent", () => {
  it("forgets what was not used for longest", () => {
    const recent = new Recent<string, number>(2);
    recent.set("a", 1);
    recent.set("b", 2);
    recent.get("a");
    recent.set("c", 3);
    expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual([1, undefined, 3]);
    expect(recent.size).toBe(2);
  });
});
