// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AWS_ENV, AWS_KEY, FakeAwsKms } from "../../test/protect/fake-aws-kms.js";
import { openState, type State } from "../state/state.js";
import { KeyService, type KeyState } from "./key-service.js";
import { openRootKey } from "./root/open.js";
import { parseKms } from "./settings.js";
import { createProtectStore } from "./store.js";
import type { KeyNews } from "./thread/thread-keys.js";

const HOUR = 3_600_000;
const DOWN = { status: 500, type: "KMSInternalException" };

let dir: ReturnType<typeof tempDir>;
let state: State;
let kms: FakeAwsKms;
let now: number;
let states: KeyState[];
let opened: KeyService[];

beforeEach(async () => {
  dir = tempDir();
  state = openState(path.join(dir.path, "state.db"));
  kms = await FakeAwsKms.start();
  now = Date.UTC(2026, 10, 22);
  states = [];
  opened = [];
});
afterEach(async () => {
  for (const each of opened) await each.close();
  await kms.close();
  await state.close();
  dir.dispose();
});

async function open(cacheMs: number | undefined = 12 * HOUR): Promise<KeyService> {
  const root = openRootKey({
    dataDir: dir.path,
    kms: parseKms(`aws:${AWS_KEY}`, kms.url),
    given: undefined,
    env: AWS_ENV,
    mayCreate: true,
    now: () => now,
  });
  const keys = await KeyService.open({
    state,
    root,
    now: () => now,
    cacheMs,
    onState: (each) => void states.push(each),
  });
  opened.push(keys);
  return keys;
}

const ada = { tenant: undefined, id: "ada" };
const needs = { subjects: [ada], classes: [{ kind: "email", day: "2026-11-22" }] };

describe("a KMS that goes away", () => {
  it("is asked at the start and not for events; without it they go on until the limit, then nothing does", async () => {
    const keys = await open();
    const news: KeyNews[] = [];
    keys.subscribe((each) => void news.push(each));
    const before = kms.calls.length;
    const first = await keys.supply(needs);
    expect(await keys.supply(needs)).toEqual(first);
    expect(kms.calls.length).toBe(before);

    kms.fault = DOWN;
    now += 11 * HOUR;
    await keys.check();
    expect(states).toEqual(["cached"]);
    expect((await keys.supply({ ...needs, subjects: [{ ...ada, id: "new" }] })).subjects).toHaveLength(1);
    now += HOUR;
    await keys.check();
    await keys.check();
    expect(states).toEqual(["cached", "locked"]);
    expect(keys.isLocked).toBe(true);
    await expect(keys.supply(needs)).rejects.toMatchObject({ code: "locked" });
    expect(news.map((each) => each.news)).toEqual(["material", "lock"]);

    kms.fault = undefined;
    await keys.check();
    expect(states).toEqual(["cached", "locked", "open"]);
    expect(await keys.supply(needs)).toEqual(first);
    expect(news.at(-1)).toEqual(news[0]);
  });

  it("at the start leaves the keys locked until it is back", async () => {
    const made = await (await open()).supply(needs);
    kms.fault = DOWN;
    const keys = await open();
    expect([keys.isLocked, keys.state]).toEqual([true, "locked"]);
    const store = createProtectStore({ state, keys });
    await expect(store.aliasOf(undefined, "ada")).rejects.toMatchObject({ code: "locked" });
    await expect(keys.rotateRoot()).rejects.toMatchObject({ code: "locked" });
    kms.fault = undefined;
    await keys.check();
    expect(await keys.supply(needs)).toEqual(made);
  });

  it("that is a file here and does not open refuses the start", async () => {
    await open();
    kms.fault = DOWN;
    const root = openRootKey({
      dataDir: dir.path,
      kms: parseKms(`aws:${AWS_KEY}`, kms.url),
      given: undefined,
      env: AWS_ENV,
      mayCreate: true,
      now: () => now,
    });
    await expect(
      KeyService.open({ state, root, now: () => now, cacheMs: undefined, onState: () => undefined }),
    ).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("rotation", () => {
  it("of the root key makes a new generation there and wraps everything anew here", async () => {
    const keys = await open();
    const made = await keys.supply(needs);
    expect(await keys.rotateRoot()).toMatchObject({ root: { provider: "aws-kms" }, keys: 4 });
    expect(kms.generations).toBe(2);
    expect(await keys.supply(needs)).toEqual(made);
    expect(await (await open()).supply(needs)).toEqual(made);
  });

  it("of tokens keeps the old epochs searchable", async () => {
    const keys = await open();
    const store = createProtectStore({ state, keys });
    const [old] = await store.tokensOf("t", "session", "abc");
    const news: KeyNews[] = [];
    keys.subscribe((each) => void news.push(each));
    expect((await keys.rotateTokens()).epoch).toBe(2);
    const both = await store.tokensOf("t", "session", "abc");
    expect(both).toHaveLength(2);
    expect(both[0]).toBe(old);
    expect(both[1]).not.toBe(old);
    expect(news.at(-1)).toMatchObject({ material: { epoch: { epoch: 2 } } });
    expect(await createProtectStore({ state, keys: await open() }).tokensOf("t", "session", "abc")).toEqual(
      both,
    );
    expect(await store.tokensOf("t", "ip", "203.0.113.7")).toHaveLength(3);
  });
});
