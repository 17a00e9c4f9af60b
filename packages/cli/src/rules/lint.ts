// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { compileRules, parseSigma, SigmaError, type SigmaDocument } from "@telltale/sigma";
import type { RuleFolder } from "./sources.js";

/** One thing that is to be mended. `line` and `key` where it lies inside a rule file. */
export interface LintProblem {
  readonly file: string;
  readonly line?: number;
  readonly key?: string;
  readonly message: string;
}

const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Checks rules against the rules of the house (docs/guides/rules.md). Every mistake is told, not only the first. */
export function lintRules(folders: readonly RuleFolder[]): LintProblem[] {
  const problems: LintProblem[] = [];
  const documents: SigmaDocument[] = [];
  for (const folder of folders) {
    try {
      documents.push(...parseSigma(folder.text, folder.file));
    } catch (error) {
      problems.push(toProblem(error));
      continue;
    }
    problems.push(...lintFolder(folder));
  }
  if (problems.some(({ key }) => key !== undefined)) return problems;
  return [...problems, ...lintSet(documents)];
}

function toProblem(error: unknown): LintProblem {
  if (!(error instanceof SigmaError)) throw error;
  const { file, line, key } = error;
  // The message repeats the place in front.
  return { file, line, key, message: error.message.replace(/^.*?:\d+: /, "") };
}

/** What the documents of a set must be to each other. */
function lintSet(documents: readonly SigmaDocument[]): LintProblem[] {
  try {
    const { rules, correlations } = compileRules(documents);
    return [...rules, ...correlations].flatMap(({ document, generates }) =>
      generates ? lintLoud(document) : lintPart(document),
    );
  } catch (error) {
    return [toProblem(error)];
  }
}

function at({ place }: SigmaDocument, key: string, message: string): LintProblem {
  return { file: place.file, line: place.line, key, message };
}

/** A document that yields findings is read by people at night. */
function lintLoud(document: SigmaDocument): LintProblem[] {
  const problems = lintPart(document);
  const { tags, falsepositives, references, description = "" } = document;
  if (!tags.some((tag) => /^attack\.t\d{4}/.test(tag)))
    problems.push(at(document, "tags", "has no ATT&CK technique (attack.t1234)"));
  if (!tags.some((tag) => tag.startsWith("owasp.")))
    problems.push(at(document, "tags", "has no OWASP tag (owasp.a07-2021)"));
  if (falsepositives.length === 0)
    problems.push(at(document, "falsepositives", "names no false alarm: every rule has some"));
  if (references.length === 0) problems.push(at(document, "references", "has no reference"));
  if (description.length < 40)
    problems.push(at(document, "description", "does not say what happened and why it matters"));
  if (document.level === "informational")
    problems.push(at(document, "level", "is informational, and still each match is a finding"));
  return problems;
}

function lintPart(document: SigmaDocument): LintProblem[] {
  const problems: LintProblem[] = [];
  const { id, name, title, description } = document;
  if (id === undefined) problems.push(at(document, "id", "is missing"));
  else if (!UUID4.test(id)) problems.push(at(document, "id", "is no UUID of version 4 in lower case"));
  if (name === undefined)
    problems.push(at(document, "name", "is missing: correlations and exceptions refer to it"));
  if (description === undefined) problems.push(at(document, "description", "is missing"));
  if (title.length > 100) problems.push(at(document, "title", "is longer than 100 characters"));
  return problems;
}

function lintFolder({ dir }: RuleFolder): LintProblem[] {
  const problems: LintProblem[] = [];
  for (const [name, what] of [
    ["fires.jsonl", "events that the rule must find"],
    ["silent.jsonl", "near misses that it must leave alone"],
    ["README.md", "what it means and what to do"],
  ] as const)
    if (!existsSync(path.join(dir, name)))
      problems.push({ file: path.join(dir, name), message: `is missing: ${what}` });
  const readme = path.join(dir, "README.md");
  if (existsSync(readme) && !/^## Thresholds$/m.test(readFileSync(readme, "utf8")))
    problems.push({
      file: readme,
      message: 'has no heading "## Thresholds": where do the figures come from?',
    });
  return problems;
}
