// SPDX-License-Identifier: Apache-2.0
import type { Absence } from "./absence.js";
import { createWatchedCorrelator } from "./correlate.js";
import { entryReader } from "./entries.js";
import { ExtendedAggregate } from "./extended-aggregate.js";
import { compileField } from "./field.js";
import { toCombinations } from "./group-key.js";
import { holds } from "./bounds.js";
import { mentionsIn } from "./rule-condition.js";
import { SigmaError } from "./errors.js";
import type { Watched } from "./state.js";
import type { CompiledCorrelation, Finding, Observation, RuleSet, SigmaCorrelation } from "./types.js";
import { boundsInWords, correlationInWords, figureInWords, spanInWords } from "./words.js";

/** Findings and groups that are told. */
const MOST_TOLD = 20;

/** How near a group came to the condition. */
export interface GroupExplanation {
  readonly key: string;
  readonly group: Readonly<Record<string, string>>;
  /** Whether the condition held at any time. */
  readonly fired: boolean;
  /** What the condition compared in the window that came nearest. */
  readonly value: number;
  /** The event at which that window was judged, or that opened it. */
  readonly index: number;
  readonly time: number;
  /** What was missing in it, in words; empty when it fired. */
  readonly missing: readonly string[];
}

/** Why a correlation fired over a stretch of events, or what was missing. */
export interface CorrelationExplanation {
  readonly id: string;
  readonly title: string;
  readonly fired: boolean;
  /** The first findings. */
  readonly findings: readonly Finding[];
  /** The condition in words. */
  readonly wanted: string;
  /** How many of the events each of its rules matched; correlations that it refers to are not counted here. */
  readonly rules: readonly { readonly name: string; readonly matched: number }[];
  /** Events that a rule matched and that belong to no group, because a group-by field is missing. */
  readonly withoutGroup: number;
  /** Events that a rule matched and that lack the value that is counted. */
  readonly withoutValue: number;
  /** Windows that are not over at the end of the events and cannot be judged. */
  readonly waiting: number;
  /** Those that fired, then by how near they came. */
  readonly groups: readonly GroupExplanation[];
}

/** An event of the stretch: what `observe` takes, without the matches. */
export type ExplainedEvent = Omit<Observation, "matches">;

/**
 * Replays events, in the order of the log, through a correlation and says why it fired or what was missing. Events before the
 * first are taken for none, so the stretch should begin a timespan before what is asked about. `until`: the moment up to which
 * windows are judged, ms; without it those that end within the events.
 * Throws SigmaError `unknown_rule` when the set has no correlation of that id or name.
 */
export function explainCorrelation(
  ruleSet: RuleSet,
  rule: string,
  events: Iterable<ExplainedEvent>,
  until?: number,
): CorrelationExplanation {
  const at = ruleSet.correlations.findIndex(({ id, document }) => id === rule || document.name === rule);
  const correlation = ruleSet.correlations[at];
  if (correlation === undefined)
    throw new SigmaError(
      "unknown_rule",
      { file: "", line: 0, key: "" },
      `no correlation is called "${rule}"`,
    );
  const { document } = correlation;
  const nearest = new Map<string, Nearest>();
  const findings: Finding[] = [];
  const correlator = createWatchedCorrelator(ruleSet, {}, (watched) => {
    if (watched.correlation !== at) return;
    note(nearest, document, watched);
    if (watched.finding !== undefined && findings.length < MOST_TOLD) findings.push(watched.finding);
  });
  const tally = new Tally(correlation);
  for (const event of events) {
    const matches = ruleSet.match(event.event);
    tally.add(event.event, matches);
    correlator.advance(event.arrival ?? event.time);
    correlator.observe({ ...event, matches });
  }
  if (until !== undefined) correlator.advance(until);
  const groups = [...nearest.values()].sort((a, b) => a.distance - b.distance).slice(0, MOST_TOLD);
  return {
    id: correlation.id,
    title: document.title,
    fired: findings.length > 0,
    findings,
    wanted: correlationInWords(document),
    ...tally.result(),
    waiting: correlator.stats().waiting,
    groups: groups.map(({ explanation }) => explanation),
  };
}

interface Nearest {
  /** 0 when it fired. */
  readonly distance: number;
  readonly explanation: GroupExplanation;
}

function note(nearest: Map<string, Nearest>, document: SigmaCorrelation, watched: Watched): void {
  const { group, judged, time, index } = watched;
  const { distance, missing } = judged.holds ? { distance: 0, missing: [] } : missingIn(document, watched);
  const known = nearest.get(group.key);
  if (known !== undefined && known.distance <= distance) return;
  const values = document.groupBy.map((field, i) => [field, group.values[i] ?? ""]);
  nearest.set(group.key, {
    distance,
    explanation: {
      key: group.key,
      group: Object.fromEntries(values) as Record<string, string>,
      fired: judged.holds,
      value: judged.value,
      index,
      time,
      missing,
    },
  });
}

interface Missing {
  /** Above 0; comparable between windows of one correlation. */
  readonly distance: number;
  readonly missing: readonly string[];
}

