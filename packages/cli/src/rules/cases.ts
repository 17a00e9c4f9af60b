// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { createCorrelator, type Finding, type RuleSet, type SigmaDocument } from "@telltale/sigma";
import { readEvents, type RuleFolder } from "./sources.js";

/** What went wrong with the events of one folder. */
export interface CaseFailure {
  readonly file: string;
  readonly message: string;
}

/** As the server does: an event's own time counts when it is within five minutes of `received`. */
const TRUSTED_SKEW_MS = 5 * 60 * 1000;
/** Windows that wait for something that does not come are over by then. */
const AFTER_MS = 400 * 24 * 60 * 60 * 1000;

function timeOf(event: { time?: unknown; received?: unknown }): number {
  const own = Date.parse(String(event.time));
  const received = Date.parse(String(event.received));
  if (Number.isNaN(received)) return own;
  return Math.abs(own - received) <= TRUSTED_SKEW_MS ? own : received;
}

function findIn(ruleSet: RuleSet, events: readonly object[]): Finding[] {
  const correlator = createCorrelator(ruleSet);
  const found: Finding[] = [];
  let last = 0;
  for (const [index, event] of events.entries()) {
    const time = timeOf(event);
    if (Number.isNaN(time)) continue;
    last = Math.max(last, time);
    found.push(...correlator.observe({ index, time, event, matches: ruleSet.match(event) }));
  }
  found.push(...correlator.advance(last + AFTER_MS));
  return found;
}

/** Runs `fires.jsonl` and `silent.jsonl` of a folder through all rules. `own`: the documents of this folder. */
export function runCases(folder: RuleFolder, own: readonly SigmaDocument[], ruleSet: RuleSet): CaseFailure[] {
  const places = new Set(own.map(({ place }) => `${place.file}:${place.line}`));
  const loud = [...ruleSet.rules, ...ruleSet.correlations].filter(
    ({ document, generates }) => generates && places.has(`${document.place.file}:${document.place.line}`),
  );
  const ids = new Map(loud.map(({ id, document }) => [id, document.title]));
  const failures: CaseFailure[] = [];
  const fires = path.join(folder.dir, "fires.jsonl");
  const firing = readEvents(fires);
  if (firing === undefined)
    failures.push({ file: fires, message: "is missing: events that the rule must find" });
  else {
    const found = new Set(findIn(ruleSet, firing).map(({ ruleId }) => ruleId));
    for (const [id, title] of ids)
      if (!found.has(id)) failures.push({ file: fires, message: `"${title}" finds nothing` });
  }
  const silent = path.join(folder.dir, "silent.jsonl");
  const quiet = readEvents(silent);
  if (quiet === undefined)
    failures.push({ file: silent, message: "is missing: near misses that the rule must leave alone" });
  else
    for (const { ruleId, title, trigger } of findIn(ruleSet, quiet))
      if (ids.has(ruleId))
        failures.push({ file: silent, message: `"${title}" finds something at event ${trigger + 1}` });
  return failures;
}
