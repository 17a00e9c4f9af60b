// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SelfEvent } from "../self-log.js";
import type { State } from "../state/state.js";
import { openState } from "../state/state.js";
import type { Access } from "./access.js";
import { openAccess } from "./access.js";
import { openKeys } from "./keys.js";
import { verifyPasswordStrength } from "./passwords.js";
import { createOutboxSelfLog, drainSelfEvents } from "./self-outbox.js";
import { SESSION_ABSOLUTE_MS, SESSION_IDLE_MS } from "./sessions.js";

const PASSWORD = "a long enough pass phrase";
const BY = { kind: "system", id: "test" } as const;

let dir: string;
let state: State;
let access: Access;
let events: SelfEvent[];
let sealFails: boolean;
const clock = { now: 0 };

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "telltale-access-"));
  clock.now = Date.parse("2026-01-01T00:00:00.000Z");
  events = [];
  sealFails = false;
  state = openState(join(dir, "state.db"));
  const selfLog = {
    emit: (event: SelfEvent) => void events.push(event),
    async seal(more: readonly SelfEvent[]) {
      if (sealFails) throw new Error("disk full");
      events.push(...more);
    },
  };
  access = await openAccess({ state, selfLog, now: () => clock.now, watchMs: 20 });
});
afterEach(async () => {
  await access.close();
  await state.close();
  rmSync(dir, { recursive: true, force: true });
});

const waiting = (): Promise<unknown[]> => state.db.selectFrom("self_events").selectAll().execute();
const actions = () => events.map((event) => event.action);
const owner = () => access.users.create({ name: "Alice", password: PASSWORD, role: "owner" }, BY);
const signIn = (password = PASSWORD, name = "alice") =>
  access.signIn({ name, password, address: "192.0.2.1" });

describe("API keys", () => {
  it("are accepted with their role and app, and refused in every other form", async () => {
    const { key, token } = await access.keys.create({ role: "ingest", name: "shop", app: "shop-api" }, BY);
    expect(token).toMatch(/^tt_ingest_[a-z2-7]{12}_[a-z2-7]{52}$/);
    expect(access.keys.verify(token)).toMatchObject({
      kind: "key",
      id: key.id,
      role: "ingest",
      app: "shop-api",
    });
    const last = token.endsWith("a") ? "b" : "a";
    const wrong = [
      "",
      "tt_",
      token.slice(0, -1),
      token.slice(0, -1) + last,
      `${token}a`,
      `${token}\n`,
      token.toUpperCase(),
      token.replace("tt_ingest", "tt_admin"),
      "x".repeat(100_000),
      `tt_ingest___proto____${"a".repeat(52)}`,
    ];
    for (const text of wrong) expect(access.keys.verify(text)).toBeUndefined();
    for (const text of wrong) expect(await access.keys.verifyFresh(text)).toBeUndefined();
  });

  it("end at once when revoked, and leave a trace of who did what", async () => {
    const { key, token } = await access.keys.create({ role: "read", name: "tail" }, BY);
    const pending = access.keys.revoke(key.id, BY);
    await pending;
    expect(access.keys.verify(token)).toBeUndefined();
    await access.keys.revoke(key.id, BY);
    expect((await access.keys.list())[0]).toMatchObject({ id: key.id, revoked: "2026-01-01T00:00:00.000Z" });
    expect(events).toMatchObject([
      { action: "log_key_changed", reason: "created", targets: [{ id: key.id, name: "tail" }] },
      { action: "log_key_changed", reason: "revoked", actor: { type: "system", id: "test" } },
    ]);
    await expect(access.keys.revoke("nosuchkey", BY)).rejects.toMatchObject({ code: "not_found" });
  });

  it("made and revoked by another process take effect here, with their events", async () => {
    const other = openState(join(dir, "state.db"));
    const outbox = createOutboxSelfLog(other);
    const keys = await openKeys({ state: other, selfLog: outbox, now: () => clock.now });
    const { key, token } = await keys.create({ role: "ingest", name: "cli" }, BY);
    expect(await access.keys.verifyFresh(token)).toMatchObject({ id: key.id });
    await keys.revoke(key.id, BY);
    await outbox.flush();
    await expect.poll(() => access.keys.verify(token), { timeout: 2_000 }).toBeUndefined();
    await expect
      .poll(() => events.map((event) => event.reason), { timeout: 2_000 })
      .toEqual(["created", "revoked"]);
    expect(await state.db.selectFrom("self_events").selectAll().execute()).toEqual([]);
    await other.close();
  });

  it("seals what waits behind a row that somebody else wrote, and tells of that row", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const rows = ["not json", "[]", '{"no":"action"}'].map((event, i) => ({ id: `planted-${i}`, at, event }));
    await state.db.insertInto("self_events").values(rows).execute();
    await drainSelfEvents(state, {
      emit: () => undefined,
      seal: async (sealed) => void events.push(...sealed),
    });
    expect(await waiting()).toEqual([]);
    expect(events.filter(({ action }) => action === "log_tamper_suspected")).toMatchObject([
      { id: "planted-0", reason: "bad_state_row", data: { row: "not json" } },
      { id: "planted-1" },
      { id: "planted-2" },
    ]);
  });
  it("of another process leave their events in the table until these are sealed", async () => {
    sealFails = true;
    const other = openState(join(dir, "state.db"));
    const outbox = createOutboxSelfLog(other);
    await (await openKeys({ state: other, selfLog: outbox, now: () => clock.now })).create(
      { role: "read", name: "cli" },
      BY,
    );
    await outbox.flush();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await waiting()).toHaveLength(1);
    sealFails = false;
    await expect.poll(waiting, { timeout: 2_000 }).toEqual([]);
    expect(events).toMatchObject([{ action: "log_key_changed", reason: "created" }]);
    await other.close();
  });

  it("remember when they were last used", async () => {
    const { token } = await access.keys.create({ role: "read", name: "x" }, BY);
    expect((await access.keys.list())[0]?.lastUsed).toBeNull();
    access.keys.verify(token);
    expect((await access.keys.list())[0]?.lastUsed).toBe("2026-01-01T00:00:00.000Z");
  });

  it("are verified without the slow hash of passwords, which takes tens of milliseconds", async () => {
    const { token } = await access.keys.create({ role: "ingest", name: "x" }, BY);
    const rounds = 2_000;
    const start = performance.now();
    for (let i = 0; i < rounds; i++) access.keys.verify(token);
    const micros = ((performance.now() - start) * 1_000) / rounds;
    expect(micros).toBeLessThan(1_000);
  });
});

