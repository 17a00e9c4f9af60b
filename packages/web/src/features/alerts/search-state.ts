// SPDX-License-Identifier: Apache-2.0
import type { Severity, Verdict } from "../../shared/api/alert-types.js";

export const FILTERS = ["open", "new", "in_progress", "suppressed", "resolved", "all", "findings"] as const;
export type StatusFilter = (typeof FILTERS)[number];

export const VIEWS = ["queue", "exceptions", "rules"] as const;
export type View = (typeof VIEWS)[number];

export const LEVELS = ["critical", "high", "medium", "low", "informational"] as const satisfies Severity[];
const VERDICTS = [
  "none",
  "true_positive",
  "false_positive",
  "benign",
  "test",
  "duplicate",
  "disregard",
  "suspicious",
  "insufficient_data",
  "security_risk",
  "managed_externally",
] as const satisfies (Verdict | "none")[];

/** What the list shows. */
export interface AlertFilter {
  status: StatusFilter;
  level?: Severity;
  verdict?: Verdict | "none";
  /** `me`: whoever is signed in; `none`: nobody. */
  who?: "me" | "none";
  q?: string;
  order?: "risk";
}

export interface AlertsSearch {
  /** Absent: the queue. */
  view?: Exclude<View, "queue">;
  /** Absent: `open`, which is new and in progress. */
  status?: StatusFilter;
  level?: Severity;
  verdict?: Verdict | "none";
  who?: "me" | "none";
  q?: string;
  order?: "risk";
  /** Alerts of one rule under one heading. */
  group?: "rule";
  /** The alert whose details are shown. */
  alert?: string;
}

/** Reads an address that anybody may have written: what is malformed is left out. */
export function parseAlertsSearch(raw: Record<string, unknown>): AlertsSearch {
  const pick = <T extends string>(name: string, from: readonly T[]): T | undefined =>
    from.find((each) => each === raw[name]);
  const view = pick("view", VIEWS);
  const status = pick("status", FILTERS);
  const level = pick("level", LEVELS);
  const verdict = pick("verdict", VERDICTS);
  const who = pick("who", ["me", "none"] as const);
  const { q, alert } = raw;
  return {
    ...(view === undefined || view === "queue" ? {} : { view }),
    ...(status === undefined || status === "open" ? {} : { status }),
    ...(level === undefined ? {} : { level }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(who === undefined ? {} : { who }),
    ...(typeof q === "string" && q !== "" ? { q: q.slice(0, 200) } : {}),
    ...(raw["order"] === "risk" ? { order: "risk" as const } : {}),
    ...(raw["group"] === "rule" ? { group: "rule" as const } : {}),
    ...(typeof alert === "string" && /^[\w-]{1,64}$/.test(alert) ? { alert } : {}),
  };
}

/** The part of the address that the list is about. */
export function toAlertFilter({ status = "open", level, verdict, who, q, order }: AlertsSearch): AlertFilter {
  return {
    status,
    ...(level === undefined ? {} : { level }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(who === undefined ? {} : { who }),
    ...(q === undefined ? {} : { q }),
    ...(order === undefined ? {} : { order }),
  };
}

/** Whether anything beside the status narrows the list. */
export function isNarrowed({ level, verdict, who, q }: AlertFilter): boolean {
  return level !== undefined || verdict !== undefined || who !== undefined || q !== undefined;
}
