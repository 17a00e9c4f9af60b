// SPDX-License-Identifier: Apache-2.0
// Channels and deliveries in words. Pure.
import type { NotifyChannel, NotifyDelivery } from "../../shared/api/types.js";
import { countOf, formatCount, joinWords } from "../../shared/format.js";

const KINDS: Readonly<Record<string, string>> = {
  email: "e-mail",
  slack: "Slack",
  teams: "Microsoft Teams",
  discord: "Discord",
  pagerduty: "PagerDuty",
  opsgenie: "Opsgenie",
  webhook: "webhook",
  syslog: "syslog",
};

export function kindWord(kind: string): string {
  return KINDS[kind] ?? kind;
}

export function stateWord({ state }: Pick<NotifyChannel, "state">): string {
  if (state === "paused") return "Paused";
  if (state === "failing") return "Not delivering";
  return state === "quiet" ? "Quiet hours" : "Delivering";
}

/** Is everybody told? */
export function toNotifyAnswer(channels: readonly NotifyChannel[]): string {
  if (channels.length === 0) return "Nobody is told of alerts.";
  const failing = channels.filter(({ state }) => state === "failing").map(({ name }) => name);
  const paused = channels.filter(({ state }) => state === "paused").map(({ name }) => name);
  if (failing.length > 0) {
    const lost = channels.reduce((sum, { counts }) => sum + counts.failed, 0);
    const rest = lost === 0 ? "they wait and are tried again" : `${countOf(lost, "message")} were given up`;
    return `Messages do not arrive on ${joinWords(failing)}; ${rest}.`;
  }
  if (paused.length > 0) return `${joinWords(paused)} ${paused.length === 1 ? "is" : "are"} paused.`;
  const held = channels.reduce((sum, { counts }) => sum + counts.held, 0);
  if (held > 0) return `Everything arrives; ${countOf(held, "message")} wait for a digest.`;
  return "Everybody is told.";
}

/** What holds messages of a channel back. */
export function holdingWords({ limit, quiet }: NotifyChannel): string {
  const parts: string[] = [];
  if (limit !== undefined)
    parts.push(`at most ${countOf(limit.messages, "message")} in ${countOf(limit.minutes, "minute")}`);
  if (quiet !== undefined)
    parts.push(`quiet from ${quiet.from} to ${quiet.to} (${quiet.zone}), except for ${quiet.except}`);
  return parts.length === 0 ? "nothing" : `${joinWords(parts)}; the rest comes as one digest`;
}

/** What waits for a channel. */
export function waitingWords({ counts, unqueued }: NotifyChannel): string {
  const parts: string[] = [];
  if (counts.waiting > 0) parts.push(`${formatCount(counts.waiting)} to be sent`);
  if (counts.held > 0) parts.push(`${formatCount(counts.held)} held back for a digest`);
  if (unqueued > 0) parts.push(`${formatCount(unqueued)} found no room; the next digest tells the number`);
  return parts.length === 0 ? "nothing" : joinWords(parts);
}

const REASONS: Readonly<Record<string, string>> = {
  new: "New alert",
  level: "Severity rose",
  regressed: "Came back",
  snooze_over: "Was put off until now",
  escalated: "Nobody acted",
  resolved: "Resolved",
  digest: "Digest",
};

export function reasonWord(reason: string): string {
  return REASONS[reason] ?? reason;
}

const STATES: Readonly<Record<string, string>> = {
  waiting: "waiting",
  held: "held back",
  delivered: "delivered",
  failed: "given up",
  cancelled: "not needed",
  digested: "in a digest",
};

/** What became of a delivery, with why where there is a why. */
export function outcomeWords({ state, attempts, lastError, answer }: NotifyDelivery): string {
  const word = STATES[state] ?? state;
  if (state === "failed") return `${word} after ${countOf(attempts, "attempt")}: ${lastError ?? "no reason"}`;
  if (state === "waiting" && lastError !== undefined)
    return `tried ${countOf(attempts, "time")}: ${lastError}`;
  return answer === undefined ? word : `${word}: ${answer}`;
}
