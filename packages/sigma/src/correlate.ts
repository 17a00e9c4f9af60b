// SPDX-License-Identifier: Apache-2.0
import { CorrelationRunner } from "./correlation-runner.js";
import { compileField } from "./field.js";
import type { Fired, Firing } from "./fired.js";
import { joinKey, toCombinations } from "./group-key.js";
import { CorrelatorState } from "./state.js";
import { restoreState, saveState } from "./snapshot.js";
import type { CompiledRule, Correlator, CorrelatorOptions, Finding, Observation, RuleSet } from "./types.js";

const NONE: readonly Finding[] = Object.freeze([]);

/**
 * Makes findings out of matched rules: single-event rules at once, correlations over sliding windows of event time.
 * Window semantics: packages/sigma/README.md. Observing an event without matches changes nothing.
 *
 * @example
 * const correlator = createCorrelator(ruleSet);
 * const findings = correlator.observe({ index, time, event, matches: ruleSet.match(event) });
 */
export function createCorrelator(ruleSet: RuleSet, options: CorrelatorOptions = {}): Correlator {
  const state = new CorrelatorState({
    maxKeys: options.maxKeys ?? 100_000,
    maxEntries: options.maxEntries ?? 2_000_000,
    lateness: options.lateness ?? 600_000,
  });
  const runners = new Runners(ruleSet, state);
  const users = usersOf(ruleSet);
  const keyReaders = ruleSet.rules.map((rule) => (rule.generates ? keyReader(rule) : undefined));

  return {
    observe(observation) {
      if (observation.matches.length === 0) return NONE;
      const findings: Finding[] = [];
      let correlated = false;
      for (const match of observation.matches) {
        const read = keyReaders[match];
        if (read !== undefined)
          findings.push(toSingleFinding(ruleSet.rules[match] as CompiledRule, observation, read));
        for (const user of users.rules[match] ?? []) {
          runners.feed(user);
          correlated = true;
        }
      }
      if (correlated) {
        state.advance(observation.time);
        runners.run(observation, findings);
      }
      return findings.length === 0 ? NONE : findings;
    },
    advance: (time) => runners.advance(time),
    snapshot: () => [...saveState(state, runners.list)].join(""),
    snapshotPieces: () => saveState(state, runners.list),
    restore(snapshot) {
      const fresh = new CorrelatorState(state.limits);
      const restored = makeRunners(ruleSet, fresh);
      restoreState(snapshot, fresh, restored);
      state.replaceBy(fresh);
      runners.list = makeRunners(ruleSet, state, restored);
    },
    stats: () => state.stats(),
  };
}

/** The correlations of a rule set, driven by events and by time. */
class Runners {
  list: readonly CorrelationRunner[];
  readonly #ruleSet: RuleSet;
  readonly #state: CorrelatorState;
  readonly #users: readonly (readonly User[])[];
  /** Per correlation: which of its rules came true. */
  readonly #pending: Firing[][];

  constructor(ruleSet: RuleSet, state: CorrelatorState) {
    this.list = makeRunners(ruleSet, state);
    this.#ruleSet = ruleSet;
    this.#state = state;
    this.#users = usersOf(ruleSet).correlations;
    this.#pending = ruleSet.correlations.map(() => []);
  }

  feed({ correlation, role }: User, fired?: Fired): void {
    this.#pending[correlation]?.push(fired === undefined ? { role } : { role, fired });
  }

  /** Runs what was fed, and what comes of windows that the event showed to be over. */
  run(observation: Observation, findings: Finding[]): void {
    this.#pass(observation, findings);
    this.#runOverdue(findings);
  }

  /** Judges the windows that are over when nothing that arrived up to `time` is still to come. */
  advance(time: number): readonly Finding[] {
    const state = this.#state;
    if (time > state.watermark) state.watermark = time;
    const findings: Finding[] = [];
    for (;;) {
      const timer = state.timers.takeUntil(state.watermark);
      if (timer === undefined) return findings.length === 0 ? NONE : findings;
      this.list[timer.correlation]?.judgeTimer(timer);
      // Before the next one: what comes of it may be due earlier.
      this.#runOverdue(findings);
    }
  }

