// SPDX-License-Identifier: Apache-2.0
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { tempDir } from "@telltale/testkit";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkChains } from "../../test/chains.js";
import { type Collector, createCollector } from "../../test/collector.js";
import { createTelltale, type Telltale, type TelltaleError, type TelltaleOptions } from "../index.js";

const SECRET = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst";
const KEY = `tt_ingest_k3k3k3k3k3k3_${SECRET}`;
let collector: Collector;
let temp: ReturnType<typeof tempDir>;
let dir: string;
let errors: TelltaleError[];
const open: Telltale[] = [];

type Options = Omit<Partial<TelltaleOptions>, "spool"> & { spool?: Partial<TelltaleOptions["spool"]> };

function start({ spool, ...options }: Options = {}): Telltale {
  const telltale = createTelltale({
    app: "shop",
    url: collector.url,
    key: KEY,
    logKey: collector.log.vkey,
    onError: (error) => errors.push(error),
    batch: { ms: 5 },
    spool: { directory: dir, ...spool },
    ...options,
  });
  open.push(telltale);
  return telltale;
}

beforeEach(async () => {
  collector = await createCollector();
  temp = tempDir("spool");
  dir = path.join(temp.path, "spool");
  errors = [];
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close(0)));
  await collector.close();
  temp.dispose();
});

const codes = (): string[] => [...new Set(errors.map(({ code }) => code))];
const numbers = (): unknown[] =>
  collector.events.flatMap(({ data }) => (data?.i === undefined ? [] : [data.i]));
const files = (ending = ".spool"): string[] =>
  (readdirSync(dir, { recursive: true }) as string[]).filter((name) => name.endsWith(ending)).sort();
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const away = (): void => {
  collector.answer = () => ({ status: 503 });
};
const back = (): void => {
  collector.answer = () => ({});
};

/** Leaves the spool of a process that died with `count` events in it; returns its segments. */
async function leaveBehind(count: number, options: Options = {}): Promise<string[]> {
  away();
  const dying = start(options);
  for (let i = 0; i < count; i++) dying.emit({ action: "left", data: { i } });
  await expect.poll(() => dying.stats().spooled).toBe(count);
  await dying.close(0);
  // Who dies says no last word.
  const segments = files();
  const last = path.join(dir, segments.at(-1) ?? "");
  writeFileSync(last, readFileSync(last, "utf8").replace(/.*"source_stopped".*\n$/, ""));
  back();
  errors = [];
  return segments;
}

