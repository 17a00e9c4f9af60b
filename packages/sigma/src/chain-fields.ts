// SPDX-License-Identifier: Apache-2.0
import { absenceOf } from "./absence.js";
import { SigmaError } from "./errors.js";
import type { SigmaCorrelation, SigmaDocument } from "./types.js";

/**
 * What did not happen has no event, only the group in which it did not. So a correlation that builds on it can read no other
 * fields: asking for one would silently never fire. Throws SigmaError `bad_value`. `ordered`: references point backwards.
 */
export function requireChainFields(
  ordered: readonly SigmaCorrelation[],
  targetsOf: (correlation: SigmaCorrelation) => readonly SigmaDocument[],
): void {
  /** Per correlation that may come true without an event: the fields that are then known. */
  const known = new Map<SigmaDocument, ReadonlySet<string>>();
  for (const correlation of ordered) {
    const sets: ReadonlySet<string>[] = [];
    for (const [role, target] of targetsOf(correlation).entries()) {
      const fields = known.get(target);
      if (fields === undefined) continue;
      sets.push(fields);
      const missing = fieldsOf(correlation, role).find((field) => !fields.has(field));
      if (missing !== undefined)
        throw new SigmaError(
          "bad_value",
          { ...correlation.place, key: "correlation" },
          `needs "${missing}" of "${target.title}", which speaks of what did not happen: there is no event, only its group-by`,
        );
    }
    const own = new Set(correlation.groupBy);
    if (absenceOf(correlation) !== undefined) known.set(correlation, own);
    else if (sets.length > 0) {
      const shared = [...(sets[0] ?? [])].filter((field) => sets.every((set) => set.has(field)));
      known.set(correlation, new Set([...own, ...shared]));
    }
  }
}

/** What a correlation reads of the events of one of its rules. */
function fieldsOf(correlation: SigmaCorrelation, role: number): string[] {
  const { aliases, groupBy, rules, valueFields, telltale } = correlation;
  const rule = rules[role] ?? "";
  const aggregates = (telltale?.aggregates ?? []).filter((aggregate) => aggregate.rules.includes(role));
  return [
    ...groupBy.map((field) => aliases.get(field)?.get(rule) ?? field),
    ...valueFields,
    ...aggregates.flatMap(({ fields }) => fields),
  ];
}
