// SPDX-License-Identifier: Apache-2.0
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkChains } from "../test/chains.js";
import { type Collector, createCollector } from "../test/collector.js";
import { createTelltale, type Telltale, type TelltaleError, type TelltaleOptions } from "./index.js";

const SECRET = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst";
const KEY = `tt_ingest_k3k3k3k3k3k3_${SECRET}`;
let collector: Collector;
let errors: TelltaleError[];
const open: Telltale[] = [];

function start(options: Partial<TelltaleOptions> = {}): Telltale {
  const telltale = createTelltale({
    app: "shop",
    url: collector.url,
    key: KEY,
    onError: (error) => errors.push(error),
    batch: { ms: 5 },
    witnessMs: 0,
    ...options,
  });
  open.push(telltale);
  return telltale;
}

beforeEach(async () => {
  collector = await createCollector();
  errors = [];
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close(0)));
  await collector.close();
});

const codes = (): string[] => errors.map(({ code }) => code);

describe("the source chain", () => {
  test("holds over batches, losses of answers, cut strings and other alphabets", async () => {
    collector.answer = (_request, attempt) => (attempt % 3 === 0 ? { cut: "after" } : {});
    const telltale = start({ batch: { events: 7, ms: 5 } });
    for (let i = 0; i < 60; i++) {
      telltale.emit({ action: "n", message: "äöü ☃ \u202e \ud800".repeat(i), data: { password: "hunter2" } });
      if (i % 10 === 0) telltale.emit({ action: "big", data: { text: "x".repeat(100_000) } });
    }
    expect(await telltale.close(10_000)).toBe(true);
    const chains = [...checkChains(collector.lines, SECRET).values()];
    expect(chains).toHaveLength(1);
    expect(chains[0]).toEqual({ seqs: Array.from({ length: 67 }, (_, i) => i + 1), missing: [], broken: [] });
    expect(collector.events.at(-1)?.action).toBe("source_stopped");
  });

  test("has a gap of exactly what was lost", async () => {
    collector.answer = () => ({ status: 503 });
    const telltale = start({ maxBytes: 64 * 1024, batch: { events: 1, ms: 0 } });
    telltale.emit({ action: "first" });
    await expect.poll(() => collector.requests.length).toBeGreaterThan(0);
    for (let i = 0; i < 500; i++) telltale.emit({ action: "fact", data: { i } });
    collector.answer = () => ({});
    expect(await telltale.flush(10_000)).toBe(true);
    const [chain] = checkChains(collector.lines, SECRET).values();
    expect(chain?.missing.length).toBeGreaterThan(100);
    expect(chain?.missing).toHaveLength(telltale.stats().lost);
    expect(chain?.broken).toEqual([]);
  });

  test("breaks when somebody edits, and gaps when somebody withholds, what is on its way", async () => {
    const telltale = start();
    for (let i = 0; i < 5; i++) telltale.emit({ action: "n", data: { i } });
    await telltale.flush();
    const edited = collector.lines.map((line) => line.replace('"i":2', '"i":7'));
    expect([...checkChains(edited, SECRET).values()][0]?.broken).toEqual([4]);
    const withheld = collector.lines.filter((_, i) => i !== 1);
    expect([...checkChains(withheld, SECRET).values()][0]?.missing).toEqual([2]);
    expect([...checkChains(collector.lines, "another secret").values()][0]?.broken).toHaveLength(5);
  });
});