describe("the audit lane", () => {
  test("is on disk before it is sent, for its user alone, and gone when acknowledged", async () => {
    away();
    const telltale = start();
    telltale.emit({ action: "payout", data: { i: 0, password: "hunter2" } });
    telltale.api.request({ request: { path: "/x" } });
    await expect.poll(() => telltale.stats()).toMatchObject({ spooled: 1, waiting: 2, lost: 0 });
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const [segment = ""] = files();
    expect(statSync(path.join(dir, segment)).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(dir, path.dirname(segment))).mode & 0o777).toBe(0o700);
    const text = readFileSync(path.join(dir, segment), "utf8");
    expect(text).toContain('"action":"payout"');
    expect(text).not.toMatch(/hunter2|api_request/);
    back();
    expect(await telltale.flush(10_000)).toBe(true);
    await expect.poll(() => files()).toEqual([]);
    expect(telltale.stats()).toMatchObject({ spooled: 0, spooledBytes: 0, waiting: 0, delivered: 2 });
  });

  test("has a chain of its own, and so has the telemetry lane", async () => {
    const telltale = start({ telemetry: ({ level }) => level === "info" });
    for (let i = 0; i < 5; i++) {
      telltale.emit({ action: "fine", data: { i } });
      telltale.emit({ action: "bad", level: "warn" });
    }
    expect(await telltale.close()).toBe(true);
    const chains = [...checkChains(collector.lines, SECRET).values()];
    expect(chains.map(({ seqs }) => seqs)).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ]);
    expect(chains.flatMap(({ broken, missing }) => [...broken, ...missing])).toEqual([]);
    expect(readdirSync(dir).sort()).toEqual(["witness.json"]);
  });

  test.each(["always", "interval", "never"] as const)("delivers in order with fsync %s", async (fsync) => {
    const telltale = start({ spool: { fsync }, batch: { events: 50, ms: 1 } });
    for (let i = 0; i < 500; i++) {
      telltale.emit({ action: "n", data: { i } });
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await telltale.close(10_000)).toBe(true);
    expect(numbers()).toEqual(upTo(500));
    expect(codes()).toEqual([]);
  });

  test("goes through the disk when memory is full, in order, without loss", async () => {
    away();
    const telltale = start({ maxBytes: 128 * 1024, batch: { events: 100, ms: 1 } });
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 50; i++)
        telltale.emit({ action: "n", data: { i: round * 50 + i, text: "x".repeat(200) } });
      await new Promise((resolve) => setTimeout(resolve, 1));
      await expect.poll(() => telltale.stats().spooled, { interval: 2 }).toBe((round + 1) * 50);
    }
    expect(telltale.stats().waitingBytes).toBeLessThan(128 * 1024);
    back();
    expect(await telltale.close(20_000)).toBe(true);
    expect(numbers()).toEqual(upTo(2000));
    const [chain] = checkChains(collector.lines, SECRET).values();
    expect(chain).toMatchObject({ missing: [], broken: [] });
    expect(codes()).toEqual(["delivery_delayed"]);
    expect(files()).toEqual([]);
  });
});

