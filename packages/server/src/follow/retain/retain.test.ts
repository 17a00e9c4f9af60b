// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RetainBench } from "../../../test/retain-fixture.js";
import { DirectoryArchive } from "./archive.js";
import { DAY_MS } from "./policy.js";
import type { RetainOptions } from "./retain.js";

const BOSS = { kind: "user", id: "u1", name: "Ada" } as const;
let bench: RetainBench;

/** Five days of events, then the clock at `days` after the first of them. */
async function fiveDays(days: number, options: Partial<RetainOptions> = {}): Promise<void> {
  bench = await RetainBench.create(options);
  const start = bench.now;
  for (let i = 0; i < 5; i++) await bench.day();
  await bench.compressed();
  await bench.follow();
  bench.now = start + days * DAY_MS;
}

const gone = (): number => bench.log.firstKept(0);

afterEach(async () => {
  await bench.dispose();
  expect(bench.errors.map(({ message }) => message)).toEqual([]);
});

describe("what is due", () => {
  it("goes when its newest event is older than the days kept, not a millisecond before", async () => {
    await fiveDays(180);
    bench.now -= 1;
    const segments = bench.log.segments();
    expect(await bench.run()).toMatchObject({ certified: 0 });
    expect(gone()).toBe(0);
    bench.now += 1;
    expect(await bench.run()).toMatchObject({ certified: 1 });
    expect(gone()).toBe(segments[1]?.first);
    expect(await bench.run()).toMatchObject({ certified: 0, waiting: 0 });
    expect(await bench.verify()).toMatchObject({ verdict: "intact", findings: [] });
    const [certificate, ...more] = await bench.events("log_pruned");
    expect(more).toEqual([]);
    expect(certificate?.data).toMatchObject({
      first: 0,
      next: segments[1]?.first,
      count: segments[0]?.count,
      bytes: segments[0]?.bytes,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      root: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      due: new Date(bench.now).toISOString(),
      policy: { clock: "received", keptDays: 180, searchableDays: 90, hash: expect.any(String) as string },
      holds: { revision: 0, blocking: 0 },
      archive: null,
    });
  });

  it("all that is due in one run, but never the open segment; also over a restart", async () => {
    await fiveDays(1000);
    expect(await bench.run()).toMatchObject({ certified: 4 });
    expect(bench.log.segments().length).toBeLessThanOrEqual(2);
    await bench.kill();
    await bench.open();
    expect(gone()).toBeGreaterThan(768);
    expect(await bench.verify()).toMatchObject({ verdict: "intact", findings: [] });
  });

  it("leaves the search before, by whole segments", async () => {
    await fiveDays(93);
    await bench.run();
    expect(bench.dropped.at(-1)).toBe(bench.log.segments()[3]?.first); // 93, 92 and 91 days old
    expect(gone()).toBe(0);
  });

  it("is looked at by itself: soon after a start, then at each interval, when nothing else comes", async () => {
    await fiveDays(5);
    await bench.kill();
    await bench.open({ everyMs: 3_600_000 });
    /** True when this call has begun a look. */
    const looks = async (): Promise<boolean> => {
      await bench.retain.idle();
      return (await bench.retain.status()).lastRun === bench.now;
    };
    /** Until what was begun is done. */
    const settled = () =>
      expect.poll(async () => {
        await bench.follow();
        return bench.dropped.length;
      });
    bench.now += 59_999;
    expect(await looks()).toBe(false); // not at once after a start
    bench.now += 1;
    await expect.poll(looks).toBe(true);
    await settled().toBe(1);
    bench.now += 3_599_999;
    expect(await looks()).toBe(false);
    bench.now += 1;
    await expect.poll(looks).toBe(true);
    await settled().toBe(2);
    expect(gone()).toBe(0);
    bench.now += 176 * DAY_MS;
    await expect.poll(looks).toBe(true);
    await settled().toBe(3);
    await expect.poll(() => bench.follow().then(gone)).toBeGreaterThan(0);
  });

  it("a certificate that was sealed before the process died is carried out by the next one, once", async () => {
    await fiveDays(181);
    await bench.retain.run(); // sealed, and nobody followed
    expect(gone()).toBe(0);
    await bench.kill();
    await bench.open();
    expect(gone()).toBeGreaterThan(0);
    await bench.run();
    expect(await bench.events("log_pruned")).toHaveLength(2); // one of each segment
  });

  it("asked twice, it is certified once", async () => {
    await fiveDays(180);
    await Promise.all([bench.retain.run(), bench.retain.run()]);
    await bench.retain.run();
    await bench.follow();
    expect(await bench.events("log_pruned")).toHaveLength(1);
    expect(gone()).toBeGreaterThan(0);
  });

  it("a segment whose lines were changed is evidence: it stays, and is reported", async () => {
    await fiveDays(181);
    const [segment] = bench.log.segments();
    const other = bench.log.segments()[1];
    writeFileSync(segment?.path ?? "", readFileSync(other?.path ?? "").subarray(0, segment?.bytes));
    await bench.run();
    expect(existsSync(segment?.path ?? "")).toBe(true);
    expect(bench.errors.length).toBeGreaterThan(0);
    bench.errors.length = 0;
  });
});

