// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { encryptValue } from "@telltale/protect/acts";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Hold } from "../follow/retain/holds.js";
import { Erasures } from "../protect/erase/erasures.js";
import { KeyService } from "../protect/key-service.js";
import { FileKey } from "../protect/root/file-key.js";
import { createProtectStore } from "../protect/store.js";
import type { SealingSelfLog, SelfActor } from "../self-log.js";
import { openState, type State } from "../state/state.js";
import { openOffline } from "./open.js";
import { restoreLog } from "./restore.js";

const ADA: SelfActor = { kind: "user", id: "u_ada", name: "ada", role: "owner" };
const BOB: SelfActor = { kind: "user", id: "u_bob", name: "bob", role: "admin" };
const GRACE = { tenant: undefined, id: "grace-1906" };
const LINUS = { tenant: undefined, id: "linus-1969" };
const POLICY = "version: 1\nprofile: erasable\n";
const now = Date.UTC(2026, 10, 22);

let dir: ReturnType<typeof tempDir>;
const at = (...names: string[]): string => path.join(dir.path, ...names);

beforeEach(() => {
  dir = tempDir("restore-keys");
});
afterEach(() => dir.dispose());

interface Opened {
  state: State;
  keys: KeyService;
  erasures: Erasures;
}

/** What a server holds of protection in a data directory, while `work` runs. */
async function withKeys<T>(
  name: string,
  work: (opened: Opened) => Promise<T>,
  selfLog: SealingSelfLog = { emit: () => undefined, seal: async () => undefined },
  holds: Hold[] = [],
): Promise<T> {
  const state = openState(at(name, "state.db"));
  const row = await state.db.selectFrom("wrapping_keys").select("id").executeTakeFirst();
  const file = at(name, "keys", "protect.key");
  const keys = await KeyService.open({
    state,
    root: FileKey.open({ file, mayCreate: row === undefined, now: () => now }),
    now: () => now,
    cacheMs: undefined,
    onState: () => undefined,
  });
  const policy = { version: "0123456789abcdef", leftPlain: () => [] };
  const erasures = new Erasures({
    state,
    keys,
    holds: { list: async () => holds },
    selfLog,
    policy,
    backupDays: undefined,
    now: () => now,
  });
  try {
    return await work({ state, keys, erasures });
  } finally {
    await keys.close();
    await state.close();
  }
}

/** A data directory with two people in it. */
async function prepare() {
  const opened = await openOffline({ dataDir: at("old"), create: { originName: "old.example/log" } });
  await opened.close();
  writeFileSync(at("old", "protect.yaml"), POLICY);
  return withKeys("old", async ({ keys, state }) => {
    const { subjects } = await keys.supply({
      subjects: [GRACE, LINUS],
      classes: [{ kind: "iban", day: "2026-11-22" }],
    });
    const [grace, linus] = subjects.map(({ record }) => record!);
    const { wrapped } = await state.db
      .selectFrom("data_keys")
      .select("wrapped")
      .where("id", "=", grace!.key.id)
      .executeTakeFirstOrThrow();
    return {
      wrapped,
      grace: { alias: grace!.alias, marker: encryptValue("email", "grace@example.com", grace!.key) },
      linus: { alias: linus!.alias, marker: encryptValue("email", "linus@example.com", linus!.key) },
    };
  });
}

async function eraseGrace(): Promise<void> {
  const log = await openOffline({ dataDir: at("old") });
  await withKeys(
    "old",
    async ({ erasures }) => {
      const { id } = await erasures.request(GRACE, "a request", ADA);
      expect(await erasures.approve(id, BOB)).toMatchObject({ status: "done" });
    },
    log.selfLog,
  );
  await log.close();
}

const restore = (from: string, to: string, stateFrom?: string) =>
  restoreLog({
    from: { dir: at(from) },
    dataDir: at(to),
    ...(stateFrom !== undefined && { stateFrom: at(stateFrom) }),
    by: { kind: "system", id: "root" },
    why: "a test",
  });

