// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import path from "node:path";
import { openEvidence } from "@telltale/log";
import { verifyEvidence } from "@telltale/merkle/evidence";
import { nodeCrypto } from "@telltale/merkle/node";
import { tempDir } from "@telltale/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RetainBench } from "../../test/retain-fixture.js";
import { DAY_MS } from "../follow/retain/policy.js";
import { QueryError, parseQuery } from "@telltale/query";
import { EvidenceExports } from "./exports.js";
import type { SelfEvent } from "../self-log.js";
import type { HitsAnswer, HitsRequest } from "../follow/index/search.js";

let bench: RetainBench;
const dir = tempDir("exports");
const asked: HitsRequest[] = [];
let answers: Partial<HitsAnswer>[] = [];
let sealed: SelfEvent[] = [];

beforeAll(async () => {
  bench = await RetainBench.create({});
  const start = bench.now;
  for (let i = 0; i < 4; i++) await bench.day();
  await bench.compressed();
  await bench.follow();
  bench.now = start + 181 * DAY_MS;
  await bench.run();
});
afterAll(async () => {
  await bench.dispose();
  dir.dispose();
});
beforeEach(() => {
  asked.length = 0;
  sealed = [];
});

function exportsOf(): EvidenceExports {
  return new EvidenceExports({
    log: bench.log,
    alerts: { get: () => Promise.resolve(undefined) },
    search: {
      hits(request) {
        asked.push(request);
        const { hits = [], next = null, complete = true, ...rest } = answers[asked.length - 1] ?? {};
        if (request.query === "((") return Promise.reject(toQueryError());
        return Promise.resolve({ hits, next, complete, indexed: 0, size: 0, ...rest });
      },
    },
    witnesses: undefined,
    policy: undefined,
    sealAt(event) {
      sealed.push(event);
      return Promise.resolve(null);
    },
    now: () => bench.now,
    version: "0.1.0",
  });
}

function toQueryError(): QueryError {
  try {
    parseQuery("((");
  } catch (error) {
    if (error instanceof QueryError) return error;
  }
  throw new Error("the query was understood");
}

const hitsOf = (...indices: number[]) => indices.map((index) => ({ index, line: "{}" }));
const wanted = { kind: "query", query: "x" } as const;

async function verify(pieces: AsyncIterable<Uint8Array>) {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  const file = path.join(dir.path, "b.zip");
  writeFileSync(file, Buffer.concat(parts));
  const { files, close } = await openEvidence(file);
  const report = await verifyEvidence(files, { crypto: nodeCrypto, vkey: bench.log.vkey });
  await close();
  return report;
}

describe("exports of a running log", () => {
  it("say what retention had removed, and prove the rest", async () => {
    const kept = bench.log.firstKept(0);
    expect(kept).toBeGreaterThan(0);
    answers = [{ hits: hitsOf(kept + 1, kept, 3, 2) }];
    const { pieces, events, done } = await exportsOf().begin({ wanted, limit: 10, by: {} });
    expect(events).toBe(2);
    const report = await verify(pieces);
    done();
    expect(report).toMatchObject({ verdict: "incomplete", checked: 2 });
    expect(report.message).toContain("2 to 3");
    expect(report.manifest?.pruned).toEqual(bench.log.pruned);
    expect(sealed).toMatchObject([{ action: "log_exported", data: { query: "x", events: 2 } }]);
  });

  it("of what is gone altogether, or of nothing, are none", async () => {
    answers = [{ hits: hitsOf(1, 0) }];
    await expect(exportsOf().begin({ wanted, limit: 10, by: {} })).rejects.toMatchObject({ code: "pruned" });
    answers = [];
    asked.length = 0;
    await expect(exportsOf().begin({ wanted, limit: 10, by: {} })).rejects.toMatchObject({
      code: "not_found",
    });
    expect(sealed).toEqual([]);
  });

  it("follow the search over its pages, also where it ran out of time", async () => {
    const at = bench.log.size - 10;
    answers = [
      { hits: hitsOf(at + 5, at + 4), next: "a" },
      { hits: [], next: "b", complete: false, reason: "timeout" },
      { hits: hitsOf(at + 2), next: null },
    ];
    const { pieces, done } = await exportsOf().begin({ wanted, limit: 10, by: {} });
    const report = await verify(pieces);
    done();
    expect(asked.map(({ cursor }) => cursor)).toEqual([undefined, "a", "b"]);
    expect(report).toMatchObject({ verdict: "intact", manifest: { complete: true, limited: false } });
    expect(report.proven.map(({ first }) => first)).toEqual([at + 2, at + 4]);
  });

  it("say when the newest events are not searchable yet", async () => {
    answers = [{ hits: hitsOf(bench.log.size - 1), complete: false, reason: "indexing" }];
    const { pieces, done } = await exportsOf().begin({ wanted, limit: 10, by: {} });
    const report = await verify(pieces);
    done();
    expect(report.manifest?.complete).toBe(false);
    expect(report.notes.join()).toContain("did not reach all events");
  });

  it("are two at once; one that failed or was given up makes room", async () => {
    answers = Array.from({ length: 9 }, () => ({ hits: hitsOf(bench.log.size - 1) }));
    const exports = exportsOf();
    const begin = (query = "x") => exports.begin({ wanted: { kind: "query", query }, limit: 5, by: {} });
    await expect(begin("((")).rejects.toBeInstanceOf(QueryError);
    const [one] = [await begin(), await begin()];
    await expect(begin()).rejects.toMatchObject({ code: "overloaded" });
    one.done();
    one.done();
    await begin();
    await expect(begin()).rejects.toMatchObject({ code: "overloaded" });
  });

  it("do not leave with an event that is not what was signed", async () => {
    answers = [{ hits: hitsOf(bench.log.size - 1) }];
    const { log } = bench;
    const lying = new Proxy(log, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== "read") return typeof value === "function" ? value.bind(target) : value;
        return async (from: number, to: number) => {
          const lines = await target.read(from, to);
          return { ...lines, bytes: Buffer.from(lines.bytes.toString().replace("2", "3")) };
        };
      },
    });
    bench.log = lying;
    try {
      const { pieces, done } = await exportsOf().begin({ wanted, limit: 5, by: {} });
      await expect(verify(pieces)).rejects.toMatchObject({ code: "root_mismatch" });
      done();
    } finally {
      bench.log = log;
    }
  });
});
