// SPDX-License-Identifier: Apache-2.0
import type { SecurityEvent } from "@telltale/event";
import { createCorrelator, type Correlator, type RuleSet } from "@telltale/sigma";
import { windowTime } from "../follow/detect/detect.js";
import { Tally, type BacktestAlert, type BacktestDay } from "./tally.js";

/** What a backtest found. Times are RFC 3339. */
export interface BacktestReport {
  /** Ids of the rules and correlations that were asked. */
  readonly rules: readonly string[];
  readonly since: string;
  readonly until: string;
  /**
   * Who said which events match: the columns of the index, by the rules' SQL, or the stream engine, which read every
   * line of the log. Windows of correlations are the stream engine's in both cases.
   */
  readonly path: "index" | "log";
  /** Why the index was not asked. */
  readonly because?: string;
  /** False when something was left out; `missing` says what. */
  readonly complete: boolean;
  readonly missing: readonly string[];
  /** Events in the time that was asked for, as far as it came. */
  readonly events: number;
  /** Events that a rule matched by itself. */
  readonly matched: number;
  readonly findings: number;
  /** Different rules and keys: alerts, had nobody closed one. */
  readonly alerts: number;
  /** Alerts in a week, when each is closed on the day on which it came; null for less than a day. */
  readonly perWeek: number | null;
  readonly perDay: readonly BacktestDay[];
  /** The first ones, in the order in which they would have come. */
  readonly first: readonly BacktestAlert[];
  /** The keys that would have made the most noise. */
  readonly noisiest: readonly BacktestAlert[];
  readonly tookMs: number;
}

const FIRST_ALERTS = 100;
const NOISIEST = 20;
const WEEK_MS = 7 * 86_400_000;
const DAY_MS = 86_400_000;

export interface ReplayOptions {
  readonly ruleSet: RuleSet;
  /** Findings of other rules are not counted: they are there because a correlation refers to them. */
  readonly wanted: ReadonlySet<string>;
  /** Unix milliseconds. Events before only fill the windows. */
  readonly since: number;
  readonly until: number;
}

/** The stream engine over history: what its rules find, counted. */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #correlator: Correlator;
  readonly #tally = new Tally();
  readonly #missing = new Set<string>();
  /** Events from `since` on that were passed, matching or not. */
  events = 0;
  matched = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#correlator = createCorrelator(options.ruleSet);
  }

  /** Takes one line in log order. One that is no event is left out and told. */
  observe(index: number, line: string): void {
    const { ruleSet, wanted, since, until } = this.#options;
    let event: SecurityEvent;
    try {
      event = JSON.parse(line) as SecurityEvent;
    } catch {
      this.miss("a line that is no JSON");
      return;
    }
    const received = Date.parse(event.received);
    if (!(received < until)) return;
    const counts = received >= since;
    if (counts) this.events++;
    const matches = ruleSet.match(event);
    if (matches.length === 0) return;
    if (counts) this.matched++;
    const found = this.#correlator.observe({ index, time: windowTime(event), event, matches });
    if (!counts) return;
    for (const finding of found) if (wanted.has(finding.ruleId)) this.#tally.add(finding, event.received);
  }

  /** Says that something was left out. */
  miss(what: string): void {
    this.#missing.add(what);
  }

  report(how: { path: "index" | "log"; because?: string; events?: number; tookMs: number }): BacktestReport {
    const { wanted, since, until } = this.#options;
    const { evictions } = this.#correlator.stats();
    if (evictions > 0)
      this.miss(`${evictions} groups of correlations, forgotten because there were too many`);
    if (this.#tally.uncounted > 0)
      this.miss(`keys of ${this.#tally.uncounted} findings, of which there are too many`);
    const perDay = this.#tally.days();
    const looks = perDay.reduce((sum, { alerts }) => sum + alerts, 0);
    return {
      rules: [...wanted],
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
      path: how.path,
      ...(how.because !== undefined && { because: how.because }),
      complete: this.#missing.size === 0,
      missing: [...this.#missing],
      events: how.events ?? this.events,
      matched: this.matched,
      findings: this.#tally.findings,
      alerts: this.#tally.size,
      perWeek: until - since < DAY_MS ? null : Math.round(((looks * WEEK_MS) / (until - since)) * 10) / 10,
      perDay,
      first: this.#tally.first(FIRST_ALERTS),
      noisiest: this.#tally.noisiest(NOISIEST),
      tookMs: Math.round(how.tookMs),
    };
  }
}
