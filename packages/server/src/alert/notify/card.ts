// SPDX-License-Identifier: Apache-2.0
import type { AlertLevel } from "../alert.js";
import type { AlertNotice, DigestNotice, Notice, NoticeReason } from "./notice.js";

/**
 * A notice as people read it: plain lines, bounded, that no sender of events can make into something else. Each channel
 * escapes them once more for its own markup.
 */
export interface Card {
  readonly title: string;
  /** What happened, in one line. */
  readonly summary: string;
  readonly level: AlertLevel;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Of a digest: one line an alert. */
  readonly lines: readonly string[];
  readonly link: string | undefined;
}

const REASONS: Readonly<Record<NoticeReason, string>> = {
  new: "New alert",
  level: "Severity rose",
  regressed: "Came back after it was resolved",
  snooze_over: "Was put off until now",
  unmuted: "Has grown past what it was muted for",
  escalated: "Nobody has acted yet",
  resolved: "Resolved",
};
const MAX_FACTS = 8;
/** Lines of a digest that are shown; the rest is a number. */
export const MAX_LINES = 25;

/**
 * One line of at most `max` characters: without control characters, line breaks, what is not seen and what turns the text
 * around (a bidi override in a user name would let an attacker write the message).
 */
export function toLine(text: string, max: number): string {
  const line = text
    // More could not be shown; what is dropped below cannot hide more than this.
    .slice(0, 16 * max)
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\p{Cf}/gu, "")
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join("")}…`;
}

/** A notice as a card. */
export function toCard(notice: Notice): Card {
  const link = notice.link;
  if (notice.type === "digest") return digestCard(notice, link);
  if (notice.type === "alert") return alertCard(notice, link);
  return {
    title: "Test message of Telltale",
    summary: `This is a test: nothing happened. ${toLine(notice.by, 80)} asked for it.`,
    level: "informational",
    facts: [{ name: "Sent", value: notice.at }],
    lines: [],
    link,
  };
}

function alertCard({ alert, reason }: AlertNotice, link: string | undefined): Card {
  const groups = Object.entries(alert.group)
    .slice(0, MAX_FACTS)
    .map(([name, value]) => ({ name: toLine(name, 60), value: toLine(value, 200) || "(empty)" }));
  return {
    title: toLine(alert.title, 200),
    summary: `${REASONS[reason]}: ${alert.level}, ${alert.count} ${alert.count === 1 ? "event" : "events"}`,
    level: alert.level,
    facts: [
      ...groups,
      { name: "First", value: toTime(alert.firstTime) },
      { name: "Last", value: toTime(alert.lastTime) },
      { name: "Rule", value: toLine(alert.ruleId, 120) },
    ],
    lines: [],
    link,
  };
}

function digestCard(notice: DigestNotice, link: string | undefined): Card {
  const { held, unqueued, levels, since } = notice;
  const counts = Object.entries(levels)
    .map(([level, count]) => `${count} ${level}`)
    .join(", ");
  const shown = notice.lines.slice(0, MAX_LINES);
  const lines = shown.map(
    (line) =>
      `${line.level}: ${toLine(line.title, 120)}${line.key === "" ? "" : ` (${toLine(line.key, 80)})`}, ${REASONS[line.reason].toLowerCase()}`,
  );
  const rest = held - shown.length;
  if (rest > 0) lines.push(`and ${rest} more`);
  if (unqueued > 0) lines.push(`${unqueued} more found no room in the queue; their alerts are kept`);
  return {
    title: `${held} ${held === 1 ? "message" : "messages"} held back`,
    summary: `Held back since ${since} by the limit or the quiet hours of this channel: ${counts}`,
    level: notice.lines[0]?.level ?? "informational",
    facts: [],
    lines,
    link,
  };
}

function toTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? "unknown" : date.toISOString();
}

/** The card as text: mail, and the fall-back of what shows cards. */
export function toPlainText(card: Card): string {
  const parts = [
    card.title,
    card.summary,
    "",
    ...card.facts.map(({ name, value }) => `${name}: ${value}`),
    ...card.lines.map((line) => `- ${line}`),
    ...(card.link === undefined ? [] : ["", card.link]),
  ];
  return `${parts.join("\n")}\n`;
}