function missingIn(document: SigmaCorrelation, watched: Watched): Missing {
  const { absence, judged } = watched;
  if (document.condition !== undefined) return missingRules(document, watched, absence);
  if (document.type === "temporal_ordered")
    return {
      distance: 1,
      missing: ["its rules did not come in the written order with this event among them"],
    };
  if (document.telltale !== undefined) return missingFigures(document, watched);
  const after = absence === undefined ? "" : ` in the ${spanInWords(document.timespan)} after it`;
  const distance = Math.max(
    Number.MIN_VALUE,
    ...document.bounds.map(({ value }) => Math.abs(value - judged.value)),
  );
  const unseen = document.type === "temporal" && absence === undefined ? unseenRules(document, watched) : [];
  const told = `${figureInWords(document)}${after}: ${judged.value}, wanted ${boundsInWords(document.bounds)}`;
  return { distance, missing: [told, ...unseen] };
}

function rolesIn({ lane, judged }: Watched): Set<unknown> {
  const seen = new Set<unknown>();
  for (let i = judged.from; i < judged.to; i++) seen.add(lane.valueAt(i));
  return seen;
}

function unseenRules(document: SigmaCorrelation, watched: Watched): string[] {
  const seen = rolesIn(watched);
  return document.rules.filter((_, role) => !seen.has(role)).map((name) => `"${name}" was not seen`);
}

/** Each rule of a boolean condition whose being seen, or not, differs from what would have helped. */
function missingRules(document: SigmaCorrelation, watched: Watched, absence: Absence | undefined): Missing {
  const { condition, rules, timespan } = document;
  const seen = rolesIn(watched);
  const missing: string[] = [];
  for (const { rule, negated } of condition === undefined ? [] : mentionsIn(condition)) {
    const name = rules[rule] ?? "";
    if (negated) missing.push(...seenAround(watched, rule, name, timespan));
    else if (!seen.has(rule)) missing.push(`"${name}" was not seen`);
  }
  const told = missing.length > 0 || absence === undefined ? missing : ["what must be missing was seen"];
  return { distance: told.length, missing: [...new Set(told)] };
}

function seenAround({ lane, time, index }: Watched, role: number, name: string, span: number): string[] {
  for (let i = lane.positionAfter(time - span); i < lane.positionAt(time + span); i++)
    if (lane.valueAt(i) === role && lane.indexAt(i) !== index)
      return [`"${name}" was seen: event ${lane.indexAt(i)}`];
  return [];
}

function missingFigures(document: SigmaCorrelation, { lane, judged }: Watched): Missing {
  const extension = document.telltale;
  if (extension === undefined) return { distance: 1, missing: [] };
  const aggregate = new ExtendedAggregate(document.bounds, extension);
  for (let i = judged.from; i < judged.to; i++) aggregate.add(lane.valueAt(i));
  const { figures } = aggregate;
  const missing = holds(document.bounds, aggregate.value)
    ? []
    : [`events: ${aggregate.value}, wanted ${boundsInWords(document.bounds)}`];
  for (const { aggregate: one, of, bounds } of extension.where) {
    const divisor = of === undefined ? 1 : (figures[of] ?? 0);
    const value = (figures[one] ?? 0) / divisor;
    if (divisor !== 0 && holds(bounds, value)) continue;
    const name = `${extension.aggregates[one]?.name}${of === undefined ? "" : `/${extension.aggregates[of]?.name}`}`;
    missing.push(
      `${name}: ${divisor === 0 ? "nothing to divide by" : value}, wanted ${boundsInWords(bounds)}`,
    );
  }
  return { distance: missing.length, missing };
}

/** What the rules matched, and what could not be counted. */
class Tally {
  readonly #document: SigmaCorrelation;
  /** Rule index → position in `rules`. */
  readonly #roles = new Map<number, number>();
  readonly #matched: number[];
  readonly #readEntries: ReturnType<typeof entryReader>;
  #withoutGroup = 0;
  #withoutValue = 0;

  constructor({ document, references }: CompiledCorrelation) {
    this.#document = document;
    for (const [role, { type, index }] of references.entries())
      if (type === "rule") this.#roles.set(index, role);
    this.#matched = references.map(() => 0);
    this.#readEntries = entryReader(document);
  }

  add(event: object, matches: readonly number[]): void {
    const roles = matches.map((match) => this.#roles.get(match)).filter((role) => role !== undefined);
    if (roles.length === 0) return;
    for (const role of roles) this.#matched[role] = (this.#matched[role] ?? 0) + 1;
    if (!roles.some((role) => this.#hasGroup(event, role))) this.#withoutGroup++;
    else if (
      this.#readEntries(
        event,
        roles.map((role) => ({ role })),
      ).length === 0
    )
      this.#withoutValue++;
  }

  #hasGroup(event: object, role: number): boolean {
    const { groupBy, aliases, rules } = this.#document;
    const fields = groupBy.map((field) => aliases.get(field)?.get(rules[role] ?? "") ?? field);
    return toCombinations(fields.map((field) => compileField(field)(event))).length > 0;
  }

  result(): Pick<CorrelationExplanation, "rules" | "withoutGroup" | "withoutValue"> {
    return {
      rules: this.#document.rules.map((name, role) => ({ name, matched: this.#matched[role] ?? 0 })),
      withoutGroup: this.#withoutGroup,
      withoutValue: this.#withoutValue,
    };
  }
}
