// SPDX-License-Identifier: Apache-2.0
import { toChain } from "../condition.js";
import { markItem } from "../detection.js";
import { SigmaError, type Place } from "../errors.js";
import { nameOf, referenceNames, targetOf, targetsOfFilter, type References } from "../references.js";
import { MAX_TESTS, refuseHuge } from "../size.js";
import type { Expression, SigmaCorrelation, SigmaDocument, SigmaFilter, SigmaRule } from "../types.js";
import type { Pipeline, ProcessingItem, Subject, TestNode, Transformation } from "./pipeline.js";
import { mapItems, mapTests, testsOf } from "./rewrite.js";

type FieldMap = Extract<Transformation, { kind: "field" }>;

/**
 * Sends rules, correlations and filters through processing pipelines, in the order of their priorities. A filter is transformed together with each rule
 * that it belongs to, as if it were a part of it, so give both in one call. Placeholders are filled in while rules are parsed: for
 * those give the pipelines to `parseSigma`. Throws SigmaError, also where nothing of a rule would be left.
 */
export function applyPipeline(
  documents: readonly SigmaDocument[],
  pipelines: Pipeline | readonly Pipeline[],
): SigmaDocument[] {
  const items = itemsOf(pipelines);
  const names = referenceNames(documents);
  const bound = new Map<SigmaFilter, Map<string, Expression>>();
  const filters = documents.filter((document) => document.kind === "filter");
  for (const filter of filters) bound.set(filter, new Map(filter.bound));
  const rules = documents.filter((document) => document.kind === "rule");
  const filtersOf = new Map<SigmaRule, SigmaFilter[]>();
  for (const filter of filters)
    for (const rule of targetsOfFilter(filter, rules, names))
      filtersOf.set(rule, [...(filtersOf.get(rule) ?? []), filter]);
  const changed = new Map<SigmaDocument, SigmaDocument>();
  for (const rule of rules) {
    const own = filtersOf.get(rule) ?? [];
    const result = runRule(rule, own, items);
    changed.set(rule, result.rule);
    for (const [i, filter] of own.entries())
      bound.get(filter)?.set(nameOf(rule), result.riders[i] ?? filter.detection);
  }
  return documents.map((document): SigmaDocument => {
    if (document.kind === "rule") return changed.get(document) ?? document;
    if (document.kind === "correlation") return runCorrelation(document, rulesOf(document, names), items);
    return { ...document, bound: bound.get(document) ?? new Map() };
  });
}

/** The entries of several pipelines in the order of their priorities. */
export function itemsOf(pipelines: Pipeline | readonly Pipeline[]): ProcessingItem[] {
  const list = "items" in pipelines ? [pipelines] : [...pipelines];
  return list.sort((a, b) => a.priority - b.priority).flatMap(({ items }) => items);
}

/** The rules that a correlation stands on, directly or through others. */
function rulesOf(correlation: SigmaCorrelation, names: References): SigmaRule[] {
  const found = new Set<SigmaRule>();
  const seen = new Set<SigmaDocument>();
  const waiting: SigmaCorrelation[] = [correlation];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const name of next.rules) {
      const target = targetOf(name, names);
      if (target === undefined || seen.has(target)) continue;
      seen.add(target);
      if (target.kind === "rule") found.add(target);
      else if (target.kind === "correlation") waiting.push(target);
    }
  }
  return [...found];
}

/** The filters of a rule ride along: their fields and values change as the rule's do, and conditions look at the rule. */
function runRule(
  start: SigmaRule,
  filters: readonly SigmaFilter[],
  items: readonly ProcessingItem[],
): { rule: SigmaRule; riders: Expression[] } {
  let rule = start;
  let riders = filters.map((filter) => filter.bound?.get(nameOf(start)) ?? filter.detection);
  const applied = new Set<string>();
  for (const item of items) {
    const subject: Subject = { document: rule, rules: [rule], applied };
    if (!item.appliesToRule(subject)) continue;
    if (item.id !== undefined) applied.add(item.id);
    const { transformation } = item;
    if (transformation.kind === "rule" || transformation.kind === "document")
      rule = transformation.change(rule);
    if (transformation.kind === "field") rule = renameMetadata(rule, item, transformation);
    const { place } = rule;
    rule = { ...rule, detection: rewrite(rule.detection, item, place) };
    riders = riders.map((rider) => rewrite(rider, item, place));
  }
  return { rule, riders };
}

function rewrite(expression: Expression, item: ProcessingItem, place: Place): Expression {
  const { transformation } = item;
  if (transformation.kind !== "field" && transformation.kind !== "value" && transformation.kind !== "drop")
    return expression;
  // What one step makes is counted while it is made: a list of a thousand names for each of a thousand values stops early.
  let left = MAX_TESTS;
  const changed = mapItems(expression, (one) => {
    const result = changeItem(one, item, transformation, (tests) => {
      left -= tests;
      if (left < 0)
        throw new SigmaError("too_large", place, `${toText(item)} makes more than ${MAX_TESTS} tests`);
    });
    return result;
  });
  if (changed === undefined)
    throw new SigmaError("rule_failure", place, `${toText(item)} leaves nothing of the detection`);
  refuseHuge(changed, place);
  return changed;
}

