// SPDX-License-Identifier: Apache-2.0
import type { Finding } from "@telltale/sigma";

/** One alert that the rules would have made: everything that one rule found for one key. */
export interface BacktestAlert {
  readonly rule: string;
  readonly title: string;
  readonly level: string;
  readonly key: string;
  readonly group: Readonly<Record<string, string>>;
  /** Index of the event that completed it first, and when that event was received (RFC 3339). */
  readonly trigger: number;
  readonly received: string;
  /** Indexes of the events that it began with: at most ten. */
  readonly evidence: readonly number[];
  /** Findings, and different events in them. */
  readonly findings: number;
  readonly events: number;
  /** Days (UTC) on which there was a finding. */
  readonly days: number;
}

export interface BacktestDay {
  /** `2026-11-22`, in UTC. */
  readonly day: string;
  /** Different rules and keys with a finding on this day: how often somebody would have had to look. */
  readonly alerts: number;
  readonly findings: number;
}

/** Different rules and keys that are told apart; beyond them findings are only counted. */
const MAX_KEYS = 50_000;
const FIRST_EVIDENCE = 10;

type Growing<T> = { -readonly [K in keyof T]: T[K] };

/** Counts findings by rule and key, and by day. Bounded, whatever the rules find. */
export class Tally {
  readonly #alerts = new Map<string, Growing<BacktestAlert> & { last: string }>();
  readonly #days = new Map<string, { alerts: number; findings: number }>();
  findings = 0;
  /** Findings of keys beyond the limit. */
  uncounted = 0;

  get size(): number {
    return this.#alerts.size;
  }

  /** `received`: of the event that completed the finding, RFC 3339. */
  add(finding: Finding, received: string): void {
    this.findings++;
    const day = received.slice(0, 10);
    const ofDay = this.#days.get(day) ?? { alerts: 0, findings: 0 };
    this.#days.set(day, ofDay);
    ofDay.findings++;
    const name = JSON.stringify([finding.ruleId, finding.key]);
    let alert = this.#alerts.get(name);
    if (alert === undefined) {
      if (this.#alerts.size >= MAX_KEYS) {
        this.uncounted++;
        return;
      }
      alert = toAlert(finding, received);
      this.#alerts.set(name, alert);
    }
    alert.findings++;
    alert.events += finding.fresh;
    if (alert.last === day) return;
    alert.last = day;
    alert.days++;
    ofDay.alerts++;
  }

  /** In the order in which they would have come. */
  first(limit: number): BacktestAlert[] {
    return [...this.#alerts.values()].slice(0, limit).map(toPlain);
  }

  /** Those that would have made somebody look on the most days, then those with the most findings. */
  noisiest(limit: number): BacktestAlert[] {
    return [...this.#alerts.values()]
      .sort((a, b) => b.days - a.days || b.findings - a.findings)
      .slice(0, limit)
      .map(toPlain);
  }

  days(): BacktestDay[] {
    return [...this.#days]
      .map(([day, counts]) => ({ day, ...counts }))
      .sort((a, b) => (a.day < b.day ? -1 : 1));
  }
}

function toAlert(finding: Finding, received: string): Growing<BacktestAlert> & { last: string } {
  const { ruleId, title, level, key, group, trigger, evidence } = finding;
  return {
    rule: ruleId,
    title,
    level,
    key,
    group,
    trigger,
    received,
    evidence: evidence.slice(0, FIRST_EVIDENCE),
    findings: 0,
    events: 0,
    days: 0,
    last: "",
  };
}

function toPlain({ last: _, ...alert }: BacktestAlert & { last: string }): BacktestAlert {
  return alert;
}
