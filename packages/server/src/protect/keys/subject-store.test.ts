// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import path from "node:path";
import { isAlias } from "@telltale/protect";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openState, type State } from "../../state/state.js";
import { FileKey } from "../root/file-key.js";
import { ensureClassKey } from "./class-keys.js";
import { addEpoch, openEpochs } from "./epochs.js";
import { Keyring } from "./keyring.js";
import { openFixedKeys } from "./fixed-keys.js";
import { SubjectStore } from "./subject-store.js";

let dir: ReturnType<typeof tempDir>;
let state: State;
let keyring: Keyring;
let root: FileKey;
let subjects: SubjectStore;
const now = (): number => Date.UTC(2026, 10, 22);

async function open(): Promise<void> {
  state = openState(path.join(dir.path, "state.db"));
  const rows = await state.db.selectFrom("wrapping_keys").select("id").execute();
  root = FileKey.open({ file: path.join(dir.path, "protect.key"), mayCreate: rows.length === 0, now });
  keyring = await Keyring.open({ state, root, now });
  subjects = new SubjectStore({
    state,
    keyring,
    lookupKey: (await openFixedKeys(state, keyring, now)).lookup,
    now,
  });
}

beforeEach(async () => {
  dir = tempDir();
  await open();
});
afterEach(async () => {
  await state.close();
  dir.dispose();
});

const ada = { tenant: undefined, id: "ada" };

describe("subjects", () => {
  it("have one alias and one key for ever, also after a start and when many ask at once", async () => {
    const [first] = await subjects.ensure([ada]);
    expect(isAlias(first?.alias ?? "")).toBe(true);
    const again = await Promise.all([subjects.ensure([ada, ada]), subjects.ensure([ada])]);
    for (const record of again.flat()) expect(record).toEqual(first);
    await state.close();
    await open();
    expect(await subjects.ensure([ada])).toEqual([first]);
    expect(await subjects.find(ada)).toMatchObject({ alias: first?.alias });
    expect(await subjects.nameOf(first?.alias ?? "")).toEqual(ada);
  });

  it("are others for another tenant or id, and looking makes none", async () => {
    const names = [
      ada,
      { tenant: "acme", id: "ada" },
      { tenant: undefined, id: "Ada" },
      { tenant: undefined, id: "" },
    ];
    const records = await subjects.ensure(names);
    expect(new Set(records.map(({ alias }) => alias)).size).toBe(4);
    expect(new Set(records.map(({ key }) => key.id)).size).toBe(4);
    for (const [i, name] of names.entries())
      expect(await subjects.nameOf(records[i]?.alias ?? "")).toEqual(name);
    expect(await subjects.find({ tenant: undefined, id: "eve" })).toBeUndefined();
    expect(await subjects.nameOf("sub_none")).toBeUndefined();
    expect(await state.db.selectFrom("subjects").selectAll().execute()).toHaveLength(4);
  });

  it("of any number and length are made in bounded transactions", async () => {
    const names = Array.from({ length: 1234 }, (_, i) => ({
      tenant: undefined,
      id: `user ${i} ${"é".repeat(500)}`,
    }));
    const records = await subjects.ensure(names);
    expect(new Set(records.map(({ alias }) => alias)).size).toBe(1234);
    expect(await subjects.nameOf(records[1233]?.alias ?? "")).toEqual(names[1233]);
  });

  it("stand in no file by name", async () => {
    await subjects.ensure([{ tenant: undefined, id: "grace-hopper-1906" }]);
    for (const file of ["state.db", "state.db-wal"])
      expect(readFileSync(path.join(dir.path, file)).includes("grace-hopper")).toBe(false);
  });
});

