// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrate } from "./migrate.js";
import { MIGRATIONS } from "./migrations/index.js";
import { openState } from "./state.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "telltale-state-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("openState", () => {
  it("creates a private file with the newest schema, durable writes and a write-ahead log", async () => {
    const path = join(dir, "new", "state.db");
    const state = openState(path);
    await state.cursors.put({ follower: "index", version: 1, next: 7 });
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    await state.close();
    const raw = new Database(path);
    expect(raw.pragma("user_version")).toEqual([{ user_version: MIGRATIONS.at(-1)?.version }]);
    expect(raw.pragma("journal_mode")).toEqual([{ journal_mode: "wal" }]);
    raw.close();
  });

  it("takes back rights that someone gave away", async () => {
    const path = join(dir, "state.db");
    await openState(path).close();
    chmodSync(path, 0o644);
    await openState(path).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("refuses a newer format with a sentence and changes nothing", async () => {
    const path = join(dir, "state.db");
    await openState(path).close();
    const raw = new Database(path);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    expect(() => openState(path)).toThrow(expect.objectContaining({ code: "newer_format" }));
    expect(() => openState(path)).toThrow(/newer version/);
  });

  it("refuses a database of another program, and a file that is none", () => {
    const foreign = new Database(join(dir, "foreign.db"));
    foreign.exec("CREATE TABLE other (a)");
    foreign.close();
    expect(() => openState(join(dir, "foreign.db"))).toThrow(
      expect.objectContaining({ code: "not_a_state" }),
    );
    writeFileSync(join(dir, "text.db"), "this is not a database at all, it is only some text. ".repeat(40));
    expect(() => openState(join(dir, "text.db"))).toThrow(expect.objectContaining({ code: "damaged" }));
  });

  it("rolls a failing migration back whole", () => {
    const raw = new Database(join(dir, "state.db"));
    const broken = { version: 1, statements: ["CREATE TABLE a (b)", "CREATE NONSENSE"] };
    expect(() => migrate(raw, [broken])).toThrow("NONSENSE");
    expect(raw.prepare("SELECT count(*) AS n FROM sqlite_master").get()).toMatchObject({ n: 0 });
    raw.close();
  });

  it("notices what another process wrote, and not its own writes", async () => {
    const path = join(dir, "state.db");
    const one = openState(path);
    const two = openState(path);
    const before = one.foreignChanges();
    await one.cursors.put({ follower: "a", version: 1, next: 1 });
    expect(one.foreignChanges()).toBe(before);
    await two.cursors.put({ follower: "a", version: 1, next: 2 });
    expect(one.foreignChanges()).not.toBe(before);
    expect(await one.cursors.get("a")).toEqual({ follower: "a", log: "main", version: 1, next: 2 });
    await one.close();
    await two.close();
  });

  it("keeps transactions whole and apart when two processes write at once", async () => {
    const path = join(dir, "state.db");
    // Both live in this thread, so waiting for a lock must not block it: busyMs 0 leaves it to the retry.
    const states = [openState(path, { busyMs: 0 }), openState(path, { busyMs: 0 })];
    await states[0]?.cursors.put({ follower: "n", version: 1, next: 0 });
    await Promise.all(
      states.flatMap((state) =>
        Array.from({ length: 10 }, () =>
          state.transact(async (trx) => {
            const row = await trx.selectFrom("cursors").select("next").executeTakeFirstOrThrow();
            await trx
              .updateTable("cursors")
              .set({ next: row.next + 1 })
              .execute();
          }),
        ),
      ),
    );
    expect((await states[1]?.cursors.get("n"))?.next).toBe(20);
    await expect(
      states[0]?.transact(async (trx) => {
        await trx.updateTable("cursors").set({ next: 999 }).execute();
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    expect((await states[0]?.cursors.get("n"))?.next).toBe(20);
    await states[1]?.cursors.put({ follower: "n", version: 1, next: 21 });
    expect((await states[0]?.cursors.get("n"))?.next).toBe(21);
    for (const state of states) await state.close();
  });
});

describe("cursors", () => {
  it("move on, list and forget", async () => {
    const state = openState(":memory:");
    await state.cursors.put({ follower: "detect", version: 2, next: 5 });
    await state.cursors.put({ follower: "detect", version: 2, next: 6 });
    expect(await state.cursors.list()).toEqual([{ follower: "detect", log: "main", version: 2, next: 6 }]);
    await state.cursors.remove("detect");
    expect(await state.cursors.get("detect")).toBeUndefined();
    await state.close();
  });
});
