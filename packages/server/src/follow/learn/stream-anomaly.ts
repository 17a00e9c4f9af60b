// SPDX-License-Identifier: Apache-2.0
import type { About, Anomaly, Entity } from "./anomaly.js";
import type { Expected } from "./baseline.js";
import { differsByDay, type Stream } from "./stream.js";
import { logLowerTail } from "./tail.js";
import { countText, shown } from "./text.js";
import { clockText, hourText, weekdayText } from "./time.js";

/** Whether today is a day like others of its name, or a holiday: what this source and the others say. */
export interface Working {
  /** It reported as usual in the hours before. */
  here: boolean;
  /** The others report as usual now; undefined when there are none. */
  others: boolean | undefined;
}

/** Of silence: events that should have come at least, and log10 of the chance that none did. */
const SILENT_EXPECTED = 8;
const SILENT_CHANCE = -6;
/** A silence that no holiday explains any more. */
const LONG_HOURS = 60;
/** Too little is a matter of busy streams; a quiet one may pause. */
const LITTLE_EXPECTED = 40;
const LITTLE_CHANCE = -9;
const LITTLE_OF_LOW = 0.25;

interface Found {
  at: number;
  time: number;
}

/** A source that normally reports and stopped. Told once until it reports again. */
export function silenceAnomaly(stream: Stream, working: Working, { at, time }: Found): Anomaly | undefined {
  const { quiet, name, hour, lastIndex } = stream;
  if (quiet.hours === 0 || quiet.told) return undefined;
  const missing = quiet.hours >= LONG_HOURS ? quiet.whole : quiet.known;
  if (missing.expected < SILENT_EXPECTED || missing.chance > SILENT_CHANCE) return undefined;
  quiet.told = true;
  const expected = Math.round(missing.expected);
  return {
    ...common(stream, { at, time }),
    action: "anomaly_silence",
    mark: String(hour),
    score: Math.round(Math.min(95, 60 + 8 * Math.log2(1 + missing.expected / SILENT_EXPECTED))),
    code: "silent",
    reason: `${shown(name.app)} has reported nothing for ${countText(quiet.hours, "whole hour")} up to ${clockText(hour + 1)}; at least ${countText(expected, "event")} would be usual on ${weekdayText(hour)}`,
    data: {
      period: "hour",
      hours: quiet.hours,
      until: hourText(hour + 1),
      expected,
      lastIndex,
      otherSources: working.others === undefined ? "none" : working.others ? "as usual" : "quiet too",
    },
    evidence: [lastIndex],
  };
}

/** Whether the hour that ended had much less than any like it, and no holiday explains it. */
export function isTooLittle({ expected, count, quiet, name }: Stream, working: Working): boolean {
  if (expected === undefined || expected.low < LITTLE_EXPECTED) return false;
  if (count > expected.low * LITTLE_OF_LOW || (name.kind === "source" && quiet.hours > 0)) return false;
  if (logLowerTail(count, expected.median, expected.variance) > LITTLE_CHANCE) return false;
  return isOrdinary(expected, working);
}

/**
 * Whether what is usual at this hour is to be expected today. On a holiday the others are quiet too; only a source that is
 * alone must speak for itself; and to what is the same every day, holidays do not matter.
 */
export function isOrdinary(expected: Expected | undefined, { here, others }: Working): boolean {
  return expected === undefined || !differsByDay(expected) || (others ?? here);
}

export function tooLittleAnomaly(stream: Stream, { at, time }: Found): Anomaly {
  const { hour, count, lastIndex } = stream;
  const expected = stream.expected!;
  return {
    ...common(stream, { at, time }),
    action: "anomaly_rate",
    mark: String(hour),
    score: Math.round(55 + 25 * (1 - count / Math.max(1, expected.low))),
    code: "too_little",
    reason: `${whatText(stream)} had ${countText(count, "event")} in the hour from ${clockText(hour)}; usual on ${weekdayText(hour)} are ${Math.round(expected.median)}, three of four of ${countText(expected.samples, "such hour")} had ${expected.low} or more`,
    data: rateData(stream, count),
    evidence: count === 0 ? [lastIndex] : [stream.since, lastIndex],
  };
}

export function tooMuchAnomaly(
  stream: Stream,
  { at, time, about }: Found & { about: About | undefined },
): Anomaly {
  const { hour, limit, since } = stream;
  const expected = stream.expected!;
  const ratio = limit / Math.max(1, expected.max);
  return {
    ...common(stream, { at, time }),
    action: "anomaly_rate",
    mark: `much ${hour}`,
    score: Math.round(Math.min(95, 50 + 12 * Math.log2(ratio + 1))),
    code: "too_much",
    reason: `${whatText(stream)} has reached ${countText(limit, "event")} in the hour from ${clockText(hour)}; usual on ${weekdayText(hour)} are ${Math.round(expected.median)}, the most in ${countText(expected.samples, "such hour")} was ${expected.max}`,
    data: rateData(stream, limit),
    evidence: [since, at],
    ...(about === undefined ? {} : { about }),
  };
}

function common(
  { name }: Stream,
  { at, time }: Found,
): Pick<Anomaly, "at" | "time" | "tenant" | "app" | "entity"> {
  const entity: Entity =
    name.kind === "source" ? { type: "source", id: name.app } : { type: "route", id: name.route };
  return { at, time, tenant: name.tenant, app: name.app, entity };
}

function whatText({ name }: Stream): string {
  return name.kind === "source" ? shown(name.app) : `${shown(name.route)} of ${shown(name.app)}`;
}

function rateData({ hour, expected }: Stream, count: number): Record<string, unknown> {
  const { median, low, max, samples } = expected!;
  return {
    period: "hour",
    begin: hourText(hour),
    count,
    usual: median,
    low,
    most: max,
    periods: samples,
  };
}
