// SPDX-License-Identifier: Apache-2.0
import { requireChainFields } from "./chain-fields.js";
import { SigmaError, type Place } from "./errors.js";
import { nameOf, namesOf, targetOf, targetsOfFilter, type References } from "./references.js";
import type {
  CompiledCorrelation,
  SigmaCorrelation,
  SigmaDocument,
  SigmaFilter,
  SigmaRule,
} from "./types.js";

/** A document that others may refer to. */
type Target = SigmaRule | SigmaCorrelation;

/** Correlations of correlations of … : deeper is a mistake. */
const MAX_CHAIN = 10;

export interface Resolved {
  readonly rules: readonly SigmaRule[];
  /** Each stands behind all that it refers to. */
  readonly correlations: readonly CompiledCorrelation[];
  /** Per rule: whether its match is a finding by itself. */
  readonly generates: readonly boolean[];
  /** Per rule: the filters that apply to it. */
  readonly filters: readonly (readonly SigmaFilter[])[];
  readonly idleFilters: readonly SigmaFilter[];
}

/** Finds what correlations and filters refer to, refuses cycles, and decides who yields findings. */
export function resolveRules(
  documents: readonly SigmaDocument[],
  lenient: ReadonlySet<string> = new Set(),
): Resolved {
  const names = indexNames(documents);
  const rules = documents.filter((document) => document.kind === "rule");
  const ordered = orderCorrelations(documents, names);
  requireChainFields(ordered, (correlation) => targetsOf(correlation, names));
  const ruleIndex = new Map(rules.map((rule, i) => [rule as SigmaDocument, i]));
  const correlationIndex = new Map(ordered.map((correlation, i) => [correlation as SigmaDocument, i]));
  const suppressed = new Set<SigmaDocument>();
  const generating = new Set<SigmaDocument>();
  for (const correlation of ordered)
    for (const target of targetsOf(correlation, names))
      (correlation.generate ? generating : suppressed).add(target);
  const generates = (document: SigmaDocument): boolean =>
    !suppressed.has(document) || generating.has(document);
  return {
    rules,
    generates: rules.map(generates),
    ...resolveFilters(documents, rules, names, lenient),
    correlations: ordered.map((document) => ({
      id: nameOf(document),
      document,
      generates: generates(document),
      references: targetsOf(document, names).map((target) =>
        target.kind === "rule"
          ? { type: "rule", index: ruleIndex.get(target) ?? 0 }
          : { type: "correlation", index: correlationIndex.get(target) ?? 0 },
      ),
    })),
  };
}

/** Ids and names share one space; each may belong to one document only. Two documents may not share what findings are filed under. */
function indexNames(documents: readonly SigmaDocument[]): References {
  const names = new Map<string, SigmaDocument>();
  for (const document of documents) {
    for (const name of namesOf(document)) {
      const other = names.get(name);
      if (other !== undefined)
        throw new SigmaError(
          "duplicate_rule",
          document.place,
          `"${name}" is used by ${other.place.file}:${other.place.line} as well`,
        );
      names.set(name, document);
    }
  }
  return names;
}

function targetsOf(correlation: SigmaCorrelation, names: References): Target[] {
  const targets = correlation.rules.map((name) => {
    const target = targetOf(name, names);
    if (target === undefined || target.kind === "filter")
      throw new SigmaError(
        "unknown_rule",
        { ...correlation.place, key: "correlation.rules" },
        `no rule is called "${name}"`,
      );
    return target;
  });
  if (new Set(targets).size !== targets.length)
    throw new SigmaError(
      "bad_value",
      { ...correlation.place, key: "correlation.rules" },
      "refers to one rule twice",
    );
  return targets;
}

/** Which filters each rule has. A filter that finds nothing is an error, unless it is one of the `lenient` or of `any`. */
function resolveFilters(
  documents: readonly SigmaDocument[],
  rules: readonly SigmaRule[],
  names: References,
  lenient: ReadonlySet<string>,
): Pick<Resolved, "filters" | "idleFilters"> {
  const filters = new Map<SigmaDocument, SigmaFilter[]>(rules.map((rule) => [rule, []]));
  const idleFilters: SigmaFilter[] = [];
  for (const filter of documents) {
    if (filter.kind !== "filter") continue;
    const own = [filter.id, filter.name, filter.title];
    const isLenient = own.some((name) => name !== undefined && lenient.has(name));
    const targets = targetsOfFilter(filter, rules, names);
    if (!isLenient && filter.rules !== "any")
      for (const name of filter.rules) mustApply(filter, name, targets, names);
    for (const rule of targets) filters.get(rule)?.push(filter);
    if (targets.size === 0) idleFilters.push(filter);
  }
  return { filters: rules.map((rule) => filters.get(rule) ?? []), idleFilters };
}

function mustApply(
  filter: SigmaFilter,
  name: string,
  targets: ReadonlySet<SigmaRule>,
  names: References,
): void {
  const place = filter.rulesPlace;
  const rule = targetOf(name, names);
  if (rule === undefined || rule.kind === "filter")
    throw new SigmaError("unknown_reference", place, `no rule is called "${name}"`);
  if (rule.kind === "correlation")
    throw new SigmaError(
      "unknown_reference",
      place,
      `"${name}" is a correlation: filters apply to the rules that it correlates`,
    );
  if (!targets.has(rule))
    throw new SigmaError("bad_value", place, `the log source of the filter does not cover that of "${name}"`);
}

function orderCorrelations(documents: readonly SigmaDocument[], names: References): SigmaCorrelation[] {
  const ordered: SigmaCorrelation[] = [];
  const depths = new Map<SigmaDocument, number>();
  const path = new Set<SigmaDocument>();
  const visit = (document: SigmaDocument): number => {
    if (document.kind !== "correlation") return 0;
    const known = depths.get(document);
    if (known !== undefined) return known;
    const at = { ...document.place, key: "correlation.rules" };
    if (path.has(document))
      throw new SigmaError("cycle", at, `"${document.title}" refers to itself, directly or not`);
    // The path is as deep as the recursion, so this bound also keeps the call stack small.
    if (path.size >= MAX_CHAIN) throw tooDeep(at);
    path.add(document);
    const depth = 1 + Math.max(...targetsOf(document, names).map(visit));
    path.delete(document);
    if (depth > MAX_CHAIN) throw tooDeep(at);
    depths.set(document, depth);
    ordered.push(document);
    return depth;
  };
  for (const document of documents) visit(document);
  return ordered;
}

function tooDeep(place: Place): SigmaError {
  return new SigmaError("too_deep", place, `more than ${MAX_CHAIN} correlations in a chain`);
}
