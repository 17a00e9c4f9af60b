// SPDX-License-Identifier: Apache-2.0
import { compileRules, parseSigma, type Place, type SigmaMetadata, type SigmaRule } from "@telltale/sigma";

/** A Sigma filter (specification 2.1, "Sigma Filters"): events that the rules it names shall not match. */
export interface SigmaFilter extends SigmaMetadata {
  readonly kind: "filter";
  readonly logsource: SigmaRule["logsource"];
  /** Ids or names. */
  readonly rules: readonly string[] | "any";
  /** Where `rules` stands. */
  readonly rulesPlace: Place;
  /** True for the events that are excepted. */
  readonly detection: SigmaRule["detection"];
}

/** Fields with modifiers as Sigma writes them, and the values of which one must be met: `client.ip|cidr`. */
export type Conditions = Readonly<Record<string, readonly (string | number | boolean | null)[]>>;

export interface FilterParts {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly author: string;
  readonly logsource: SigmaRule["logsource"];
  readonly rules: readonly string[];
  readonly where: Conditions;
}

/** JSON strings are YAML strings, but for what some readers take for the end of a line or do not take at all. */
function quote(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, toEscape);
}

function toEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A value of an event as a Sigma value that means exactly this text: wildcards and their escape are escaped. */
export function toLiteral(text: string): string {
  return text.replace(/[\\*?]/g, String.raw`\$&`);
}

function toList(values: readonly unknown[], indent: string): string {
  return values.map((value) => `\n${indent}- ${quote(value)}`).join("");
}

function toSelection(where: Conditions): string {
  return Object.entries(where)
    .map(([field, values]) => `\n    ${quote(field)}:${toList(values, "      ")}`)
    .join("");
}

/** The filter as a file that any Sigma tool reads. Every text is quoted: none can end its line or begin another key. */
export function toFilterYaml({
  id,
  title,
  description,
  author,
  logsource,
  rules,
  where,
}: FilterParts): string {
  const sources = Object.entries(logsource).map(([name, value]) => `\n  ${name}: ${quote(value)}`);
  return [
    `title: ${quote(title)}`,
    `id: ${id}`,
    `description: ${quote(description)}`,
    `author: ${quote(author)}`,
    `logsource:${sources.join("")}`,
    "filter:",
    `  rules:${toList(rules, "    ")}`,
    `  selection:${toSelection(where)}`,
    "  condition: selection",
    "",
  ].join("\n");
}

/** Reads conditions as the engine does. Throws SigmaError for a modifier or a value that it does not know. */
export function parseConditions(where: Conditions): SigmaRule {
  const text = `title: exception\nlogsource:\n  product: telltale\ndetection:\n  selection:${toSelection(where)}\n  condition: selection\n`;
  const [document] = parseSigma(text, "exception");
  if (document?.kind !== "rule") throw new Error("BUG: conditions did not become a rule");
  return document;
}

/** Says which events conditions except. */
export function compileConditions(where: Conditions): (event: object) => boolean {
  const [rule] = compileRules([parseConditions(where)]).rules;
  if (rule === undefined) throw new Error("BUG: a compiled rule is missing");
  return (event) => rule.matches(event);
}

/** The filter as the engine takes it; the same as its YAML says. */
export function toFilter(parts: FilterParts): SigmaFilter {
  const { custom, place, ...metadata } = parseConditions(parts.where);
  const { id, title, description, author, logsource, rules } = parts;
  const at = { ...place, file: `exception ${id}` };
  return {
    ...metadata,
    kind: "filter",
    id,
    title,
    description,
    author,
    logsource,
    rules,
    rulesPlace: { ...at, key: "filter.rules" },
    custom,
    place: at,
  };
}