describe("keys", () => {
  it("of a class are one a kind and day", async () => {
    const parts = { state, keyring, now };
    const email = await ensureClassKey(parts, { kind: "email", day: "2026-11-22" });
    expect(await ensureClassKey(parts, { kind: "email", day: "2026-11-22" })).toEqual(email);
    const others = await Promise.all([
      ensureClassKey(parts, { kind: "phone", day: "2026-11-22" }),
      ensureClassKey(parts, { kind: "email", day: "2026-11-23" }),
    ]);
    expect(new Set([email, ...others].map(({ key }) => key.id)).size).toBe(3);
  });

  it("of tokens come in epochs", async () => {
    const [first] = await openEpochs({ state, keyring, now });
    expect(first).toMatchObject({ epoch: 1, from: "2026-11-22T00:00:00.000Z" });
    const second = await addEpoch({ state, keyring, now });
    expect(second.epoch).toBe(2);
    expect(await openEpochs({ state, keyring, now })).toEqual([first, second]);
  });
});

describe("the keyring", () => {
  it("wraps everything anew after a rotation; then an old root key opens nothing that is left", async () => {
    const old = FileKey.open({ file: path.join(dir.path, "protect.key"), mayCreate: false, now });
    const before = await subjects.ensure(
      Array.from({ length: 1100 }, (_, i) => ({ tenant: "t", id: `${i}` })),
    );
    const rows = (): Promise<{ id: string; wrapped: string }[]> =>
      state.db.selectFrom("data_keys").select(["id", "wrapped"]).orderBy("id").execute();
    const wrapped = await rows();
    await root.rotate();
    expect(await keyring.rewrap()).toEqual({ keys: 1101 });
    const after = await rows();
    expect(after.map(({ id }) => id)).toEqual(wrapped.map(({ id }) => id));
    expect(after.filter((row, i) => row.wrapped === wrapped[i]?.wrapped)).toEqual([]);
    expect(await subjects.ensure([{ tenant: "t", id: "7" }])).toEqual([before[7]]);
    const kept = await state.db.selectFrom("wrapping_keys").selectAll().execute();
    expect(kept).toHaveLength(1);
    await expect(Keyring.open({ state, root: old, now })).rejects.toMatchObject({ code: "refused" });
    await state.close();
    await open();
    expect(await subjects.ensure([{ tenant: "t", id: "7" }])).toEqual([before[7]]);
  });

  it("goes on where a rotation stopped", async () => {
    const [first] = await subjects.ensure([ada]);
    const id = "half";
    const made = await root.generate({ tenant: "", class: "root", purpose: id });
    await state.db
      .insertInto("wrapping_keys")
      .values({ id, wrapped: made.wrapped, created: "2026-11-23T00:00:00.000Z" })
      .execute();
    await state.close();
    await open();
    expect(await subjects.ensure([ada])).toEqual([first]);
    await keyring.rewrap();
    expect(await subjects.ensure([ada])).toEqual([first]);
    expect(await state.db.selectFrom("wrapping_keys").selectAll().execute()).toHaveLength(1);
  });

  it("that is locked wraps and unwraps nothing", async () => {
    await subjects.ensure([ada]);
    keyring.lock();
    expect(keyring.isLocked).toBe(true);
    await expect(subjects.find(ada)).rejects.toMatchObject({ code: "locked" });
    await expect(subjects.ensure([{ ...ada, id: "new" }])).rejects.toMatchObject({ code: "locked" });
    await keyring.unlock();
    expect(await subjects.find(ada)).toBeDefined();
  });

  it("does not open what was moved to another row", async () => {
    const [one, two] = await subjects.ensure([ada, { ...ada, id: "eve" }]);
    const row = await state.db
      .selectFrom("data_keys")
      .select("wrapped")
      .where("id", "=", one?.key.id ?? "")
      .executeTakeFirstOrThrow();
    await state.db
      .updateTable("data_keys")
      .set(row)
      .where("id", "=", two?.key.id ?? "")
      .execute();
    await expect(subjects.find({ ...ada, id: "eve" })).rejects.toMatchObject({ code: "damaged" });
  });
});