describe("sign-in", () => {
  it("takes name (any case) and password, and writes both outcomes down", async () => {
    const user = await owner();
    await expect(signIn("wrong password!")).rejects.toMatchObject({ code: "bad_credentials", status: 401 });
    await expect(signIn(PASSWORD, "nobody")).rejects.toMatchObject({ code: "bad_credentials" });
    const { token, principal } = await signIn(PASSWORD, "ALICE");
    expect(await access.sessions.find(token)).toEqual(principal);
    expect(principal).toMatchObject({ kind: "user", id: user.id, name: "Alice", role: "owner" });
    expect(actions()).toEqual([
      "user_created",
      "authn_login_fail",
      "authn_login_fail",
      "authn_login_success",
    ]);
    expect(events[1]).toMatchObject({
      reason: "bad_password",
      actor: { id: user.id },
      client: { ip: "192.0.2.1" },
    });
    expect(events[2]).toMatchObject({ reason: "unknown_user", actor: { type: "anonymous" } });
    expect(JSON.stringify(events[2])).not.toContain("nobody");
  });

  it("asks to wait after five failures, also with the right password", async () => {
    await owner();
    for (let i = 0; i < 5; i++)
      await expect(signIn("wrong password!")).rejects.toMatchObject({ status: 401 });
    await expect(signIn()).rejects.toMatchObject({ code: "rate_limited", retryAfter: 1 });
    expect(actions().at(-1)).toBe("authn_login_fail_max");
    clock.now += 1_000;
    await expect(signIn()).resolves.toBeDefined();
  });

  it("writes down few of the attempts that are turned away", async () => {
    await owner();
    for (let i = 0; i < 200; i++)
      await expect(signIn("wrong password!")).rejects.toMatchObject({ status: i < 5 ? 401 : 429 });
    expect(actions().filter((action) => action === "authn_login_fail_max")).toHaveLength(1);
    clock.now += 61_000;
    await expect(signIn("wrong password!")).rejects.toMatchObject({ status: 401 });
    await expect(signIn("wrong password!")).rejects.toMatchObject({ status: 429 });
    expect(events.at(-1)).toMatchObject({ action: "authn_login_fail_max", data: { repeats: 194 } });
  });

  it("refuses a disabled user and ends the sessions of one who changes", async () => {
    const alice = await owner();
    const bob = await access.users.create({ name: "bob", password: PASSWORD, role: "viewer" }, BY);
    const { token } = await signIn(PASSWORD, "bob");
    await access.users.setRole(bob.id, "analyst", BY);
    expect(await access.sessions.find(token)).toBeUndefined();
    const again = await signIn(PASSWORD, "bob");
    expect(again.principal.role).toBe("analyst");
    await access.users.setPassword(bob.id, "another good pass phrase", BY);
    expect(await access.sessions.find(again.token)).toBeUndefined();
    await access.users.disable(bob.id, BY);
    await expect(signIn("another good pass phrase", "bob")).rejects.toMatchObject({
      code: "bad_credentials",
    });
    await expect(access.users.disable(alice.id, BY)).rejects.toMatchObject({ code: "conflict" });
    await expect(access.users.setRole(alice.id, "viewer", BY)).rejects.toMatchObject({ code: "conflict" });
  });

  it("refuses names that cannot be told apart and names that are taken", async () => {
    await owner();
    for (const name of ["", " ", "a\u0000b", "al\u202eice", "x".repeat(129), "a b", "\u200balice"]) {
      await expect(
        access.users.create({ name, password: PASSWORD, role: "viewer" }, BY),
      ).rejects.toMatchObject({
        code: "bad_request",
      });
    }
    for (const name of ["ALICE", "ａlice", " alice "]) {
      await expect(
        access.users.create({ name, password: PASSWORD, role: "viewer" }, BY),
      ).rejects.toMatchObject({
        code: "conflict",
      });
    }
  });
});

