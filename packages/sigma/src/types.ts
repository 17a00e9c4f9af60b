// SPDX-License-Identifier: Apache-2.0
import type { Place } from "./errors.js";
import type { Pattern } from "./pattern.js";

/** Sigma severity levels, lowest first (specification 2.1, "level"). */
export type SigmaLevel = "informational" | "low" | "medium" | "high" | "critical";

export type CompareOperator = "lt" | "lte" | "gt" | "gte" | "eq" | "neq";
export type TimePart = "minute" | "hour" | "day" | "week" | "month" | "year";
export type RefMode = "equals" | "startswith" | "endswith" | "contains";

/** One question about one field value. Text is compared case-insensitively unless `cased`. */
export type Test =
  | { readonly kind: "text"; readonly pattern: Pattern; readonly cased: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "exists"; readonly value: boolean }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "cidr"; readonly network: string }
  | {
      readonly kind: "compare";
      readonly operator: CompareOperator;
      readonly value: number;
      readonly part?: TimePart;
    }
  | { readonly kind: "fieldref"; readonly field: string; readonly mode: RefMode; readonly cased: boolean };

/** What a rule asks of one event. `field: null` is a keyword: any text value of the event, at any depth. */
export type Expression =
  | { readonly op: "and" | "or"; readonly args: readonly Expression[] }
  | { readonly op: "not"; readonly arg: Expression }
  | { readonly op: "test"; readonly field: string | null; readonly test: Test };

/** What rules and correlations have in common: the metadata of the specification, kept as written. */
export interface SigmaMetadata {
  readonly title: string;
  readonly id?: string;
  readonly name?: string;
  readonly level: SigmaLevel;
  readonly status?: string;
  readonly description?: string;
  readonly author?: string;
  readonly date?: string;
  readonly modified?: string;
  readonly license?: string;
  readonly taxonomy: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly fields: readonly string[];
  readonly falsepositives: readonly string[];
  readonly related: readonly { readonly id: string; readonly type: string }[];
  /** Top-level keys that the specification does not name, as plain values. */
  readonly custom: Readonly<Record<string, unknown>>;
  /** Telltale extension `telltale.respond`: what applications are told to do about what a finding is about. */
  readonly respond?: SigmaRespond;
  /** Where the document begins. */
  readonly place: Place;
}

/** A decision that a rule asks for. */
export interface SigmaRespond {
  readonly decision: "block" | "step-up" | "revoke_session";
  /** `actor`: the finding's `actor.id`; `ip`: its `client.ip`. */
  readonly about: "actor" | "ip";
  readonly forMs: number;
}

/** A single-event rule. */
export interface SigmaRule extends SigmaMetadata {
  readonly kind: "rule";
  readonly logsource: Readonly<Record<string, string>>;
  readonly detection: Expression;
  /** Telltale extension `telltale.key`: the fields whose values group the findings of this rule into one alert. */
  readonly key?: readonly string[];
}

export type CorrelationType =
  | "event_count"
  | "value_count"
  | "temporal"
  | "temporal_ordered"
  | "value_sum"
  | "value_avg"
  | "value_percentile"
  | "value_median";

/** A boolean condition of a temporal correlation (specification 2.2). `rule` is a position in `rules`. */
export type RuleCondition =
  | { readonly op: "and" | "or"; readonly args: readonly RuleCondition[] }
  | { readonly op: "not"; readonly arg: RuleCondition }
  | { readonly op: "rule"; readonly rule: number };

/**
 * Telltale's own: one figure over the events of a window. `count`: events; `distinct`: different values of the fields, several
 * counted as one tuple; `most`: events of the value that has most; `sum`: the total of a number field.
 */
export interface WindowAggregate {
  readonly name: string;
  readonly kind: "count" | "distinct" | "most" | "sum";
  /** Empty for `count`; one field for `sum`. */
  readonly fields: readonly string[];
  /** Positions in `rules` whose events take part. */
  readonly rules: readonly number[];
  /** For `distinct`: only values count whose number of events is within these bounds; empty: all do. */
  readonly each: readonly Bound[];
}