  /** Correlations stand behind what they refer to, so one pass in ascending order serves chains of any depth. */
  #pass(observation: Observation, findings: Finding[]): void {
    for (let i = 0; i < this.#pending.length; i++) {
      const inputs = this.#pending[i] as Firing[];
      if (inputs.length === 0) continue;
      this.#pending[i] = [];
      for (const fired of (this.list[i] as CorrelationRunner).run(observation, inputs))
        this.#tell(i, fired, findings);
    }
  }

  #tell(correlation: number, fired: Fired, findings: Finding[]): void {
    if (this.#ruleSet.correlations[correlation]?.generates === true) findings.push(fired.finding);
    for (const user of this.#users[correlation] ?? []) this.feed(user, fired);
  }

  /** What came true without an event is one for the correlations that refer to it: at the window's end, with the group's values. */
  #runOverdue(findings: Finding[]): void {
    const { overdue } = this.#state;
    for (let next = overdue.shift(); next !== undefined; next = overdue.shift()) {
      const { correlation, fired, time, arrival } = next;
      const { trigger: index, group: event } = fired.finding;
      this.#tell(correlation, fired, findings);
      this.#pass({ index, time, arrival, event, matches: [] }, findings);
    }
  }
}

function makeRunners(
  ruleSet: RuleSet,
  state: CorrelatorState,
  from?: readonly CorrelationRunner[],
): CorrelationRunner[] {
  return ruleSet.correlations.map(
    (correlation, i) => new CorrelationRunner(correlation, i, state, from?.[i]?.store),
  );
}

interface User {
  readonly correlation: number;
  readonly role: number;
}

/** For every rule and every correlation: which correlations refer to it, and as which of their rules. */
function usersOf(ruleSet: RuleSet): { rules: User[][]; correlations: User[][] } {
  const rules: User[][] = ruleSet.rules.map(() => []);
  const correlations: User[][] = ruleSet.correlations.map(() => []);
  for (const [correlation, { references }] of ruleSet.correlations.entries())
    for (const [role, reference] of references.entries())
      (reference.type === "rule" ? rules : correlations)[reference.index]?.push({ correlation, role });
  return { rules, correlations };
}

type KeyReader = (event: object) => { key: string; group: Record<string, string> };

/** `telltale.key` of the rule; without it the actor, or the client's address when there is no actor. */
function keyReader(rule: CompiledRule): KeyReader {
  const alternatives = rule.document.key === undefined ? [["actor.id"], ["client.ip"]] : [rule.document.key];
  const readers = alternatives.map((fields) => fields.map((field) => ({ field, read: compileField(field) })));
  return (event) => {
    for (const fields of readers) {
      const present = fields
        .map(({ field, read }) => ({ field, value: toCombinations([read(event)])[0]?.[0] }))
        .filter((one): one is { field: string; value: string } => one.value !== undefined);
      if (present.length === 0) continue;
      return {
        key: joinKey(present.map(({ value }) => value)),
        group: Object.fromEntries(present.map(({ field, value }) => [field, value])),
      };
    }
    return { key: "", group: {} };
  };
}

function toSingleFinding(rule: CompiledRule, observation: Observation, read: KeyReader): Finding {
  const { document } = rule;
  const { index, time } = observation;
  return {
    ruleId: rule.id,
    title: document.title,
    level: document.level,
    tags: document.tags,
    ...(document.description !== undefined && { description: document.description }),
    ...(document.author !== undefined && { author: document.author }),
    ...read(observation.event),
    count: 1,
    fresh: 1,
    value: 1,
    firstTime: time,
    lastTime: time,
    evidence: [index],
    trigger: index,
  };
}
