// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { encryptValue } from "@telltale/protect/acts";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Hold } from "../../follow/retain/holds.js";
import type { SelfActor, SelfEvent } from "../../self-log.js";
import { openState, type State } from "../../state/state.js";
import { KeyService } from "../key-service.js";
import { FileKey } from "../root/file-key.js";
import { createProtectStore } from "../store.js";
import { EnforceFollower } from "./enforce-follower.js";
import { Erasures } from "./erasures.js";

let dir: ReturnType<typeof tempDir>;
let state: State;
let keys: KeyService;
let erasures: Erasures;
let events: SelfEvent[];
let holds: Hold[];
let sealing: (() => void) | undefined;
const now = Date.UTC(2026, 10, 22);

const ADA: SelfActor = { kind: "user", id: "u_ada", name: "ada", role: "owner" };
const BOB: SelfActor = { kind: "user", id: "u_bob", name: "bob", role: "admin" };
const grace = { tenant: undefined, id: "grace@example.com" };
const REASON = "request of 12 November";

async function open(): Promise<void> {
  state = openState(path.join(dir.path, "state.db"));
  const rows = await state.db.selectFrom("wrapping_keys").select("id").execute();
  keys = await KeyService.open({
    state,
    root: FileKey.open({
      file: path.join(dir.path, "protect.key"),
      mayCreate: rows.length === 0,
      now: () => now,
    }),
    now: () => now,
    cacheMs: undefined,
    onState: () => undefined,
  });
  erasures = new Erasures({
    state,
    keys,
    holds: { list: async () => holds },
    selfLog: {
      emit: (event) => void events.push(event),
      seal: async (sealed) => {
        sealing?.();
        events.push(...sealed);
      },
    },
    policy: { version: "0123456789abcdef", leftPlain: () => ["client.ip"] },
    backupDays: 30,
    now: () => now,
  });
}

async function close(): Promise<void> {
  await keys.close();
  await state.close();
}

beforeEach(async () => {
  dir = tempDir();
  events = [];
  holds = [];
  sealing = undefined;
  await open();
});
afterEach(async () => {
  await close();
  dir.dispose();
});

async function makeGrace() {
  const { subjects } = await keys.supply({ subjects: [grace], classes: [] });
  const { record } = subjects[0] ?? {};
  if (record === undefined) throw new Error("no record");
  const row = await state.db
    .selectFrom("data_keys")
    .select("wrapped")
    .where("id", "=", record.key.id)
    .executeTakeFirstOrThrow();
  return { record, wrapped: row.wrapped, marker: encryptValue("email", "grace@example.com", record.key) };
}

/** Whether a text is in any file of the state, also in what was deleted. */
function isOnDisk(text: string): boolean {
  return readdirSync(dir.path).some((file) => readFileSync(path.join(dir.path, file)).includes(text));
}

const hold = (more: Partial<Hold> = {}): Hold => ({
  id: "h1",
  name: "case",
  reason: "court",
  scope: { first: 0, next: 10 },
  placed: "2026-11-01T00:00:00.000Z",
  placedBy: "bob",
  ...more,
});