describe("holds", () => {
  it("on events or on a time keep whole segments; what lies around goes; released, they go too", async () => {
    await fiveDays(0);
    const segments = bench.log.segments();
    const range = { first: (segments[0]?.first ?? 0) + 3, next: (segments[0]?.first ?? 0) + 4 };
    const noon = Date.UTC(2026, 0, 3);
    const span = { from: new Date(noon).toISOString(), to: new Date(noon + DAY_MS).toISOString() };
    const one = await bench.retain.place({ name: "case 1", reason: "court", scope: range }, BOSS);
    const two = await bench.retain.place({ name: "case 2", reason: "audit", scope: span }, BOSS);
    bench.now += 400 * DAY_MS;
    const { blocked } = await bench.run();
    expect(blocked.map(({ holds }) => holds)).toEqual([[one.id], [two.id]]);
    expect(bench.log.pruned.map(({ first }) => first)).toEqual([segments[1]?.first, segments[3]?.first]);
    expect((await bench.log.read(range.first, range.next)).count).toBe(1);
    expect(await bench.verify()).toMatchObject({ verdict: "intact", findings: [] });
    await bench.retain.release(one.id, BOSS);
    await bench.run();
    expect(gone()).toBe(segments[2]?.first);
    await bench.retain.release(two.id, BOSS);
    await bench.run();
    expect(gone()).toBe(segments[4]?.first);
    expect(await bench.events("log_hold_placed")).toHaveLength(2);
    expect((await bench.events("log_hold_released")).map(({ data }) => data.name)).toEqual([
      "case 1",
      "case 2",
    ]);
    await expect(bench.retain.release(two.id, BOSS)).rejects.toMatchObject({ code: "retain_no_hold" });
  });

  it("placed between certificate and removal, it makes the certificate void; later there is a new one", async () => {
    await fiveDays(180);
    await bench.retain.run();
    const hold = await bench.retain.place(
      { name: "late", reason: "just in time", scope: { first: 0, next: 1 } },
      BOSS,
    );
    await bench.follow();
    expect(gone()).toBe(0);
    expect(await bench.run()).toMatchObject({ certified: 0, blocked: [{ first: 0 }] });
    await bench.retain.release(hold.id, BOSS);
    expect(await bench.run()).toMatchObject({ certified: 1 });
    expect(gone()).toBeGreaterThan(0);
    expect(await bench.events("log_pruned")).toHaveLength(2);
  });

  it("without a name, a reason or a range there is none", async () => {
    bench = await RetainBench.create();
    const scope = { first: 0, next: 5 };
    const refused = [
      { name: " ", reason: "r", scope },
      { name: "n", reason: "line\nbreak", scope },
      { name: "n", reason: "r", scope: { first: 5, next: 5 } },
      { name: "n", reason: "r", scope: { first: -1, next: 5 } },
      { name: "n", reason: "r", scope: { from: "yesterday", to: "2026-01-01T00:00:00Z" } },
      { name: "n", reason: "r", scope: { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" } },
    ];
    for (const hold of refused) {
      await expect(async () => bench.retain.place(hold, BOSS)).rejects.toMatchObject({
        code: "retain_bad_hold",
      });
    }
    expect(await bench.holds.list()).toEqual([]);
    expect(await bench.holds.revision()).toBe(0);
  });
});

describe("the policy", () => {
  it("less than half a year is refused, unless somebody is named; that is an event; a change voids certificates", async () => {
    await fiveDays(181);
    const short = { searchableDays: 30, keptDays: 60 };
    await expect(bench.open({ policy: short })).rejects.toMatchObject({ code: "locked" });
    await bench.retain.run();
    await bench.kill();
    await expect(bench.open({ policy: short })).rejects.toMatchObject({ code: "retain_too_short" });
    await bench.kill();
    const override = { name: "Ada", reason: "test system" };
    await bench.open({ policy: { searchableDays: 90, keptDays: 179, override } });
    expect(gone()).toBe(0); // certified under the policy before
    await bench.run();
    expect(gone()).toBeGreaterThan(0);
    const changes = await bench.events("log_retention_changed");
    expect(changes.map(({ data }) => data.to)).toMatchObject([
      { keptDays: 180 },
      { keptDays: 179, override },
    ]);
    await bench.run();
    expect(await bench.events("log_retention_changed")).toHaveLength(2);
  });

  it("the default says nothing, and days that are no policy are refused", async () => {
    bench = await RetainBench.create({ policy: { searchableDays: 90, keptDays: 365 } });
    await bench.run();
    expect(await bench.events("log_retention_changed")).toEqual([]);
    await bench.kill();
    for (const policy of [
      { searchableDays: 0, keptDays: 365 },
      { searchableDays: 400, keptDays: 365 },
      { searchableDays: 90.5, keptDays: 365 },
      { searchableDays: 90, keptDays: Number.POSITIVE_INFINITY },
      { searchableDays: 1, keptDays: 1, override: { name: "", reason: "r" } },
    ]) {
      await expect(bench.open({ policy })).rejects.toMatchObject({ code: "retain_bad_policy" });
      await bench.kill();
    }
    await bench.open();
  });
});

describe("the archive", () => {
  let folder: ReturnType<typeof tempDir>;
  beforeEach(() => {
    folder = tempDir("archive", true);
  });
  afterEach(() => folder.dispose());

  const late = (): { archive: DirectoryArchive } => ({
    archive: new DirectoryArchive(folder.path, bench.log.origin),
  });
  const files = (): string[] => readdirSync(folder.path, { recursive: true, encoding: "utf8" }).sort();

  it("has a whole copy and a manifest of all that goes, before it goes", async () => {
    await fiveDays(180);
    await bench.kill();
    await bench.open(late());
    const [segment] = bench.log.segments();
    const bytes = readFileSync(segment?.path ?? "");
    await bench.run();
    expect(gone()).toBeGreaterThan(0);
    expect(existsSync(segment?.path ?? "")).toBe(false);
    const name = files().find((file) => file.endsWith(".zst")) ?? "";
    expect(readFileSync(path.join(folder.path, name)).equals(bytes)).toBe(true);
    const manifest = JSON.parse(readFileSync(path.join(folder.path, `${name}.json`), "utf8")) as object;
    expect(manifest).toMatchObject({
      origin: bench.log.origin,
      first: 0,
      treeSize: expect.any(Number) as number,
    });
    const [certificate] = await bench.events("log_pruned");
    expect(certificate?.data.archive).toMatchObject({
      file: name,
      sha256: (manifest as { sha256: string }).sha256,
    });
  });

  it("a copy that was damaged meanwhile keeps the segment; when it is whole again, it goes", async () => {
    await fiveDays(180);
    await bench.kill();
    await bench.open(late());
    await bench.retain.run();
    const copy = path.join(folder.path, files().find((file) => file.endsWith(".zst")) ?? "");
    const whole = readFileSync(copy);
    truncateSync(copy, 100);
    await bench.follow();
    expect(gone()).toBe(0);
    expect(bench.errors.splice(0)).toMatchObject([{ code: "retain_archive_failed" }]);
    expect(await bench.run()).toMatchObject({ certified: 0, waiting: 1 });
    expect(bench.errors.splice(0)).toMatchObject([{ code: "retain_archive_failed" }]);
    await bench.kill(); // the next process meets the same certificate
    writeFileSync(copy, whole);
    await bench.open(late());
    expect(gone()).toBeGreaterThan(0);
  });

  it("that cannot be written keeps everything", async () => {
    await fiveDays(180);
    await bench.kill();
    rmSync(folder.path, { recursive: true });
    writeFileSync(folder.path, "a file");
    await bench.open(late());
    await expect(bench.retain.run()).rejects.toMatchObject({ code: "retain_archive_failed" });
    expect(gone()).toBe(0);
    expect(await bench.events("log_pruned")).toEqual([]);
  });
});
