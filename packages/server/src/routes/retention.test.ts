// SPDX-License-Identifier: Apache-2.0
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RetainBench } from "../../test/retain-fixture.js";
import { ApiError } from "../errors.js";
import { DiskWatch } from "../follow/retain/disk.js";
import { DAY_MS } from "../follow/retain/policy.js";
import { createApi } from "./define.js";
import { registerRetention } from "./retention.js";

let bench: RetainBench;
let app: FastifyInstance;
let disk: DiskWatch;

beforeEach(async () => {
  bench = await RetainBench.create();
  disk = new DiskWatch({
    measure: () => Promise.resolve({ freeBytes: 5e11, totalBytes: 1e12 }),
    selfLog: { emit: () => undefined },
    onError: (error) => void bench.errors.push(error),
    now: () => bench.now,
  });
  app = Fastify();
  app.decorateRequest("principal", null);
  app.addHook("onRequest", async (request) => {
    request.principal = {
      kind: "key",
      id: "admin_k",
      name: "ops",
      role: "admin",
      app: undefined,
      tenant: undefined,
    };
  });
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof ApiError)) throw error;
    void reply.status(error.status).send({ error: { code: error.code, message: error.message } });
  });
  registerRetention(createApi(app), {
    retain: bench.retain,
    disk,
    access: { read: "status.read", manage: "keys.manage" },
  });
  await app.ready();
});

afterEach(async () => {
  await app.close();
  await bench.dispose();
});

const hold = (scope: unknown, more: object = {}) =>
  app.inject({
    method: "POST",
    url: "/v1/holds",
    payload: { name: "case", reason: "court", scope, ...more },
  });

describe("retention over HTTP", () => {
  it("shows the policy, what is due, and how long the disk lasts", async () => {
    const first = await app.inject("/v1/retention");
    expect(first.json()).toMatchObject({
      policy: { searchableDays: 90, keptDays: 180, clock: "received", override: null },
      pruned: [],
      nextDue: null,
      lastRun: null,
      disk: null,
    });
    for (let i = 0; i < 3; i++) await bench.day();
    await bench.compressed();
    await disk.check();
    const then = (await app.inject("/v1/retention")).json<{
      nextDue: string;
      storage: { bytes: number };
    }>();
    expect(then).toMatchObject({
      storage: { oldest: "2026-01-01T00:30:00.000Z", oldestSearchable: "2026-01-01T00:30:00.000Z" },
    });
    expect(then.storage.bytes).toBeGreaterThan(0);
    expect(Date.parse(then.nextDue)).toBe(Date.UTC(2026, 0, 1, 0, 30) + 180 * DAY_MS);
    expect(then).toMatchObject({
      disk: { freeBytes: 5e11, full: false, bytesPerDay: null, daysUntilFull: null },
    });
  });

  it("runs, holds and releases; the answer of a run says what is blocked and by what", async () => {
    for (let i = 0; i < 3; i++) await bench.day();
    await bench.compressed();
    await bench.follow();
    bench.now += 400 * DAY_MS;
    const made = await hold({ first: 0, next: 10 });
    expect(made.statusCode).toBe(201);
    const { id } = made.json<{ hold: { id: string } }>().hold;
    await bench.follow();
    const following = setInterval(() => void bench.follow(), 5);
    const run = await app.inject({ method: "POST", url: "/v1/retention/run" });
    expect(run.json()).toMatchObject({ waiting: 0, blocked: [{ first: 0, holds: [id] }] });
    const released = await app.inject({
      method: "DELETE",
      url: `/v1/holds/${id}`,
      payload: { reason: "settled" },
    });
    expect(released.json()).toMatchObject({
      hold: { id, releasedBy: "key ops (admin_k)", releaseReason: "settled" },
    });
    expect((await app.inject({ method: "DELETE", url: `/v1/holds/${id}` })).statusCode).toBe(404);
    await app.inject({ method: "POST", url: "/v1/retention/run" });
    clearInterval(following);
    const { firstKept, holds } = (await app.inject("/v1/retention")).json<{
      firstKept: number;
      holds: object[];
    }>();
    expect(firstKept).toBeGreaterThan(0);
    expect(holds).toMatchObject([
      { id, placedBy: "key ops (admin_k)", released: expect.any(String) as string },
    ]);
  });

  it("refuses what is no hold", async () => {
    const refused = [
      hold({ first: 5, next: 5 }),
      hold({ first: -1, next: 5 }),
      hold({ first: 0, next: 5, from: "2026-01-01T00:00:00Z" }),
      hold({ from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }),
      hold({ from: "yesterday", to: "today" }),
      hold({ first: 0, next: 1e300 }),
      hold({ first: 0, next: 5 }, { name: "" }),
      hold({ first: 0, next: 5 }, { reason: "a\u0000b" }),
      hold({ first: 0, next: 5 }, { other: 1 }),
      hold(null),
    ];
    for (const answer of await Promise.all(refused)) {
      expect({
        status: answer.statusCode,
        code: answer.json<{ error: { code: string } }>().error.code,
      }).toEqual({
        status: 400,
        code: "bad_request",
      });
    }
    expect(await bench.holds.list()).toEqual([]);
  });
});