describe("a process that died", () => {
  test("is spoken for by the next one: all of it, in its own order and chain, beside what is new", async () => {
    await leaveBehind(50);
    const telltale = start();
    telltale.emit({ action: "new" });
    await expect.poll(() => numbers().length).toBe(50);
    expect(await telltale.flush()).toBe(true);
    expect(numbers()).toEqual(upTo(50));
    const chains = [...checkChains(collector.lines, SECRET).values()];
    expect(chains).toHaveLength(2);
    expect(chains.flatMap(({ broken, missing }) => [...broken, ...missing])).toEqual([]);
    expect(codes()).toEqual([]);
    await telltale.close();
    expect(files()).toEqual([]);
    expect(readdirSync(dir)).toEqual(["witness.json"]);
  });

  test("is left alone while it lives", async () => {
    away();
    const living = start();
    living.emit({ action: "n", data: { i: 0 } });
    await expect.poll(() => living.stats().spooled).toBe(1);
    const before = files();
    const other = start();
    other.emit({ action: "n", data: { i: 1 } });
    await expect.poll(() => other.stats().spooled).toBe(1);
    expect(files()).toEqual(expect.arrayContaining(before));
    back();
    expect(await living.flush(5000)).toBe(true);
    expect(await other.flush(5000)).toBe(true);
    expect(new Set(numbers())).toEqual(new Set([0, 1]));
    expect(collector.events.map(({ source }) => source.seq)).toEqual([1, 1]);
  });

  test("has one heir of many who come at once", async () => {
    await leaveBehind(20);
    const heirs = upTo(4).map(() => start());
    await expect.poll(() => numbers().length).toBe(20);
    await Promise.all(heirs.map((heir) => heir.close()));
    expect(numbers()).toEqual(upTo(20));
    expect(heirs.map((heir) => heir.stats().duplicates)).toEqual([0, 0, 0, 0]);
  });

  test.each([
    ["a torn last line", (file: string) => truncateSync(file, statSync(file).size - 40), 9, "events_lost"],
    [
      "a last line without its end",
      (file: string) => truncateSync(file, statSync(file).size - 1),
      10,
      undefined,
    ],
    ["zeros behind its end", (file: string) => appendFileSync(file, Buffer.alloc(5000)), 10, "events_lost"],
    ["a line too long for any", (file: string) => appendFileSync(file, "x".repeat(3e6)), 10, "events_lost"],
    [
      "binary rubbish",
      (file: string) => appendFileSync(file, Buffer.from([0xff, 0xfe, 10, 0, 10])),
      10,
      "events_lost",
    ],
    [
      "no header",
      (file: string) => writeFileSync(file, readFileSync(file, "utf8").replace(/^.*\n/, "")),
      10,
      "spool_damaged",
    ],
    ["nothing at all", (file: string) => truncateSync(file, 0), 0, undefined],
  ])("with %s: what is whole arrives", async (_, damage, count, code) => {
    const [segment = ""] = await leaveBehind(10);
    damage(path.join(dir, segment));
    const telltale = start();
    await expect.poll(() => files()).toEqual([]);
    expect(numbers()).toEqual(upTo(count));
    if (code === undefined) expect(codes()).toEqual([]);
    else expect(codes()).toContain(code);
    telltale.emit({ action: "still_here" });
    expect(await telltale.flush()).toBe(true);
  });

  test.each([
    ["changed", (text: string) => text.replace('"i":3', '"i":7')],
    ["given another number", (text: string) => text.replace('"seq":4,', '"seq":400,')],
    ["given a number from afar", (text: string) => text.replace('"seq":4,', '"seq":200000,')],
    ["given a number from far away", (text: string) => text.replace('"seq":4,', '"seq":9000000000000000,')],
    ["the last", (text: string) => text.replace('"i":9', '"i":8')],
  ])(
    "whose event was %s: it is told here, and the others arrive",
    async (_, edit) => {
      const [segment = ""] = await leaveBehind(10);
      const file = path.join(dir, segment);
      const text = readFileSync(file, "utf8");
      expect(edit(text)).not.toBe(text);
      writeFileSync(file, edit(text));
      start();
      await expect.poll(() => numbers().length).toBe(10);
      expect(codes()).toEqual(["spool_damaged"]);
      expect(errors).toHaveLength(1);
      expect(errors[0]?.message).toMatch(/event \d+ in .* was changed/);
    },
    60_000,
  );

  test("that was of a later version, or had another key, loses nothing", async () => {
    const [segment = ""] = await leaveBehind(3);
    const file = path.join(dir, segment);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("telltale-spool 1", "telltale-spool 2"));
    const early = start();
    early.emit({ action: "n" });
    await early.close();
    expect(numbers()).toEqual([]);
    const [kept = ""] = files();
    writeFileSync(path.join(dir, kept), text);
    start({ key: KEY.replace("k3k3", "k4k4") });
    await expect.poll(() => numbers()).toEqual([0, 1, 2]);
    expect(codes()).toEqual(["spool_damaged"]);
    expect(errors[0]?.message).toContain("another key");
  });

  test("is found whatever else lies there, and nothing else is touched", async () => {
    await leaveBehind(3);
    const outside = path.join(temp.path, "outside");
    mkdirSync(outside);
    writeFileSync(path.join(outside, "0000000000000001.spool"), "secret of somebody\n");
    const id = "0".repeat(32);
    symlinkSync(outside, path.join(dir, `${id}.${id}`));
    symlinkSync("/etc/hostname", path.join(dir, `${id}.live`));
    writeFileSync(path.join(dir, "notes.txt"), "mine");
    mkdirSync(path.join(dir, "..not-a-chain"));
    const odd = path.join(dir, `${"1".repeat(32)}.${"2".repeat(32)}`);
    mkdirSync(path.join(odd, "0000000000000001.spool"), { recursive: true });
    symlinkSync("/etc/hostname", path.join(odd, "0000000000000002.spool"));
    start();
    await expect.poll(() => numbers()).toEqual([0, 1, 2]);
    expect(readFileSync(path.join(outside, "0000000000000001.spool"), "utf8")).toBe("secret of somebody\n");
    expect(readFileSync(path.join(dir, "notes.txt"), "utf8")).toBe("mine");
    expect(collector.lines.join("")).not.toContain("secret of somebody");
  });

  test("never stops the next one, whatever its files hold", async () => {
    const [segment = ""] = await leaveBehind(5);
    const good = readFileSync(path.join(dir, segment));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((each) => Buffer.from(each)),
      fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
        const copy = Buffer.from(good);
        copy[at] = byte;
        return copy;
      }),
      fc.nat({ max: good.length }).map((cut) => good.subarray(0, cut)),
      fc.string().map((text) => Buffer.concat([good, Buffer.from(text)])),
      fc.json().map((json) => Buffer.concat([good, Buffer.from(`${"a".repeat(32)} ${json}\n`)])),
    );
    for (const [i, each] of fc.sample(bytes, 60).entries()) {
      const folder = path.join(dir, `${String(i).padStart(32, "0")}.${"d".repeat(32)}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, "0000000000000001.spool"), each);
    }
    const telltale = start();
    await expect.poll(() => files(), { timeout: 10_000 }).toEqual([]);
    telltale.emit({ action: "fine" });
    expect(await telltale.flush()).toBe(true);
    expect(numbers()).toEqual(expect.arrayContaining(upTo(5)));
    expect(codes().filter((code) => !["events_lost", "spool_damaged"].includes(code))).toEqual([]);
  });
});

describe("a spool that is full", () => {
  const small = { maxBytes: 256 * 1024 };
  const text = "x".repeat(4000);

  async function fill(telltale: Telltale): Promise<number> {
    let i = 0;
    while (telltale.stats().lost === 0 && i < 200) {
      telltale.emit({ action: "n", data: { i: i++, text } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    return i;
  }

  test("drops the newest and counts it: the gap that the server sees is the count", async () => {
    away();
    const telltale = start({ spool: small });
    const count = await fill(telltale);
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(70);
    for (let i = 0; i < 9; i++) telltale.emit({ action: "n", data: { text } });
    expect(telltale.stats()).toMatchObject({ lost: 10 });
    expect(telltale.stats().spooledBytes).toBeLessThanOrEqual(small.maxBytes);
    await expect(telltale.emitAndWait({ action: "payout", data: { text } })).rejects.toThrow(
      /spool was full/,
    );
    back();
    await telltale.close(10_000);
    expect(numbers()).toEqual(upTo(count - 1));
    const [chain] = checkChains(collector.lines, SECRET).values();
    expect(chain?.missing).toHaveLength(11);
    const told = collector.events.find(({ action }) => action === "sdk_events_lost");
    expect(told?.data).toMatchObject({ count: 11, reasons: { spool_full: 11 } });
  });

  test("tells the application, which may throw", async () => {
    away();
    const refused: string[] = [];
    const onFull = ({ action, level }: { action: string; level: string }): void => {
      refused.push(`${action} ${level}`);
      throw new Error("handler");
    };
    const telltale = start({ spool: { ...small, onFull } });
    await fill(telltale);
    expect(refused).toEqual(["n info"]);
  });

  test("lets those wait who wait, with block, until there is room", async () => {
    away();
    const telltale = start({ spool: { ...small, onFull: "block" } });
    const kept: number[] = [];
    const all = upTo(100).map(async (i) => {
      await telltale.emitAndWait({ action: "n", data: { i, text } }, { ms: 20_000 });
      kept.push(i);
    });
    await expect.poll(() => kept.length).toBeGreaterThan(50);
    expect(kept.length).toBeLessThan(70);
    expect(telltale.stats().lost).toBe(0);
    await expect(
      telltale.emitAndWait({ action: "too_late", data: { text } }, { ms: 20 }),
    ).rejects.toMatchObject({
      code: "not_kept",
    });
    back();
    await Promise.all(all);
    expect(await telltale.close(10_000)).toBe(true);
    expect(numbers()).toEqual(upTo(100));
    // Who was told that it is not kept does not find it in the log.
    expect(collector.events.some(({ action }) => action === "too_late")).toBe(false);
    expect(telltale.stats().lost).toBe(1);
  });
});

describe("a disk that cannot be used", () => {
  test.each([
    ["a file in its place", () => writeFileSync(dir, "")],
    ["a link in its place", () => symlinkSync(temp.path, dir)],
  ])("%s: it is told, and events wait in memory", async (_, prepare) => {
    prepare();
    const telltale = start();
    telltale.emit({ action: "n" });
    expect(await telltale.close()).toBe(true);
    expect(codes()).toEqual(["spool_failed"]);
  });

  test("a directory that others may read is closed to them", () => {
    mkdirSync(dir, { mode: 0o755 });
    chmodSync(dir, 0o755);
    start();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("that fails while it runs: events still arrive, from memory, and who waits for them hears it", async () => {
    const telltale = start();
    telltale.emit({ action: "n", data: { i: 0 } });
    expect(await telltale.flush()).toBe(true);
    await expect.poll(() => files()).toEqual([]);
    // No folder for segments can be made where a file has its name.
    const live = files(".live")[0]?.replace(".live", "") ?? "";
    const { rmSync } = await import("node:fs");
    rmSync(path.join(dir, `${live}.${live}`), { recursive: true, force: true });
    writeFileSync(path.join(dir, `${live}.${live}`), "");
    await telltale.emitAndWait({ action: "n", data: { i: 1 } });
    telltale.emit({ action: "n", data: { i: 2 } });
    expect(await telltale.close()).toBe(true);
    expect(numbers()).toEqual([0, 1, 2]);
    expect(codes()).toEqual(["spool_failed"]);
  });
});

describe("emitAndWait with a spool", () => {
  test("resolves on disk while the server is away, and acknowledged when that is asked for", async () => {
    away();
    const telltale = start({ spool: { fsync: "always" } });
    await telltale.emitAndWait({ action: "n", data: { i: 0 } });
    const [segment = ""] = files();
    expect(readFileSync(path.join(dir, segment), "utf8")).toContain('"i":0');
    const sealed = telltale.emitAndWait({ action: "n", data: { i: 1 } }, { until: "acknowledged", ms: 50 });
    await expect(sealed).rejects.toMatchObject({ code: "not_kept" });
    back();
    await telltale.emitAndWait({ action: "n", data: { i: 2 } }, { until: "acknowledged", ms: 10_000 });
    expect(numbers()).toEqual([0, 1, 2]);
  });
});

describe("what the witness saw", () => {
  test("is remembered over a restart, and believed only as the log signed it", async () => {
    const first = start({ logKey: undefined });
    first.emit({ action: "n" });
    expect(await first.close()).toBe(true);
    collector.log.leaves = collector.log.leaves.slice(0, 1);
    const second = start({ logKey: undefined, witnessMs: 0 });
    second.emit({ action: "late" });
    await second.flush();
    // Two events were acknowledged before; now there are two others.
    expect(codes()).toEqual(["log_fork"]);
    errors = [];
    const file = path.join(dir, "witness.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/\\n2\\n/, "\\n1\\n"));
    const third = start({ logKey: undefined });
    third.emit({ action: "n" });
    expect(await third.flush()).toBe(true);
    expect(codes()).toEqual(["spool_damaged"]);
  });

  test.each(["", "{", "[]", "null", '{"version":1,"logs":[1,{"url":1}]}', "x".repeat(2e6)])(
    "survives a file that holds %.20s",
    async (content) => {
      mkdirSync(dir);
      writeFileSync(path.join(dir, "witness.json"), content);
      const telltale = start();
      telltale.emit({ action: "n" });
      expect(await telltale.close()).toBe(true);
      expect(JSON.parse(readFileSync(path.join(dir, "witness.json"), "utf8"))).toMatchObject({ version: 1 });
    },
  );
});