function toText({ place, id }: ProcessingItem): string {
  return `${place.file}:${place.line} ${id ?? place.key}`;
}

function changeItem(
  one: Expression,
  item: ProcessingItem,
  transformation: Extract<Transformation, { kind: "field" | "value" | "drop" }>,
  spend: Spend,
): Expression | undefined {
  const tests = testsOf(one);
  const field = tests[0]?.field ?? null;
  if (!item.appliesToItem(tests)) return one;
  if (transformation.kind === "field") return renameItem(one, field, item, transformation, spend);
  if (!item.appliesToField(field)) return one;
  if (transformation.kind === "drop") return undefined;
  return mapTests(one, (test) => {
    const changed = transformation.change(test);
    spend(changed.length);
    return changed;
  });
}

/** Called with each number of tests that are made. */
type Spend = (tests: number) => void;

/** One field for another; several become copies of the whole item linked by OR, inside a `neq`. */
function renameItem(
  one: Expression,
  field: string | null,
  item: ProcessingItem,
  map: FieldMap,
  spend: Spend,
): Expression {
  const tests = testsOf(one);
  const referring = tests.some(({ test }) => test.kind === "fieldref")
    ? mapTests(one, (test) => {
        const changed = renameReference(test, item, map);
        spend(changed.length);
        return changed;
      })
    : one;
  const to = field === null ? undefined : rename(field, item, map);
  if (to === undefined) return referring;
  spend(to.length * testsOf(referring).length);
  const isNegated = referring.op === "not";
  const inner = isNegated ? referring.arg : referring;
  const copies = to.map((name) => mapTests(inner, (test) => [{ ...test, field: name }]));
  // Each copy is an item of its own, so that what comes next sees one field at a time.
  if (!isNegated) return toChain("or", copies);
  return copies.length === 1
    ? markItem({ op: "not", arg: toChain("or", copies) })
    : { op: "not", arg: toChain("or", copies) };
}

function renameReference(node: TestNode, item: ProcessingItem, map: FieldMap): readonly TestNode[] {
  const { test } = node;
  if (test.kind !== "fieldref") return [node];
  const to = rename(test.field, item, map) ?? [test.field];
  return to.map((field) => ({ ...node, test: { ...test, field } }));
}

function rename(field: string, item: ProcessingItem, map: FieldMap): readonly string[] | undefined {
  return item.appliesToField(field) ? map.rename(field) : undefined;
}

const MAX_FIELDS = 1_000;

/** `fields` are for reading, so all names stay; what groups an alert must be one. */
function renameMetadata(rule: SigmaRule, item: ProcessingItem, map: FieldMap): SigmaRule {
  const fields = rule.fields.flatMap((field) => rename(field, item, map) ?? [field]);
  if (fields.length > MAX_FIELDS && fields.length > rule.fields.length)
    throw new SigmaError("too_large", rule.place, `${toText(item)} makes more than ${MAX_FIELDS} "fields"`);
  const key = rule.key?.map((field) => renameOne(field, item, map, rule.place));
  return { ...rule, fields, ...(key && { key }) };
}

function renameOne(field: string, item: ProcessingItem, map: FieldMap, place: Place): string {
  const [to, more] = rename(field, item, map) ?? [field];
  if (to === undefined || more !== undefined)
    throw new SigmaError(
      "rule_failure",
      place,
      `${toText(item)} maps "${field}" to several fields, and events are grouped by it`,
    );
  return to;
}

/** Group-by, aliases and counted fields are renamed; conditions about the log source hold when they do for any of its rules. */
function runCorrelation(
  start: SigmaCorrelation,
  rules: readonly SigmaRule[],
  items: readonly ProcessingItem[],
): SigmaCorrelation {
  let correlation = start;
  const applied = new Set<string>();
  for (const item of items) {
    if (!item.appliesToRule({ document: correlation, rules, applied })) continue;
    if (item.id !== undefined) applied.add(item.id);
    const { transformation } = item;
    if (transformation.kind === "document") correlation = transformation.change(correlation);
    if (transformation.kind === "field") correlation = renameCorrelation(correlation, item, transformation);
  }
  return correlation;
}

function renameCorrelation(
  correlation: SigmaCorrelation,
  item: ProcessingItem,
  map: FieldMap,
): SigmaCorrelation {
  const one = (field: string): string => renameOne(field, item, map, correlation.place);
  const { aliases } = correlation;
  return {
    ...correlation,
    groupBy: correlation.groupBy.map((field) => (aliases.has(field) ? field : one(field))),
    valueFields: correlation.valueFields.map(one),
    aliases: new Map(
      [...aliases].map(([alias, byRule]) => [
        alias,
        new Map([...byRule].map(([rule, field]) => [rule, one(field)])),
      ]),
    ),
  };
}
