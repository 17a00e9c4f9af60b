// SPDX-License-Identifier: Apache-2.0
// Alerts in words. Pure.
import type {
  Alert,
  AlertChange,
  AlertStatus,
  AlertWhere,
  Exception,
  ExceptionPreview,
  RuleCondition,
  RulePrecision,
  Verdict,
} from "../../shared/api/alert-types.js";
import { countOf, formatCount, formatDuration, toMs } from "../../shared/format.js";
import type { AlertFilter, StatusFilter } from "./search-state.js";

export const STATUS_WORDS: Record<AlertStatus, string> = {
  new: "new",
  in_progress: "in progress",
  suppressed: "suppressed",
  resolved: "resolved",
};

/** In the order of the digits that choose them. */
export const VERDICTS: readonly { id: Verdict; word: string; meaning: string }[] = [
  { id: "true_positive", word: "true positive", meaning: "It was an attack or a breach of the rules" },
  {
    id: "false_positive",
    word: "false positive",
    meaning: "The rule is wrong: nothing of the kind happened",
  },
  { id: "benign", word: "benign", meaning: "It happened, and it was allowed" },
  { id: "test", word: "test", meaning: "Somebody was testing" },
  { id: "duplicate", word: "duplicate", meaning: "Another alert covers it" },
  { id: "disregard", word: "disregard", meaning: "True, and of no matter" },
  { id: "suspicious", word: "suspicious", meaning: "Not clear yet; it looks bad" },
  { id: "insufficient_data", word: "insufficient data", meaning: "It cannot be found out" },
  { id: "security_risk", word: "security risk", meaning: "No attack, but a weakness to be mended" },
  { id: "managed_externally", word: "managed externally", meaning: "Others handle it, elsewhere" },
];

export function verdictWord(verdict: string): string {
  return VERDICTS.find((each) => each.id === verdict)?.word ?? verdict.replaceAll("_", " ");
}