function filesWith(text: string, below: string): string[] {
  return readdirSync(at(below), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}

describe("restoring the keys of protection", () => {
  it("brings keys, aliases, root key and policy along, wrapped and for one user of the machine", async () => {
    const { linus, grace } = await prepare();
    const { carried } = await restore("old", "new");
    expect(carried).toMatchObject({ subjects: 2, erasedAgain: 0, rootKey: "copied", policy: true });
    await withKeys("new", async ({ state, keys }) => {
      const store = createProtectStore({ state, keys });
      expect(await store.aliasOf(undefined, LINUS.id)).toBe(linus.alias);
      expect(await store.nameOf(grace.alias)).toBe(GRACE.id);
      expect(await store.open(linus.marker, 0)).toEqual({ ok: true, value: "linus@example.com" });
      // The same person keeps the alias, and tokens stay comparable: no second one is made.
      const { subjects } = await keys.supply({ subjects: [LINUS], classes: [] });
      expect(subjects[0]?.record?.alias).toBe(linus.alias);
    });
    for (const name of [["keys", "protect.key"], ["protect.yaml"], ["state.db"]])
      expect(statSync(at("new", ...name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(at("new", "protect.yaml"), "utf8")).toBe(POLICY);
    // The old log is there to be read; its keys are not there twice.
    const keyFiles = readdirSync(at("new"), { recursive: true }).filter((name) =>
      String(name).endsWith("protect.key"),
    );
    expect(keyFiles).toEqual([path.join("keys", "protect.key")]);
  });

  it("does not bring back who was erased after the copy of the state was made", async () => {
    const { linus, grace, wrapped } = await prepare();
    cpSync(at("old"), at("backup"), { recursive: true });
    await eraseGrace();
    const { carried } = await restore("old", "new", "backup");
    expect(carried).toMatchObject({ subjects: 1, erasedAgain: 1 });
    expect(filesWith(wrapped, "backup")).not.toEqual([]);
    expect(filesWith(wrapped, "new").map((file) => path.relative(at("new"), file))).toEqual([]);
    await withKeys("new", async ({ state, keys }) => {
      const store = createProtectStore({ state, keys });
      expect(await store.open(grace.marker, 0)).toEqual({ ok: false, why: "erased" });
      expect(await store.aliasOf(undefined, GRACE.id)).toBeUndefined();
      expect(await store.open(linus.marker, 0)).toEqual({ ok: true, value: "linus@example.com" });
    });
    // Nor does the state of the backup, put back under the successor of the successor.
    cpSync(at("new"), at("second"), { recursive: true });
    cpSync(at("backup", "state.db"), at("second", "state.db"));
    expect((await restore("second", "third")).carried).toMatchObject({ subjects: 1, erasedAgain: 1 });
    expect(filesWith(wrapped, "third")).toEqual([]);
  });

  it("asks for another approval of what waited for a hold that only the old log knew", async () => {
    await prepare();
    const hold: Hold = {
      id: "h1",
      name: "case",
      reason: "court",
      scope: { first: 0, next: 10 },
      placed: "2026-11-01T00:00:00.000Z",
      placedBy: "bob",
    };
    const quiet = { emit: () => undefined, seal: async () => undefined };
    await withKeys(
      "old",
      async ({ erasures }) => {
        const { id } = await erasures.request(GRACE, "a request", ADA);
        expect(await erasures.approve(id, BOB)).toMatchObject({ status: "deferred" });
      },
      quiet,
      [hold],
    );
    await restore("old", "new");
    await withKeys("new", async ({ erasures, keys }) => {
      await erasures.run();
      expect(await erasures.list()).toMatchObject([
        { status: "requested", decidedBy: undefined, heldBy: [] },
      ]);
      expect(await keys.mustOpen().subjects.find(GRACE)).toBeDefined();
    });
  });

  it("says where the root key is not, and refuses the state of another log", async () => {
    await prepare();
    cpSync(at("old"), at("elsewhere"), {
      recursive: true,
      filter: (file) => path.basename(file) !== "protect.key",
    });
    const { carried } = await restore("elsewhere", "new");
    expect(carried).toMatchObject({ rootKey: "elsewhere", subjects: 2 });
    expect(existsSync(at("new", "keys", "protect.key"))).toBe(false);
    const other = await openOffline({ dataDir: at("other"), create: { originName: "other.example/log" } });
    await other.close();
    await expect(restore("old", "mixed", "other")).rejects.toThrow("another log");
    expect(existsSync(at("mixed"))).toBe(false);
  });
});