/** Telltale's own: a bound on an aggregate, or on the ratio of two. A ratio to nothing (0) holds no bound. */
export interface AggregateBound {
  /** Position in `aggregates`. */
  readonly aggregate: number;
  /** Position of the divisor. */
  readonly of?: number;
  readonly bounds: readonly Bound[];
}

/** Telltale's own key `telltale` of a correlation: more figures over the same window, all of whose bounds must hold as well. */
export interface CorrelationExtension {
  readonly aggregates: readonly WindowAggregate[];
  readonly where: readonly AggregateBound[];
}

/** All bounds must hold; two of them make a range (specification 2.1, "Correlation Condition"). */
export interface Bound {
  readonly operator: CompareOperator;
  readonly value: number;
}

/** A correlation over single-event rules or other correlations. */
export interface SigmaCorrelation extends SigmaMetadata {
  readonly kind: "correlation";
  readonly type: CorrelationType;
  /** Ids or names, in the written order. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  /** Length of the window in milliseconds. */
  readonly timespan: number;
  readonly bounds: readonly Bound[];
  /** The fields that `value_…` speaks of. `value_count`: several are counted as one tuple; the others have one, of numbers. */
  readonly valueFields: readonly string[];
  /** For `value_percentile`: which one, 0 to 100. */
  readonly percentile?: number;
  /** For temporal types: what must hold of the rules that were seen; `bounds` is then empty. */
  readonly condition?: RuleCondition;
  /** Telltale's own: conjunctions and ratios of aggregates over the same window. */
  readonly telltale?: CorrelationExtension;
  /** Alias → referenced rule → field of that rule. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** True when the referenced rules shall yield findings of their own as well. */
  readonly generate: boolean;
}

/** What single-event rules shall not report (Sigma Filters 2.1; `rules: any` as in the 2.2 draft). */
export interface SigmaFilter extends SigmaMetadata {
  readonly kind: "filter";
  readonly logsource: Readonly<Record<string, string>>;
  /** Ids or names, in the written order; "any" is every rule whose log source the filter's covers. */
  readonly rules: readonly string[] | "any";
  /** Where `rules` stands. */
  readonly rulesPlace: Place;
  /** What is excluded: an event for which this holds is not reported by the rules. */
  readonly detection: Expression;
  /** After a pipeline: what is excluded of each rule, by id, name or title. It may differ, as pipelines look at the rule. */
  readonly bound?: ReadonlyMap<string, Expression>;
}

/** One YAML document of a rule file. */
export type SigmaDocument = SigmaRule | SigmaCorrelation | SigmaFilter;

/** A filter as it stands on one rule. */
export interface CompiledException {
  readonly filter: SigmaFilter;
  /** What it excludes of this rule. */
  readonly detection: Expression;
  /** Whether the filter's detection holds, whatever the rule says. */
  matches(event: object): boolean;
}

/** One single-event rule, ready to be asked. */
export interface CompiledRule {
  /** The rule's id, else its name, else its title. */
  readonly id: string;
  readonly document: SigmaRule;
  /** True when a match is a finding by itself: no correlation refers to it, or one does with `generate: true`. */
  readonly generates: boolean;
  /** What is asked in the end: the rule's own detection and not those of its filters. */
  readonly detection: Expression;
  /** The filters that apply, in the order of the documents. */
  readonly exceptions: readonly CompiledException[];
  /** Evaluates this one rule without the index, filters included. */
  matches(event: object): boolean;
  /** Of an event that the rule's own detection matches, the first filter that excludes it. */
  excepted(event: object): SigmaFilter | undefined;
}

/** One correlation with its references resolved. Correlations stand in an order in which references point backwards. */
export interface CompiledCorrelation {
  readonly id: string;
  readonly document: SigmaCorrelation;
  readonly generates: boolean;
  /** In the written order: what each entry of `rules` refers to. */
  readonly references: readonly { readonly type: "rule" | "correlation"; readonly index: number }[];
}

