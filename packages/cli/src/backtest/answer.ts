// SPDX-License-Identifier: Apache-2.0
import type { BacktestAlert, BacktestReport } from "@telltale/server/offline";

/** What a server tells of a backtest: how far it is, or the report. */
export type BacktestAnswer =
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "report"; readonly report: BacktestReport };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isCount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

/** Reads one line of the answer; undefined when no Telltale server wrote it. */
export function toBacktestAnswer(line: string): BacktestAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { kind, done, total, report } = value;
  if (kind === "progress" && isCount(done) && isCount(total)) return { kind, done, total };
  return kind === "report" && isReport(report) ? { kind, report } : undefined;
}

function isReport(value: unknown): value is BacktestReport {
  if (!isObject(value)) return false;
  const { rules, since, until, path, because, complete, missing, perWeek, perDay, first, noisiest } = value;
  return (
    areTexts(rules) &&
    typeof since === "string" &&
    typeof until === "string" &&
    (path === "index" || path === "log") &&
    (because === undefined || typeof because === "string") &&
    typeof complete === "boolean" &&
    areTexts(missing) &&
    (perWeek === null || isCount(perWeek)) &&
    [value.events, value.matched, value.findings, value.alerts, value.tookMs].every(isCount) &&
    Array.isArray(perDay) &&
    perDay.every(
      (day) => isObject(day) && typeof day.day === "string" && isCount(day.alerts) && isCount(day.findings),
    ) &&
    Array.isArray(first) &&
    first.every(isAlert) &&
    Array.isArray(noisiest) &&
    noisiest.every(isAlert)
  );
}

function isAlert(value: unknown): value is BacktestAlert {
  return (
    isObject(value) &&
    [value.rule, value.title, value.level, value.key, value.received].every(
      (each) => typeof each === "string",
    ) &&
    [value.trigger, value.findings, value.events, value.days].every(isCount) &&
    Array.isArray(value.evidence) &&
    value.evidence.every(isCount)
  );
}
