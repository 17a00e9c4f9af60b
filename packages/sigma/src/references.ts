// SPDX-License-Identifier: Apache-2.0
import { coversLogsource } from "./filter.js";
import type { SigmaDocument, SigmaFilter, SigmaRule } from "./types.js";

/** Documents by id, by name, and by title when they have neither. */
export type References = ReadonlyMap<string, SigmaDocument>;

/** What findings of a document are filed under. */
export function nameOf(document: SigmaDocument): string {
  return document.id ?? document.name ?? document.title;
}

/** All that a document may be called. */
export function namesOf(document: SigmaDocument): ReadonlySet<string> {
  const own = [document.id, document.name].filter((name) => name !== undefined);
  return new Set(own.length > 0 ? own : [document.title]);
}

export function referenceNames(documents: readonly SigmaDocument[]): References {
  const names = new Map<string, SigmaDocument>();
  for (const document of documents) for (const name of namesOf(document)) names.set(name, document);
  return names;
}

/** Ids are UUIDs in any case of letters. */
export function targetOf(name: string, names: References): SigmaDocument | undefined {
  return names.get(name) ?? names.get(name.toLowerCase());
}

/** The rules among `rules` that a filter applies to. Names that fit nothing are left to `resolveRules`. */
export function targetsOfFilter(
  filter: SigmaFilter,
  rules: readonly SigmaRule[],
  names: References,
): ReadonlySet<SigmaRule> {
  if (filter.rules === "any") return new Set(rules.filter((rule) => covers(filter, rule)));
  const targets = new Set<SigmaRule>();
  for (const name of filter.rules) {
    const rule = targetOf(name, names);
    if (rule?.kind === "rule" && covers(filter, rule)) targets.add(rule);
  }
  return targets;
}

/** A pipeline may have changed the rule's log source since the filter was bound to it. */
function covers(filter: SigmaFilter, rule: SigmaRule): boolean {
  return filter.bound?.has(nameOf(rule)) === true || coversLogsource(filter, rule);
}
