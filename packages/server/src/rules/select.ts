// SPDX-License-Identifier: Apache-2.0
import { compileRules, parseSigma, SigmaError, type RuleSet, type SigmaDocument } from "@telltale/sigma";
import type { LoadedRules } from "../pipeline/rules.js";

/** The rules of a backtest: a rule set, and which of it are asked for. */
export interface SelectedRules {
  readonly ruleSet: RuleSet;
  readonly wanted: ReadonlySet<string>;
  /** Length of the longest window in ms, through chains. */
  readonly longest: number;
}

export type SelectErrorCode = "no_such_rule" | "no_rule";

/** No rule is there to be tried. A rule that is there and wrong is a SigmaError. */
export class SelectError extends Error {
  readonly code: SelectErrorCode;
  constructor(code: SelectErrorCode, message: string) {
    super(message);
    this.name = "SelectError";
    this.code = code;
  }
}

/** What a backtest takes for granted: the rules that count now, and the active exceptions. */
export type InForce = Pick<LoadedRules, "documents" | "filters">;

/**
 * Rules of a text. What its correlations and filters refer to and do not bring along is taken from the rules in force. A
 * filter asks for the rules that it names: what they would find with it.
 */
export function selectText(text: string, file: string, inForce: InForce): SelectedRules {
  const own = parseSigma(text, file);
  const names = new Set(own.flatMap(namesOf));
  const others = inForce.documents.filter((document) => !namesOf(document).some((name) => names.has(name)));
  return toSelected(own, [...own, ...referencesOf(own, others)], inForce.filters);
}

/** A rule in force, by its id, name or title, with what it refers to. */
export function selectId(id: string, inForce: InForce): SelectedRules {
  const own = inForce.documents.filter((each) => each.kind !== "filter" && namesOf(each).includes(id));
  if (own.length === 0) throw new SelectError("no_such_rule", "No rule in force has this id, name or title");
  const shippedFilters = inForce.documents.filter(({ kind }) => kind === "filter");
  const references = referencesOf(own, inForce.documents);
  return toSelected(own, [...own, ...references], [...shippedFilters, ...inForce.filters]);
}

function namesOf({ id, name, title }: SigmaDocument): string[] {
  return [id, name, title].filter((each) => each !== undefined);
}

function namedBy(document: SigmaDocument): readonly string[] {
  return document.kind === "rule" || document.rules === "any" ? [] : document.rules;
}

/** What the documents refer to, and what that refers to, out of the others. */
function referencesOf(
  documents: readonly SigmaDocument[],
  others: readonly SigmaDocument[],
): SigmaDocument[] {
  const found = new Set<SigmaDocument>();
  const visit = (document: SigmaDocument): void => {
    for (const reference of namedBy(document)) {
      const next = others.find((other) => other.id === reference || other.name === reference);
      if (next === undefined || found.has(next) || documents.includes(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  for (const document of documents) visit(document);
  return [...found];
}

function toSelected(
  own: readonly SigmaDocument[],
  documents: readonly SigmaDocument[],
  filters: readonly SigmaDocument[],
): SelectedRules {
  // Filters in force may be for rules that are not asked for.
  const lenient = filters.flatMap(({ id, name, title }) => [id ?? name ?? title]);
  const ruleSet = compileRules([...documents, ...filters], { lenient });
  const places = new Set(own.map(({ place }) => place));
  const filtered = new Set(own.flatMap((document) => (document.kind === "filter" ? namedBy(document) : [])));
  const wanted = [...ruleSet.rules, ...ruleSet.correlations].filter(
    ({ document }) => places.has(document.place) || namesOf(document).some((name) => filtered.has(name)),
  );
  if (wanted.length === 0) throw new SelectError("no_rule", "There is no rule in it, and it names none");
  // A chain looks back as far as all its windows together.
  const longest = ruleSet.correlations.reduce((sum, { document }) => sum + document.timespan, 0);
  return { ruleSet, wanted: new Set(wanted.map(({ id }) => id)), longest };
}

/** True for what the text of a rule can be at fault for. */
export function isRuleFault(error: unknown): error is SigmaError | SelectError {
  return error instanceof SigmaError || error instanceof SelectError;
}