export function filterLabel(filter: StatusFilter): string {
  if (filter === "open") return "Open";
  if (filter === "all") return "All";
  if (filter === "findings") return "Findings";
  const word = STATUS_WORDS[filter];
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The filter as the server takes it; `me` is who is signed in. */
export function toWhere({ status, level, verdict, who, q }: AlertFilter, me: string): AlertWhere {
  return {
    ...(status === "all" || status === "findings" ? {} : { status }),
    ...(status === "findings" ? { kind: "finding" as const } : {}),
    ...(level === undefined ? {} : { level: [level] }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(who === "me" ? { assignee: me } : {}),
    ...(who === "none" ? { unassigned: true } : {}),
    ...(q === undefined ? {} : { q }),
  };
}

const ORDER = ["informational", "low", "medium", "high", "critical"];

/** The worst of some alerts; the newest of equals. */
export function worstOf(alerts: readonly Alert[]): Alert | undefined {
  let worst: Alert | undefined;
  for (const alert of alerts) {
    if (worst === undefined || ORDER.indexOf(alert.level) > ORDER.indexOf(worst.level)) worst = alert;
  }
  return worst;
}

/** The first line of the page: what must be decided. */
export function toAlertAnswer(open: number, alerts: readonly Alert[]): string {
  if (open === 0) return "Nothing waits for a decision.";
  const worst = worstOf(alerts.filter((alert) => alert.status === "new" || alert.status === "in_progress"));
  const start = `${countOf(open, "alert")} ${open === 1 ? "waits" : "wait"} for a decision`;
  if (worst === undefined) return `${start}.`;
  return open === 1
    ? `${start}: ${worst.title}, ${worst.level}.`
    : `${start}. The worst is ${worst.level}: ${worst.title}.`;
}

/** `actor.id alice · client.ip 203.0.113.7`: whom or what it is about. */
export function toSubject(alert: Pick<Alert, "group" | "key">): string {
  const fields = Object.entries(alert.group);
  if (fields.length === 0) return alert.key;
  return fields.map(([field, value]) => `${field} ${value}`).join(" · ");
}

/** `14 events within 3 min`. */
export function toExtent(alert: Alert): string {
  const span = toMs(alert.lastTime) - toMs(alert.firstTime);
  const events = countOf(alert.count, "event");
  return alert.count < 2 || span < 1000 ? events : `${events} within ${formatDuration(span)}`;
}

const WOKEN: Readonly<Record<string, string>> = {
  snooze: "The snooze is over",
  count: "It grew as much as was agreed",
  level: "Its level rose",
};

/** `2026-11-23 14:05 UTC`. */
export function toMinute(time: string | number): string {
  return `${new Date(toMs(time)).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Why nobody hears of a suppressed alert, and until when. */
export function silenceWords({ status, snoozedUntil, mutedUntilCount, count }: Alert): string | undefined {
  if (status !== "suppressed") return undefined;
  const ends = [
    ...(snoozedUntil === undefined ? [] : [`until ${toMinute(snoozedUntil)}`]),
    ...(mutedUntilCount === undefined
      ? []
      : [`until it has ${formatCount(mutedUntilCount)} events (now ${formatCount(count)})`]),
    "until its level rises",
  ];
  return `Silent ${ends.join(" or ")}.`;
}

const OPERATORS: Readonly<Record<string, string>> = {
  gte: "at least",
  gt: "more than",
  lte: "at most",
  lt: "fewer than",
  eq: "exactly",
  neq: "not exactly",
};

/** What a rule counts, as a noun. */
function toCounted({ type, valueFields, of }: RuleCondition): string {
  const names = of.map((title) => `“${title}”`).join(", ");
  if (type === "value_count") return `different values of ${valueFields.join(" and ")} in ${names}`;
  if (type.startsWith("temporal"))
    return `of the rules ${names}${type === "temporal_ordered" ? ", in this order" : ""}`;
  if (type.startsWith("value_"))
    return `as ${type.slice("value_".length)} of ${valueFields.join(", ")} in ${names}`;
  return `events of ${names}`;
}

/** When a rule fires, in one sentence. */
export function toConditionSentence(condition: RuleCondition): string {
  const { type, groupBy, timespanMs, bounds } = condition;
  if (type === "rule") return "One event that matches is enough.";
  const wanted = bounds.map(
    ({ operator, value }) => `${OPERATORS[operator] ?? operator} ${formatCount(value)}`,
  );
  const each = groupBy.length === 0 ? "" : ` with the same ${groupBy.join(" and ")}`;
  const within = timespanMs === null ? "" : ` within ${formatDuration(timespanMs)}`;
  const many = wanted.length === 0 ? "all" : wanted.join(" and ");
  return `It fires when there are ${many} ${toCounted(condition)}${each}${within}.`;
}

function nameOf(change: AlertChange): string {
  if (change.by.kind === "system") return "Telltale";
  return change.by.name ?? change.by.id;
}

/** A history entry as a sentence; the comment itself is shown beneath, not in it. */
export function toHistorySentence(change: AlertChange): string {
  const who = nameOf(change);
  const to = change.to;
  switch (change.field) {
    case "created":
      return `${who} opened this alert`;
    case "regressed":
      return `It came back: a new hit after it was resolved${change.from === undefined ? "" : ` as ${verdictWord(change.from)}`}`;
    case "woken":
      return `${WOKEN[change.from ?? ""] ?? "The silence ended"}: ${to === undefined ? "open" : (STATUS_WORDS[to as AlertStatus] ?? to)} again`;
    case "alerted":
      return `${who} made an alert of this finding${to === undefined ? "" : `: its level is ${to} now`}`;
    case "duplicate_of":
      return `${who} named the alert that covers it: ${to ?? "none"}`;
    case "snooze":
      return `${who} snoozed it until ${to === undefined ? "later" : toMinute(to)}`;
    case "mute":
      return `${who} muted it until there are ${formatCount(Number(to ?? 0))} events`;
    case "check":
      return `${who} did: ${to ?? ""}`;
    case "uncheck":
      return `${who} took back: ${to ?? ""}`;
    case "status":
      return `${who} set it to ${to === undefined ? "nothing" : (STATUS_WORDS[to as AlertStatus] ?? to)}`;
    case "verdict":
      return to === undefined ? `${who} withdrew the verdict` : `${who} judged it: ${verdictWord(to)}`;
    case "assignee":
      return to === undefined ? `${who} gave it back` : `${who} gave it to ${to}`;
    case "comment":
      return `${who} wrote`;
    case "level":
      return `${who} raised it${to === undefined ? "" : ` to ${to}`}`;
  }
}

/** Evidence that the alert names, and how much more there was. */
export function evidenceWords(alert: Alert): string {
  const more = alert.count - alert.evidence.length;
  const shown = countOf(alert.evidence.length, "event");
  return more > 0
    ? `${shown} kept as evidence; ${formatCount(more)} more between the first and the last`
    : shown;
}

const DECIDERS = new Set(["owner", "admin", "analyst"]);

/** Whether a role may decide on alerts; the server has the last word. */
export function mayDecide(role: string | undefined): boolean {
  return role !== undefined && DECIDERS.has(role);
}

function hasStatus(alert: Alert, filter: StatusFilter): boolean {
  if (filter === "findings") return alert.kind === "finding";
  if (alert.kind === "finding") return false;
  if (filter === "all") return true;
  return filter === "open"
    ? alert.status === "new" || alert.status === "in_progress"
    : alert.status === filter;
}

/** Whether an alert belongs to a filter. */
export function isIn(alert: Alert, filter: AlertFilter, me: string): boolean {
  const { level, verdict, who, q } = filter;
  if (!hasStatus(alert, filter.status)) return false;
  if (level !== undefined && alert.level !== level) return false;
  if (verdict !== undefined && (alert.verdict ?? "none") !== verdict) return false;
  if (who !== undefined && alert.assignee !== (who === "me" ? me : undefined)) return false;
  if (q === undefined) return true;
  const text = `${alert.title} ${alert.id} ${Object.values(alert.group).join(" ")}`.toLowerCase();
  return text.includes(q.toLowerCase());
}

/** How good a rule was so far, by the verdicts of people. */
export function precisionWords({
  precision,
  verdicts,
}: Pick<RulePrecision, "precision" | "verdicts">): string {
  const right = verdicts.true_positive ?? 0;
  const wrong = verdicts.false_positive ?? 0;
  if (precision === null) return "Nobody has judged this rule yet.";
  return `${formatCount(right)} of ${countOf(right + wrong, "verdict")} found it right (${Math.round(precision * 100)} %).`;
}

/** What an exception would have done. */
export function previewSentence(preview: ExceptionPreview): string {
  const { days, alerts, vanishing, shrinking, unknown, complete } = preview;
  if (alerts === 0)
    return `Nothing was found in the last ${countOf(days, "day")}, so nothing would have been hidden.`;
  const parts = [`${formatCount(vanishing)} would not be there`];
  if (shrinking > 0) parts.push(`${formatCount(shrinking)} would be smaller or not there`);
  if (unknown > 0) parts.push(`of ${formatCount(unknown)} the events are gone`);
  const more = complete ? "" : " There were more than are looked at.";
  return `Of ${countOf(alerts, "alert")} and findings of the last ${countOf(days, "day")}, ${parts.join(", ")}.${more}`;
}

const WEEK_MS = 7 * 86_400_000;

/** The first line of the exceptions: how many hold, and which end soon. */
export function exceptionsAnswer(exceptions: readonly Exception[], now: number = Date.now()): string {
  const active = exceptions.filter(({ state }) => state === "active");
  if (active.length === 0) return "No exception is in force: the rules find all that they can.";
  const soon = active.filter(({ expiresAt }) => toMs(expiresAt) - now < WEEK_MS).length;
  const start = `${countOf(active.length, "exception")} ${active.length === 1 ? "is" : "are"} in force`;
  return soon === 0
    ? `${start}.`
    : `${start}; ${formatCount(soon)} of them ${soon === 1 ? "ends" : "end"} within a week.`;
}

/** Below this share of true positives a rule is more noise than help. */
const NOISY = 0.5;
const ENOUGH = 3;

/** The first line of the rules: which cost more than they bring. */
export function rulesAnswer(rules: readonly RulePrecision[]): string {
  if (rules.length === 0) return "No rule has found anything yet.";
  const judged = rules.filter(({ precision }) => precision !== null);
  if (judged.length === 0)
    return "No rule was judged yet: give verdicts, and this page says which are worth their noise.";
  const noisy = judged.filter(
    ({ precision, verdicts }) =>
      (precision ?? 1) < NOISY && (verdicts.true_positive ?? 0) + (verdicts.false_positive ?? 0) >= ENOUGH,
  );
  const [worst] = noisy.toSorted((a, b) => (a.precision ?? 0) - (b.precision ?? 0));
  if (worst === undefined)
    return `No judged rule is more noise than help (${formatCount(judged.length)} of ${countOf(rules.length, "rule")} judged).`;
  return `${countOf(noisy.length, "rule")} ${noisy.length === 1 ? "is" : "are"} more noise than help, above all: ${worst.title}.`;
}
