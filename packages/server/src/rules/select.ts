// SPDX-License-Identifier: Apache-2.0
import { compileRules, parseSigma, SigmaError, type RuleSet, type SigmaDocument } from "@telltale/sigma";
import { type RuleSource, toDocuments } from "../pipeline/rules.js";

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

/** Rules of a text. What its correlations refer to and do not bring along is taken from the rules in force. */
export function selectText(text: string, file: string, inForce: readonly RuleSource[]): SelectedRules {
  const own = parseSigma(text, file);
  if (own.length === 0) throw new SelectError("no_rule", `${file} holds no rule`);
  const names = new Set(own.flatMap(namesOf));
  const others = toDocuments(inForce).filter(
    (document) => !namesOf(document).some((name) => names.has(name)),
  );
  return toSelected(own, [...own, ...referencesOf(own, others)]);
}

/** A rule in force, by its id, name or title, with what it refers to. */
export function selectId(id: string, inForce: readonly RuleSource[]): SelectedRules {
  const documents = toDocuments(inForce);
  const own = documents.filter((document) => namesOf(document).includes(id));
  if (own.length === 0) throw new SelectError("no_such_rule", "No rule in force has this id, name or title");
  return toSelected(own, [...own, ...referencesOf(own, documents)]);
}

function namesOf({ id, name, title }: SigmaDocument): string[] {
  return [id, name, title].filter((each) => each !== undefined);
}

/** What the documents refer to, and what that refers to, out of the others. */
function referencesOf(
  documents: readonly SigmaDocument[],
  others: readonly SigmaDocument[],
): SigmaDocument[] {
  const found = new Set<SigmaDocument>();
  const visit = (document: SigmaDocument): void => {
    if (document.kind !== "correlation") return;
    for (const reference of document.rules) {
      const next = others.find((other) => other.id === reference || other.name === reference);
      if (next === undefined || found.has(next) || documents.includes(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  for (const document of documents) visit(document);
  return [...found];
}

function toSelected(own: readonly SigmaDocument[], documents: readonly SigmaDocument[]): SelectedRules {
  const ruleSet = compileRules(documents);
  const places = new Set(own.map(({ place }) => place));
  const wanted = [...ruleSet.rules, ...ruleSet.correlations].filter(({ document }) =>
    places.has(document.place),
  );
  // A chain looks back as far as all its windows together.
  const longest = ruleSet.correlations.reduce((sum, { document }) => sum + document.timespan, 0);
  return { ruleSet, wanted: new Set(wanted.map(({ id }) => id)), longest };
}

/** True for what the text of a rule can be at fault for. */
export function isRuleFault(error: unknown): error is SigmaError | SelectError {
  return error instanceof SigmaError || error instanceof SelectError;
}
