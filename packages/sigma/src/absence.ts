// SPDX-License-Identifier: Apache-2.0
import { aggregateFactory, type Aggregate } from "./aggregate.js";
import { holds, speakOfAbsence } from "./bounds.js";
import type { Judged, Lane } from "./lane.js";
import { evaluateRules, hasNegation, openersOf, toAbsenceInOrder } from "./rule-condition.js";
import type { Bound, RuleCondition, SigmaCorrelation } from "./types.js";

/**
 * How a correlation is judged whose condition speaks of what did not happen. An event opens a window, and when it is over:
 *
 * - `left`: bounds such as `lt: 3` or `eq: 0` on what came within one timespan after the event: (t, t + timespan].
 * - `seen`: a boolean condition with `not`. A rule counts as seen within [t, t + timespan), for a `not` within one timespan
 *   before as well, because a temporal correlation has no order.
 * - `ordered`: of two rules in the written order one must be missing, before or after the event that was seen.
 */
export type Absence =
  | { readonly kind: "left"; readonly bounds: readonly Bound[]; readonly newAggregate: () => Aggregate }
  | {
      readonly kind: "seen";
      readonly condition: RuleCondition;
      readonly openers: ReadonlySet<number>;
      readonly roles: number;
    }
  | { readonly kind: "ordered"; readonly seen: number; readonly missing: number };

/** Undefined when the correlation is judged as events arrive. */
export function absenceOf(document: SigmaCorrelation): Absence | undefined {
  const { type, bounds, condition, rules } = document;
  if (condition === undefined) {
    const counts =
      type === "event_count" || type === "value_count" || type === "temporal" || type === "value_sum";
    if (!counts || !speakOfAbsence(bounds)) return undefined;
    return { kind: "left", bounds, newAggregate: aggregateFactory(document) };
  }
  if (!hasNegation(condition)) return undefined;
  if (type === "temporal")
    return { kind: "seen", condition, openers: openersOf(condition), roles: rules.length };
  const order = toAbsenceInOrder(condition);
  return order === undefined ? undefined : { kind: "ordered", ...order };
}

/** Whether an event of these rules opens a window. */
export function opens(absence: Absence, roles: readonly number[]): boolean {
  if (absence.kind === "left") return true;
  if (absence.kind === "ordered") return roles.includes(absence.seen);
  return roles.some((role) => absence.openers.has(role));
}

/** How long after its event the window is over, in ms. */
export function aheadOf(absence: Absence, span: number): number {
  return absence.kind === "ordered" && absence.missing < absence.seen ? 0 : span;
}

/** How far before its event the window reaches, in ms. */
export function behindOf(absence: Absence, span: number): number {
  return absence.kind === "seen" || aheadOf(absence, span) === 0 ? span : 0;
}

/** Judges the window of the event at `time` and `index` from the entries around it. */
export function judgeAbsence(
  lane: Lane,
  absence: Absence,
  time: number,
  index: number,
  span: number,
): Judged {
  switch (absence.kind) {
    case "left":
      return judgeLeft(lane, absence, time, span);
    case "seen":
      return judgeSeen(lane, absence, time, span);
    default:
      return judgeOrdered(lane, absence, time, index, span);
  }
}

function judgeLeft(
  lane: Lane,
  { bounds, newAggregate }: Extract<Absence, { kind: "left" }>,
  time: number,
  span: number,
): Judged {
  const from = lane.positionAfter(time);
  const to = lane.positionAfter(time + span);
  const aggregate = newAggregate();
  for (let i = from; i < to; i++) aggregate.add(lane.valueAt(i));
  const { value } = aggregate;
  return { value, holds: holds(bounds, value), from, to, complete: true };
}

function judgeSeen(
  lane: Lane,
  { condition, roles }: Extract<Absence, { kind: "seen" }>,
  time: number,
  span: number,
): Judged {
  const start = lane.positionAfter(time - span);
  const from = lane.positionAt(time);
  const to = lane.positionAt(time + span);
  const around = new Set<unknown>();
  const ahead = new Set<unknown>();
  // As soon as all rules were seen ahead, nothing can change any more.
  for (let i = to - 1; i >= start && ahead.size < roles; i--) {
    const role = lane.valueAt(i);
    around.add(role);
    if (i >= from) ahead.add(role);
  }
  const isSeen = (rule: number, negated: boolean): boolean => (negated ? around : ahead).has(rule);
  return { value: ahead.size, holds: evaluateRules(condition, isSeen), from, to, complete: true };
}

function judgeOrdered(
  lane: Lane,
  { seen, missing }: Extract<Absence, { kind: "ordered" }>,
  time: number,
  index: number,
  span: number,
): Judged {
  const isAfter = missing > seen;
  const from = isAfter ? lane.positionAt(time) : lane.positionAfter(time - span);
  const to = isAfter ? lane.positionAt(time + span) : lane.positionAfter(time);
  let found = false;
  for (let i = from; i < to && !found; i++) {
    if (lane.valueAt(i) !== missing || lane.indexAt(i) === index) continue;
    found = lane.timeAt(i) !== time || lane.indexAt(i) > index === isAfter;
  }
  return { value: 1, holds: !found, from, to, complete: true };
}
