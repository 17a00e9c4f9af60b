// SPDX-License-Identifier: Apache-2.0
// What is unusual, in words. Pure.
import type { SecurityEvent } from "@telltale/event";
import type { LearnStatus } from "../../shared/api/types.js";
import { countOf, formatDay } from "../../shared/format.js";
import { withTerm } from "../events/query-edit.js";
import type { AnomalyKind } from "./search-state.js";

const DAY_MS = 86_400_000;
/** Before and after an anomaly. */
const AROUND_MS = 12 * 3_600_000;

export const KIND_WORDS: Record<AnomalyKind, string> = {
  anomaly_first_seen: "new for somebody",
  anomaly_hour: "unusual hour",
  anomaly_rate: "unusual rate",
  anomaly_silence: "silence",
};

export function kindWord(action: string): string {
  return KIND_WORDS[action as AnomalyKind] ?? action;
}

export interface Unusual {
  /** `user`, `route`, `source` or `log`. */
  type: string;
  id: string;
  app: string | undefined;
  /** 0 to 100. */
  score: number | undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const found = (value as Record<string, unknown>)[key];
  return typeof found === "string" ? found : undefined;
}

/** Whom or what an anomaly is about, as its event says. */
export function toUnusual(event: SecurityEvent): Unusual {
  const entity = event.data?.["entity"];
  const score = event.data?.["score"];
  return {
    type: textAt(entity, "type") ?? "log",
    id: textAt(entity, "id") ?? "",
    app: textAt(event.data, "app"),
    score: typeof score === "number" ? score : undefined,
  };
}

/** The search that shows what the entity did around that time. For the log as a whole: everything. */
export function toSurroundings(event: SecurityEvent): { q?: string; from: string; to: string } {
  const { type, id, app } = toUnusual(event);
  // A search is by the time of arrival, which for imported history is not when it happened.
  const at = Date.parse(event.received);
  const range = {
    from: new Date(at - AROUND_MS).toISOString(),
    to: new Date(at + AROUND_MS).toISOString(),
  };
  const ofApp = app === undefined ? "" : withTerm("", "source.app", app, "include");
  if (type === "user") return { q: withTerm(ofApp, "actor.id", id, "include"), ...range };
  return ofApp === "" ? range : { q: ofApp, ...range };
}

/** The first line of the page. */
export function toAnomaliesAnswer(learn: LearnStatus, count: number, hasMore: boolean): string {
  if (!learn.enabled) return "Nobody looks for what is unusual: learning is off.";
  if (count === 0) {
    return learn.since === null
      ? "Nothing was learned yet: there were no events."
      : "Nothing unusual was found in the last 30 days.";
  }
  const found = countOf(count, "anomaly", "anomalies");
  return `${hasMore ? `More than ${found}` : found} in the last 30 days.`;
}

/** How far learning is, and what it takes. */
export function learningWords(learn: LearnStatus, now: number): string {
  if (!learn.enabled)
    return "TELLTALE_LEARN is false on this server. What was found before is still listed; nothing new is added.";
  if (learn.since === null)
    return `Learning begins with the first event. It takes ${countOf(learn.graceDays, "day")} of a user's events until anything is called unusual.`;
  const days = Math.max(0, Math.floor((now - Date.parse(learn.since)) / DAY_MS));
  const grace = Math.max(learn.graceDays, learn.streamGraceDays);
  const known = `${countOf(learn.users, "user")} and ${countOf(learn.streams, "route or source", "routes and sources")} are known`;
  const since = `Learning since ${formatDay(learn.since)}; ${known}.`;
  if (days >= grace) return since;
  return `${since} Young: users need ${countOf(learn.graceDays, "day")} of their own history and rates ${countOf(learn.streamGraceDays, "day")} until anything is called unusual; ${countOf(grace - days, "day")} to go.`;
}
