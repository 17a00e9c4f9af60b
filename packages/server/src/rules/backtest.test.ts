// SPDX-License-Identifier: Apache-2.0
import { tempDir, type TempDir } from "@telltale/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryLog } from "../../test/memory-log.js";
import type { Follower } from "../follow/follower.js";
import type { CandidateFinder } from "../follow/index/candidates.js";
import { openIndex } from "../follow/index/index-follower.js";
import { runBacktest, type BacktestNews } from "./backtest.js";
import type { BacktestReport } from "./replay.js";
import { selectId, selectText, SelectError } from "./select.js";

const START = Date.parse("2026-11-01T00:00:00.000Z");
const DAY = 86_400_000;
const NO_INDEX: CandidateFinder = { find: () => Promise.resolve({ reason: "there is no index" }) };

const FAILED =
  "title: Failed\nname: failed\nlogsource: {product: telltale}\ndetection: {s: {action: authn_login_fail}, condition: s}\n";
const MANY =
  "title: Many\nname: many\ncorrelation: {type: event_count, rules: [failed], group-by: [actor.id], timespan: 10m, condition: {gte: 3}}\n";
const IN_FORCE = [
  { file: "failed.yml", text: FAILED },
  { file: "many.yml", text: MANY },
];

/** Ten days; each day alice fails four times within a minute, and on the first bob does as well. */
function history(): string[] {
  const lines: string[] = [];
  for (let day = 0; day < 10; day++) {
    for (let i = 0; i < 50; i++) {
      const at = new Date(START + day * DAY + i * 60_000).toISOString();
      const fails = i >= 20 && i < 24;
      const id = fails ? "alice" : i >= 30 && i < 33 && day === 0 ? "bob" : "carol";
      const action = id === "carol" ? "authn_login_success" : "authn_login_fail";
      lines.push(
        JSON.stringify({
          received: at,
          via: "k",
          v: 1,
          id: `${day}-${i}`,
          time: at,
          source: { app: "shop" },
          action,
          outcome: "failure",
          level: "warn",
          actor: { type: "user", id },
        }),
      );
    }
  }
  return lines;
}

let folder: TempDir;
let follower: Follower;
let candidates: CandidateFinder;
const log = new MemoryLog();

beforeAll(async () => {
  folder = await tempDir();
  const onError = (error: Error): void => {
    throw error;
  };
  ({ follower, candidates } = await openIndex({
    dir: folder.path,
    log,
    logName: "main",
    origin: "test/1",
    onError,
  }));
  await follower.handle(log.append(history()));
  await follower.idle?.();
});

afterAll(async () => {
  await follower.close();
  await folder.dispose();
});

async function backtest(
  rules: ReturnType<typeof selectText>,
  options: {
    finder?: CandidateFinder;
    since?: number;
    until?: number;
    timeoutMs?: number;
    signal?: AbortSignal;
  } = {},
): Promise<BacktestReport> {
  const { finder = candidates, since = START, until = START + 10 * DAY, timeoutMs = 20_000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  let last: BacktestNews | undefined;
  for await (const news of runBacktest({ log, candidates: finder }, { rules, since, until }, signal, {
    timeoutMs,
  }))
    last = news;
  if (last?.kind !== "report") throw new Error("no report");
  return last.report;
}

const comparable = ({ path: _, because: __, tookMs: ___, ...rest }: BacktestReport): object => rest;

describe("a backtest", () => {
  it("counts alerts, days and noise, and names the first evidence", async () => {
    const report = await backtest(selectId("many", IN_FORCE));
    expect(report).toMatchObject({
      rules: ["many"],
      path: "index",
      complete: true,
      events: 500,
      matched: 43,
      findings: 21,
      alerts: 2,
      perWeek: 7.7,
    });
    expect(report.perDay).toHaveLength(10);
    expect(report.perDay[0]).toEqual({ day: "2026-11-01", alerts: 2, findings: 3 });
    expect(report.first[0]).toMatchObject({
      key: "alice",
      trigger: 22,
      evidence: [20, 21, 22],
      days: 10,
      findings: 20,
      events: 40,
    });
    expect(report.noisiest.map(({ key }) => key)).toEqual(["alice", "bob"]);
  });

  it("says the same by the index and by the log", async () => {
    const rules = selectText(`${FAILED}---\n${MANY}`, "rule", []);
    const byLog = await backtest(rules, { finder: NO_INDEX });
    expect(byLog).toMatchObject({ path: "log", because: "there is no index" });
    expect(comparable(await backtest(rules))).toEqual(comparable(byLog));
    const later = { since: START + 3 * DAY + 21 * 60_000, until: START + 5 * DAY };
    expect(comparable(await backtest(rules, later))).toEqual(
      comparable(await backtest(rules, { ...later, finder: NO_INDEX })),
    );
  });

  it("fills windows that reach over the beginning", async () => {
    // The window of the first counted event holds two that came before it.
    const report = await backtest(selectId("many", IN_FORCE), {
      since: START + 22 * 60_000,
      until: START + DAY,
    });
    expect(report.first[0]).toMatchObject({ key: "alice", trigger: 22 });
    expect(report.perWeek).toBeNull();
  });

  it("reads the log for what the index cannot be asked", async () => {
    const text = "title: Word\nlogsource: {product: telltale}\ndetection: {s: [alice], condition: s}\n";
    expect(await backtest(selectText(text, "rule", []))).toMatchObject({
      path: "log",
      because: '"Word": it asks for what no column of the index holds',
      matched: 40,
    });
  });

  it("reads from the log what is not indexed yet", async () => {
    const half: CandidateFinder = {
      find: (request) => candidates.find({ ...request, to: 250 }),
    };
    const rules = selectId("many", IN_FORCE);
    expect(comparable(await backtest(rules, { finder: half }))).toEqual(comparable(await backtest(rules)));
  });

  it("tells what is missing when the time is up or nobody listens any more", async () => {
    const rules = selectId("many", IN_FORCE);
    const late = await backtest(rules, { timeoutMs: 0 });
    expect(late).toMatchObject({
      complete: false,
      missing: ["the newest events: the time was up"],
      findings: 0,
    });
    const stopped = await backtest(rules, { signal: AbortSignal.abort() });
    expect(stopped).toMatchObject({ complete: false, missing: ["what came after it was stopped"] });
  });

  it("refuses what is no rule", () => {
    expect(() => selectId("nobody", IN_FORCE)).toThrow(SelectError);
    expect(() => selectText(MANY, "rule", [])).toThrow(/rule:1.*failed/s);
    expect(selectText(MANY, "rule", IN_FORCE).ruleSet.rules).toHaveLength(1);
  });
});