/** A compiled set of rules. Rule indices are positions in `rules`, equal wherever the same documents are compiled in the same order. */
export interface RuleSet {
  readonly rules: readonly CompiledRule[];
  readonly correlations: readonly CompiledCorrelation[];
  /** Filters that apply to no rule of the set: `any` without a fitting log source, or listed in `lenient`. */
  readonly idleFilters: readonly SigmaFilter[];
  /** Changes when any document changes; not cryptographic. Tags match hints that cross a thread. */
  readonly fingerprint: string;
  /** Ascending indices of the rules that match. Allocates nothing when none does; the result must not be modified. */
  match(event: object): readonly number[];
}

/** A rule or correlation that came true, with what is needed to make or extend an alert. */
export interface Finding {
  readonly ruleId: string;
  readonly title: string;
  readonly level: SigmaLevel;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly author?: string;
  /** The group's values in one string; equal keys of one rule are one alert. */
  readonly key: string;
  readonly group: Readonly<Record<string, string>>;
  /** Different events of this episode so far. It grows with each further finding until the condition stops holding. */
  readonly count: number;
  /**
   * How many events this finding adds to those already reported for its key: on the first finding of an episode those of
   * the window that no episode before has reported, then mostly 1. Summed up, every event counts once.
   */
  readonly fresh: number;
  /** What the condition compared: events, different values, or rules seen inside the window. */
  readonly value: number;
  /** Times in ms, as given to `observe`. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** Log indices, ascending: the first ten and the last forty of the episode. */
  readonly evidence: readonly number[];
  /** Log index of the event that completed it. */
  readonly trigger: number;
}

/** One event as the correlator sees it. `time` in ms decides the windows, `index` decides between equal times. */
export interface Observation {
  readonly index: number;
  readonly time: number;
  /**
   * When it came, in ms, on the clock that `advance` speaks of; default `time`. A window that an event opened is judged when it
   * is over on both clocks: a source whose own clock is wrong, or an import of history, has as long for what belongs together.
   */
  readonly arrival?: number;
  readonly event: object;
  readonly matches: readonly number[];
}

/** Figures that an operator may watch. */
export interface CorrelatorStats {
  readonly keys: number;
  readonly entries: number;
  /** Windows that wait for their end to be judged. */
  readonly waiting: number;
  /** Groups forgotten because a limit was reached, since the state was created (survives snapshots). */
  readonly evictions: number;
  /** Windows never judged because their group was flooded: what they needed to know was thinned out; since the state was created. */
  readonly givenUp: number;
}

export interface CorrelatorOptions {
  /** Groups remembered over all correlations (default 100,000); beyond it the least recently touched is forgotten and counted. */
  readonly maxKeys?: number;
  /** Window entries remembered over all groups (default 2,000,000); same eviction. */
  readonly maxEntries?: number;
  /** How late in ms an event may come and still be counted exactly (default 600,000). */
  readonly lateness?: number;
}

/** The windows of all correlations of one rule set. Deterministic: equal observations in equal order give equal findings. */
export interface Correlator {
  observe(observation: Observation): readonly Finding[];
  /**
   * Says that what comes from now on arrived after `time` (a watermark, in ms): windows that are over by then are judged, so
   * that conditions about what did NOT happen come true. Call it before each `observe` and when nothing comes. It never goes
   * back: an earlier time changes nothing. The finding's `trigger` is the event that opened the window.
   */
  advance(time: number): readonly Finding[];
  /** The whole state as JSON text. */
  snapshot(): string;
  /** The same text in pieces of some tens of kilobytes; take them all before the next event. */
  snapshotPieces(): Iterable<string>;
  /** Replaces the state. Correlations whose definition changed start empty. Throws SigmaError `bad_snapshot` and then changes nothing. */
  restore(snapshot: string): void;
  stats(): CorrelatorStats;
}
