// SPDX-License-Identifier: Apache-2.0
import { Command } from "commander";
import { afterEach, describe, expect, it } from "vitest";
import { answerJson, type FakeServer, startFakeServer } from "../../test/fake-server.js";
import { makeIo } from "../../test/test-io.js";
import type { Context } from "../context.js";
import { registerRetain } from "./retain.js";

let server: FakeServer | undefined;
afterEach(() => server?.close());

const NOW = Date.UTC(2026, 10, 22, 12);
const HOLD = {
  id: "h1",
  name: "case 17\u001b[31m",
  reason: "court",
  scope: { first: 1200, next: 88_001 },
  placed: "2026-11-22T10:00:00.000Z",
  released: null,
};
const STATUS = {
  policy: { searchableDays: 90, keptDays: 365, clock: "received", override: null, hash: "ab" },
  size: 100_000,
  pruned: [{ first: 0, next: 40_960 }],
  nextDue: "2026-11-23T00:00:00.000Z",
  waiting: 0,
  archiving: true,
  lastError: null,
  holds: [HOLD],
  disk: { freeBytes: 5e11, totalBytes: 1e12, bytesPerDay: 12e9, daysUntilFull: 41.5, full: false },
};

async function serve(status: number, body: unknown): Promise<void> {
  server = await startFakeServer((_request, response) => answerJson(response, status, body));
}

interface Ran {
  exit: string;
  stdout: string;
  stderr: string;
}

async function run(...argv: string[]): Promise<Ran> {
  const test = makeIo({ now: () => NOW });
  const context: Context = { io: test.io, exit: "ok" };
  const program = new Command().exitOverride();
  registerRetain(program, context);
  const [name = "", ...rest] = argv;
  const to = ["--url", server?.url ?? "http://127.0.0.1:1", "--key", "tt_admin_a_b"];
  await program.parseAsync(["retain", name, ...to, ...rest], { from: "user" });
  return { exit: context.exit, stdout: test.stdout(), stderr: test.stderr() };
}

/** What `status` prints for a disk that differs in this. */
async function statusOf(disk: object): Promise<string> {
  await server?.close();
  await serve(200, { ...STATUS, disk: { ...STATUS.disk, ...disk } });
  return (await run("status")).stdout;
}

describe("retain", () => {
  it("status says what is kept, what is due, how long the disk lasts, and lists holds that cannot break the table", async () => {
    await serve(200, STATUS);
    const { stdout } = await run("status");
    expect(stdout).toContain("searchable 90 days, kept 365 days");
    expect(stdout).toContain("59,040 of 100,000 events; 40,960 pruned");
    expect(stdout).toContain("full in 41.5 days");
    expect(stdout).toContain("events 1200-88000");
    expect(stdout).toContain("in force");
    expect(stdout).not.toContain("\u001b[31m");
    expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({ size: 100_000 });
  });

  it("status says of the disk what the storage page says, in its units", async () => {
    expect(await statusOf({})).toContain("500 GB of 1 TB free, full in 41.5 days at this rate");
    const unknown = await statusOf({ bytesPerDay: null, daysUntilFull: null });
    expect(unknown).toContain("not known yet how long it lasts: it takes an hour of measurements");
    expect(unknown).not.toContain("not filling");
    expect(await statusOf({ bytesPerDay: 0, daysUntilFull: null })).toContain("free, not filling");
  });

  it("status shouts when events are refused", async () => {
    await serve(200, { ...STATUS, disk: { ...STATUS.disk, full: true } });
    expect((await run("status")).stdout).toContain("FULL: events are refused");
  });

  it("run says what goes and what stays, and is not done while certificates wait", async () => {
    await serve(200, { certified: 3, waiting: 0, blocked: [{ first: 0, next: 256, holds: ["h1"] }] });
    const done = await run("run");
    expect(done.exit).toBe("ok");
    expect(done.stderr).toContain("3 segments certified");
    expect(done.stderr).toContain("Kept by holds: 1 segment.");
    expect(server?.requests[0]).toMatchObject({ method: "POST", path: "/v1/retention/run" });
    await server?.close();
    await serve(200, { certified: 3, waiting: 2, blocked: [] });
    expect((await run("run")).exit).toBe("incomplete");
  });

  it("hold sends events with the last one included, or a time; the id is alone on stdout", async () => {
    await serve(201, { hold: HOLD });
    const made = await run("hold", "--name", "case 17", "--reason", "court", "--events", "1200-88000");
    expect(made.stdout).toBe("h1\n");
    expect(JSON.parse(server?.requests[0]?.body ?? "")).toEqual({
      name: "case 17",
      reason: "court",
      scope: { first: 1200, next: 88_001 },
    });
    await run("hold", "--name", "n", "--reason", "r", "--from", "2026-11-01", "--to", "now");
    expect(JSON.parse(server?.requests[1]?.body ?? "")).toMatchObject({
      scope: { from: "2026-11-01T00:00:00.000Z", to: "2026-11-22T12:00:00.000Z" },
    });
  });

  it.each([
    ["--events", "5"],
    ["--events", "9-3"],
    ["--events", "1-2", "--from", "1h"],
    ["--from", "1h"],
    [],
    ["--from", "sometime", "--to", "now"],
  ])("hold refuses %s %s %s %s", async (...scope: string[]) => {
    await serve(201, { hold: HOLD });
    await expect(run("hold", "--name", "n", "--reason", "r", ...scope)).rejects.toMatchObject({
      code: "usage",
    });
    expect(server?.requests).toEqual([]);
  });

  it("release names the hold in the path, and says when there is none", async () => {
    await serve(200, { hold: { ...HOLD, released: "2026-11-22T11:00:00.000Z" } });
    expect((await run("release", "a/../b")).stderr).toContain("is released");
    expect(server?.requests[0]).toMatchObject({ method: "DELETE", path: "/v1/holds/a%2F..%2Fb" });
    await server?.close();
    await serve(404, { error: { code: "not_found", message: "There is nothing here." } });
    await expect(run("release", "x")).rejects.toMatchObject({ code: "usage" });
  });

  it("an answer of something else is no answer", async () => {
    for (const body of [{}, [], { policy: {}, size: 1 }, { ...STATUS, holds: 3 }, "text", null]) {
      await serve(200, body);
      await expect(run("status")).rejects.toMatchObject({ code: "unreachable" });
      await expect(run("run")).rejects.toMatchObject({ code: "unreachable" });
      await expect(run("release", "x")).rejects.toMatchObject({ code: "unreachable" });
      await server?.close();
    }
  });
});