describe("an erasure", () => {
  it("is previewed without a name that the log has, and without doing anything", async () => {
    const { record } = await makeGrace();
    holds = [hold()];
    const preview = await erasures.preview(grace);
    expect(preview).toEqual({
      since: new Date(now).toISOString(),
      leftPlain: ["client.ip"],
      heldBy: ["h1"],
      copiesGone: new Date(now + 30 * 86_400_000).toISOString(),
    });
    expect(JSON.stringify(preview)).not.toContain(record.alias);
    await expect(erasures.preview({ tenant: undefined, id: "nobody" })).rejects.toThrow("no subject");
    expect(events).toEqual([]);
    expect(await erasures.list()).toEqual([]);
  });

  it("takes two people, destroys key, alias and name in every file, and is certified", async () => {
    const { record, wrapped, marker } = await makeGrace();
    const store = createProtectStore({ state, keys });
    expect(await store.open(marker, 0)).toEqual({ ok: true, value: "grace@example.com" });
    expect(isOnDisk(wrapped)).toBe(true);
    const asked = await erasures.request(grace, REASON, ADA);
    expect(asked).toMatchObject({ status: "requested", alias: record.alias, requestedBy: ADA });
    const done = await erasures.approve(asked.id, BOB);
    expect(done).toMatchObject({ status: "done", decidedBy: BOB });

    expect(await store.open(marker, 0)).toEqual({ ok: false, why: "erased" });
    expect(await store.aliasOf(undefined, grace.id)).toBeUndefined();
    expect(await store.nameOf(record.alias)).toBeUndefined();
    for (const text of [wrapped, "grace"]) expect(isOnDisk(text)).toBe(false);
    expect(events.map(({ action }) => action)).toEqual(["log_erasure_requested", "log_erased"]);
    expect(events[1]).toMatchObject({
      id: asked.eventId,
      targets: [{ type: "subject", id: record.alias }],
      data: {
        keyIds: [record.key.id],
        counts: { keys: 1, aliases: 1 },
        since: "2026-11-22T00:00:00.000Z",
        askedBy: "ada",
        approvedBy: "bob",
        leftPlain: ["client.ip"],
        policy: "0123456789abcdef",
        copies: { goneBy: "2026-12-22T00:00:00.000Z" },
      },
    });
    expect(JSON.stringify(events)).not.toContain("grace");
    const [again] = (await keys.supply({ subjects: [grace], classes: [] })).subjects;
    expect(again?.record.alias).not.toBe(record.alias);
    expect(await store.open(marker.replace(record.key.id, "x".repeat(22)), 0)).toEqual({
      ok: false,
      why: "unknown_key",
    });
  });

  it("is refused to one person alone, to keys, for nobody, and with the name in its reason", async () => {
    await expect(erasures.request(grace, REASON, ADA)).rejects.toMatchObject({ code: "no_subject" });
    const { wrapped } = await makeGrace();
    const key: SelfActor = { kind: "key", id: "admin_k" };
    await expect(erasures.request(grace, REASON, key)).rejects.toMatchObject({ code: "not_a_person" });
    await expect(erasures.request(grace, `for Grace@Example.com`, ADA)).rejects.toMatchObject({
      code: "names_subject",
    });
    const { id } = await erasures.request(grace, REASON, ADA);
    await expect(erasures.request(grace, REASON, BOB)).rejects.toMatchObject({ code: "pending" });
    await expect(erasures.approve(id, ADA)).rejects.toMatchObject({ code: "same_person" });
    await expect(erasures.approve(id, { ...key, id: "u_bob" })).rejects.toMatchObject({
      code: "not_a_person",
    });
    await expect(erasures.approve("none", BOB)).rejects.toMatchObject({ code: "not_open" });
    await erasures.run();
    expect(isOnDisk(wrapped)).toBe(true);
    expect(await erasures.cancel(id, ADA, "a mistake")).toMatchObject({ status: "cancelled" });
    await expect(erasures.approve(id, BOB)).rejects.toMatchObject({ code: "not_open" });
    await expect(erasures.cancel(id, BOB, "again")).rejects.toMatchObject({ code: "not_open" });
    expect((await erasures.request(grace, REASON, ADA)).status).toBe("requested");
  });

  it("waits for a legal hold, says so once, and is done when it is released", async () => {
    const { wrapped } = await makeGrace();
    const past = { from: "2020-01-01T00:00:00Z", to: "2020-02-01T00:00:00Z" };
    holds = [
      hold(),
      hold({ id: "h2", scope: past }),
      hold({ id: "h3", released: "2026-11-02T00:00:00.000Z" }),
    ];
    const { id } = await erasures.request(grace, REASON, ADA);
    expect(await erasures.approve(id, BOB)).toMatchObject({ status: "deferred", heldBy: ["h1"] });
    await erasures.run();
    await erasures.run();
    expect(events.map(({ action }) => action)).toEqual(["log_erasure_requested", "log_erasure_deferred"]);
    expect(isOnDisk(wrapped)).toBe(true);
    holds = [hold({ released: "2026-11-22T00:00:00.000Z" })];
    await erasures.run();
    expect(await erasures.get(id)).toMatchObject({ status: "done", heldBy: [] });
    expect(isOnDisk(wrapped)).toBe(false);
  });

  it("that is deferred can be cancelled", async () => {
    const { wrapped } = await makeGrace();
    holds = [hold()];
    const { id } = await erasures.request(grace, REASON, ADA);
    await erasures.approve(id, BOB);
    await erasures.cancel(id, ADA, "the court keeps it");
    holds = [];
    await erasures.run();
    expect((await erasures.get(id)).status).toBe("cancelled");
    expect(isOnDisk(wrapped)).toBe(true);
  });

  it("that a crash stopped before its certificate is ended at the next start, with the same event", async () => {
    const { record, wrapped } = await makeGrace();
    const { id, eventId } = await erasures.request(grace, REASON, ADA);
    sealing = () => {
      throw new Error("the process died here");
    };
    await expect(erasures.approve(id, BOB)).rejects.toThrow("died here");
    sealing = undefined;
    await close();
    await open();
    expect((await erasures.get(id)).status).toBe("approved");
    await expect(erasures.cancel(id, ADA, "too late")).rejects.toMatchObject({ code: "not_open" });
    await erasures.run();
    await erasures.run();
    expect((await erasures.get(id)).status).toBe("done");
    expect(events.filter(({ action }) => action === "log_erased")).toMatchObject([
      { id: eventId, targets: [{ id: record.alias }] },
    ]);
    expect(isOnDisk(wrapped)).toBe(false);
  });
});

const lineOf = (event: object): Buffer => Buffer.from(`${JSON.stringify(event)}\n`);
const batch = (...lines: Buffer[]) => {
  let end = 0;
  const ends = Uint32Array.from(lines.map((line) => (end += line.length)));
  return { log: "main", first: 0, count: lines.length, bytes: Buffer.concat(lines), ends };
};

describe("the follower of certificates", () => {
  it("erases again what an older copy of the state brought back, and believes nobody else", async () => {
    const { record, marker, wrapped } = await makeGrace();
    const certificate = {
      received: "2026-11-22T00:00:00.000Z",
      via: "telltale",
      action: "log_erased",
      targets: [{ type: "subject", id: record.alias }],
      data: { keyIds: [record.key.id], destroyed: "2026-11-22T00:00:00.000Z" },
    };
    const follower = new EnforceFollower({ erasures, cursors: state.cursors });
    expect(await follower.start()).toBe(0);
    const forged = { ...certificate, via: "ingest_a" };
    const quoted = { via: "telltale", action: "log_viewed", message: '"action":"log_erased"' };
    const odd = { ...certificate, data: {} };
    await follower.handle(batch(lineOf(forged), lineOf(quoted), lineOf(odd)));
    const store = createProtectStore({ state, keys });
    expect(await store.open(marker, 0)).toMatchObject({ ok: true });
    await follower.handle(batch(lineOf({ via: "x" }), lineOf(certificate), lineOf({ via: "y" })));
    expect(await store.open(marker, 0)).toEqual({ ok: false, why: "erased" });
    expect(isOnDisk(wrapped)).toBe(false);
    await follower.close();
    expect(await state.cursors.get("erase")).toMatchObject({ next: 3 });
    await follower.handle(batch(lineOf(certificate)));
  });
});