describe("the witness", () => {
  test("sees the log grow and says how far it is proven", async () => {
    const telltale = start({ logKey: collector.log.vkey });
    for (let i = 0; i < 20; i++) {
      telltale.emit({ action: "n" });
      expect(await telltale.flush()).toBe(true);
    }
    expect(telltale.stats().provenSize).toBe(20);
    expect(codes()).toEqual([]);
    expect(collector.requests.map(({ headers }) => headers["telltale-seen"])).toEqual(
      Array.from({ length: 20 }, (_, i) => String(i)),
    );
  });

  test("tells of a rewritten log: the handler, the log itself and a second address; delivery goes on", async () => {
    const alarms: { body: string; authorization: string | undefined }[] = [];
    const second: Server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        alarms.push({ body, authorization: request.headers.authorization });
        // Not taken at first: it is told again.
        response.writeHead(alarms.length === 1 ? 500 : 200).end("{}");
      });
    });
    await new Promise<void>((resolve) => second.listen(0, "127.0.0.1", resolve));
    const alarmUrl = `http://127.0.0.1:${(second.address() as AddressInfo).port}/hook`;
    const telltale = start({ alarmUrl, alarmKey: "second-key" });
    telltale.emit({ action: "one" });
    telltale.emit({ action: "two" });
    await telltale.flush();
    await expect.poll(() => telltale.stats().provenSize).toBe(2);
    const honest = await collector.log.checkpoint();
    collector.log.leaves = [];
    collector.log.append(["a forged", "history", "longer than"]);
    telltale.emit({ action: "three" });
    expect(await telltale.flush()).toBe(true);
    expect(codes()).toContain("log_fork");
    const error = errors.find(({ code }) => code === "log_fork");
    expect(error?.evidence?.remembered).toBe(honest);
    expect(error?.evidence?.answered).toContain(`${collector.log.origin}\n4\n`);
    await expect.poll(() => alarms.length).toBe(2);
    expect(alarms[1]?.authorization).toBe("Bearer second-key");
    const told = JSON.parse(alarms[1]?.body ?? "") as (typeof collector.events)[number];
    expect(told).toMatchObject({
      action: "source_log_alarm",
      level: "critical",
      source: { app: "shop" },
      data: { finding: "log_fork", remembered: honest, server: collector.url },
    });
    expect(told.source.seq).toBeUndefined();
    expect(await telltale.close()).toBe(true);
    expect(collector.events.map(({ action }) => action)).toContain("source_log_alarm");
    expect(collector.events.filter(({ action }) => action === "three")).toHaveLength(1);
    expect(errors.map(({ message }) => message).join("\n")).not.toContain("second-key");
    await new Promise((resolve) => second.close(resolve));
  });

  test("tells of a server that says nothing of its log, once, and goes on", async () => {
    collector.answer = () => ({ body: { checkpoint: undefined } });
    const telltale = start({ logKey: collector.log.vkey });
    for (let i = 0; i < 5; i++) {
      telltale.emit({ action: "n" });
      expect(await telltale.flush()).toBe(true);
    }
    expect(codes()).toEqual(["log_unproven"]);
    // Five, and the alarm in the log itself.
    expect(telltale.stats().delivered).toBe(6);
  });
});

test("a server that never said anything of a log is told of, not accused", async () => {
  collector.answer = () => ({ body: { checkpoint: undefined } });
  const telltale = start();
  telltale.emit({ action: "n" });
  expect(await telltale.close()).toBe(true);
  expect(codes()).toEqual(["log_unproven"]);
  expect(collector.events.map(({ action }) => action)).toEqual(["n", "source_stopped"]);
});

describe("emitAndWait", () => {
  test("resolves when the server has acknowledged, where there is no spool", async () => {
    const telltale = start({ batch: { ms: 60_000 } });
    await telltale.emitAndWait({ action: "payout" });
    expect(collector.events.map(({ action }) => action)).toEqual(["payout"]);
  });

  test.each([
    ["nobody answers", { status: 503 }, { action: "x" }, /within 1000 ms/],
    ["the server refuses it", { status: 400 }, { action: "x" }, /refused/],
    [
      "the server refuses its line",
      { body: { rejected: [{ line: 1, code: "too_deep" }] } },
      { action: "x" },
      /refused/,
    ],
    ["the server does not say which it refused", { body: { rejected: [{}] } }, { action: "x" }, /refused/],
    ["it is none", {}, {}, /no event could be made/],
  ])("rejects with not_kept when %s", async (_, answer, event, message) => {
    collector.answer = () => answer;
    const telltale = start();
    const kept = telltale.emitAndWait(event as { action: string }, { ms: 1000 });
    await expect(kept).rejects.toMatchObject({
      code: "not_kept",
      message: expect.stringMatching(message) as string,
    });
  });

  test("rejects after close", async () => {
    const telltale = start();
    await telltale.close();
    await expect(telltale.emitAndWait({ action: "x" })).rejects.toMatchObject({ code: "not_kept" });
  });
});
