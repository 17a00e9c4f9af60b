// SPDX-License-Identifier: Apache-2.0
// Alerts in words. Pure.
import type { Alert, AlertChange, AlertStatus, Verdict } from "../../shared/api/types.js";
import { countOf, formatCount, formatDuration, toMs } from "../../shared/format.js";
import type { AlertFilter } from "./search-state.js";

export const STATUS_WORDS: Record<AlertStatus, string> = {
  new: "new",
  in_progress: "in progress",
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
];

export function verdictWord(verdict: string): string {
  return VERDICTS.find((each) => each.id === verdict)?.word ?? verdict.replaceAll("_", " ");
}

export function filterLabel(filter: AlertFilter): string {
  if (filter === "open") return "Open";
  if (filter === "all") return "All";
  const word = STATUS_WORDS[filter];
  return word.charAt(0).toUpperCase() + word.slice(1);
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
  const worst = worstOf(alerts.filter((alert) => alert.status !== "resolved"));
  const start = `${countOf(open, "alert")} ${open === 1 ? "waits" : "wait"} for a decision`;
  if (worst === undefined) return `${start}.`;
  return open === 1
    ? `${start}: ${worst.title}, ${worst.level}.`
    : `${start}. The worst is ${worst.level}: ${worst.title}.`;
}

/** `actor.id alice · client.ip 203.0.113.7`: whom or what it is about. */
export function toSubject(alert: Alert): string {
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

/** Whether an alert belongs to a filter. */
export function isIn(alert: Alert, filter: AlertFilter): boolean {
  if (filter === "all") return true;
  return filter === "open" ? alert.status !== "resolved" : alert.status === filter;
}
