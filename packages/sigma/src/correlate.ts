// SPDX-License-Identifier: Apache-2.0
import { isNumeric } from "./correlation-condition.js";
import { CorrelationRunner, type Firing } from "./correlation-runner.js";
import { SigmaError } from "./errors.js";
import { compileField } from "./field.js";
import { joinKey, toCombinations } from "./group-key.js";
import { CorrelatorState } from "./state.js";
import { restoreState, saveState } from "./snapshot.js";
import type {
  CompiledRule,
  Correlator,
  CorrelatorOptions,
  Finding,
  Observation,
  RuleSet,
  SigmaCorrelation,
} from "./types.js";

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
  for (const { document } of ruleSet.correlations) refuseUnfinished(document);
  const state = new CorrelatorState({
    maxKeys: options.maxKeys ?? 100_000,
    maxEntries: options.maxEntries ?? 2_000_000,
    lateness: options.lateness ?? 600_000,
  });
  let runners = makeRunners(ruleSet, state);
  const users = usersOf(ruleSet);
  const keyReaders = ruleSet.rules.map((rule) => (rule.generates ? keyReader(rule) : undefined));
  const pending: Firing[][] = ruleSet.correlations.map(() => []);

  /** Correlations stand behind what they refer to, so one pass in ascending order serves chains of any depth. */
  const runCorrelations = (observation: Observation, findings: Finding[]): void => {
    for (let i = 0; i < pending.length; i++) {
      const inputs = pending[i] as Firing[];
      if (inputs.length === 0) continue;
      pending[i] = [];
      for (const fired of (runners[i] as CorrelationRunner).run(observation, inputs)) {
        if ((ruleSet.correlations[i] as (typeof ruleSet.correlations)[number]).generates)
          findings.push(fired.finding);
        for (const user of users.correlations[i] ?? [])
          pending[user.correlation]?.push({ role: user.role, fired });
      }
    }
  };

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
          pending[user.correlation]?.push(user);
          correlated = true;
        }
      }
      if (correlated) {
        state.advance(observation.time);
        runCorrelations(observation, findings);
      }
      return findings.length === 0 ? NONE : findings;
    },
    advance: () => NONE,
    snapshot: () => [...saveState(state, runners)].join(""),
    snapshotPieces: () => saveState(state, runners),
    restore(snapshot) {
      const fresh = new CorrelatorState(state.limits);
      const restored = makeRunners(ruleSet, fresh);
      restoreState(snapshot, fresh, restored);
      state.replaceBy(fresh);
      runners = makeRunners(ruleSet, state, restored);
    },
    stats: () => state.stats(),
  };
}

function makeRunners(
  ruleSet: RuleSet,
  state: CorrelatorState,
  from?: readonly CorrelationRunner[],
): CorrelationRunner[] {
  return ruleSet.correlations.map(
    (correlation, i) => new CorrelationRunner(correlation, state, from?.[i]?.store),
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

/** What parses and is not evaluated yet. */
function refuseUnfinished({ type, condition, telltale, place }: SigmaCorrelation): void {
  if (isNumeric(type) || condition !== undefined || telltale !== undefined)
    throw new SigmaError("unsupported", { ...place, key: "correlation" }, "cannot be evaluated yet");
}