describe("sessions", () => {
  it("end with sign-out, after twelve idle hours and after seven days", async () => {
    await owner();
    const out = await signIn();
    await access.sessions.end(out.principal);
    expect(await access.sessions.find(out.token)).toBeUndefined();
    const idle = await signIn();
    clock.now += SESSION_IDLE_MS - 1_000;
    expect(await access.sessions.find(idle.token)).toBeDefined();
    clock.now += SESSION_IDLE_MS + 1;
    expect(await access.sessions.find(idle.token)).toBeUndefined();
    const busy = await signIn();
    const end = clock.now + SESSION_ABSOLUTE_MS;
    while (clock.now + 3_600_000 < end) {
      clock.now += 3_600_000;
      expect(await access.sessions.find(busy.token)).toBeDefined();
    }
    clock.now = end + 1;
    expect(await access.sessions.find(busy.token)).toBeUndefined();
  });

  it("are replaced at sign-in, so a planted cookie is worth nothing", async () => {
    await owner();
    const first = await signIn();
    const second = await access.signIn({
      name: "alice",
      password: PASSWORD,
      address: "::1",
      previous: first.token,
    });
    expect(second.token).not.toBe(first.token);
    expect(await access.sessions.find(first.token)).toBeUndefined();
    expect(await access.sessions.find(second.token)).toBeDefined();
  });

  it("sweeps what timed out", async () => {
    await owner();
    await signIn();
    clock.now += SESSION_ABSOLUTE_MS + 1;
    await access.sessions.sweep();
    expect(await state.db.selectFrom("sessions").selectAll().execute()).toEqual([]);
  });
});

describe("set-up", () => {
  it("makes one owner with a link that was issued, once", async () => {
    const first = (await access.setup.issue()) as string;
    const second = (await access.setup.issue()) as string;
    const make = (token: string, name = "root") => access.setup.complete({ token, name, password: PASSWORD });
    await expect(make("a".repeat(52))).rejects.toMatchObject({ code: "setup_token_invalid" });
    await expect(make("")).rejects.toMatchObject({ code: "setup_token_invalid" });
    await expect(
      access.setup.complete({ token: first, name: "root", password: "short" }),
    ).rejects.toMatchObject({
      code: "weak_password",
    });
    const results = await Promise.allSettled([make(first, "one"), make(second, "two")]);
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await access.users.list()).toHaveLength(1);
    expect((await access.users.list())[0]?.role).toBe("owner");
    await expect(make(second)).rejects.toMatchObject({ code: "setup_done" });
    expect(await access.setup.issue()).toBeUndefined();
    expect(await access.setup.needed()).toBe(false);
  });
});

describe("secrets at rest", () => {
  it("are nowhere in the files of the state", async () => {
    const { token } = await access.keys.create({ role: "admin", name: "x" }, BY);
    const setup = (await access.setup.issue()) as string;
    await owner();
    const session = (await signIn()).token;
    const files = readdirSync(dir).map((file) => readFileSync(join(dir, file)).toString("latin1"));
    for (const secret of [PASSWORD, token, token.slice(-52), setup, session]) {
      for (const text of files) expect(text).not.toContain(secret);
    }
    expect(files.join("")).toContain("$argon2id$v=19$m=19456,t=2,p=1$");
  });
});

describe("password strength", () => {
  it.each([
    "",
    "short",
    "aaaaaaaaaaaaaaa",
    "abcabcabcabcabc",
    "123456789012",
    "password1234!",
    "alice-2026-al",
    "x".repeat(257),
  ])("refuses %s", (password) => {
    expect(() => verifyPasswordStrength(password, "alice")).toThrow(
      expect.objectContaining({ code: "weak_password" }),
    );
  });
  it.each([PASSWORD, "Tr0ub4dor&3-horse", "пароль который длинный", "a".repeat(6) + "-bcdefgh"])(
    "takes %s",
    (password) => {
      expect(() => verifyPasswordStrength(password, "alice")).not.toThrow();
    },
  );
});
