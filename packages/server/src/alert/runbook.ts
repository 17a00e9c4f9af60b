// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { CompiledCorrelation, CompiledRule, RuleSet, SigmaMetadata } from "@telltale/sigma";

/** A README that is longer is cut: it is shown beside an alert. */
const MOST_CHARS = 32_768;
const MOST_STEPS = 50;
const MOST_STEP_CHARS = 500;
/** Heading of the part of a README whose list is the checklist. */
const STEPS_HEADING = /^#{1,6}\s+what to do\s*$/i;

export interface Step {
  /** Hash of the words: stays while they do. */
  readonly step: string;
  readonly text: string;
}

/** When a rule fires, for a sentence. */
export interface RuleCondition {
  /** `rule`: one event is enough. */
  readonly type: string;
  readonly groupBy: readonly string[];
  readonly timespanMs: number | null;
  readonly bounds: readonly { readonly operator: string; readonly value: number }[];
  /** For `value_count` and its like: what is counted. */
  readonly valueFields: readonly string[];
  /** Titles of what a correlation is about. */
  readonly of: readonly string[];
}

/** What is known of the rule behind an alert. */
export interface Runbook {
  readonly title: string;
  readonly description: string | null;
  readonly condition: RuleCondition;
  readonly falsePositives: readonly string[];
  readonly references: readonly string[];
  /** The README beside the rule, as Markdown; null: there is none. */
  readonly text: string | null;
  readonly checklist: readonly Step[];
}

/** Name of a step, made from its words. */
export function toStepId(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function toSteps(texts: readonly string[]): Step[] {
  const steps = new Map<string, Step>();
  for (const text of texts.slice(0, MOST_STEPS)) {
    const short = text.trim().slice(0, MOST_STEP_CHARS);
    if (short !== "") steps.set(toStepId(short), { step: toStepId(short), text: short });
  }
  return [...steps.values()];
}

/** The list under "What to do": its items in order, each with the lines that belong to it. */
export function readSteps(markdown: string): Step[] {
  const items: string[] = [];
  let inside = false;
  for (const line of markdown.split(/\r?\n/)) {
    if (line.startsWith("#")) {
      inside = STEPS_HEADING.test(line);
      continue;
    }
    if (!inside) continue;
    const item = /^(?:\d{1,3}[.)]|[-*+])\s+(\S.*)$/.exec(line)?.[1];
    if (item !== undefined) items.push(item);
    else if (/^\s+\S/.test(line) && items.length > 0) items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  return toSteps(items);
}

/** The rule's own key `checklist`, a list of texts, goes before the README. */
function toChecklist(custom: SigmaMetadata["custom"], text: string | null): Step[] {
  const own = Object.hasOwn(custom, "checklist") ? custom["checklist"] : undefined;
  if (Array.isArray(own)) {
    const texts = own.filter((each): each is string => typeof each === "string");
    if (texts.length > 0) return toSteps(texts);
  }
  return text === null ? [] : readSteps(text);
}

/** What people need to know when a rule fires: from the rule itself and the README beside it. */
export class Runbooks {
  readonly #rules: () => RuleSet;
  readonly #folders: readonly string[];

  constructor(rules: () => RuleSet, folders: readonly string[]) {
    this.#rules = rules;
    this.#folders = folders;
  }

  /** Undefined for what is no rule in force, as the alerts that Telltale raises about itself. */
  async get(ruleId: string): Promise<Runbook | undefined> {
    const set = this.#rules();
    const rule =
      set.rules.find(({ id }) => id === ruleId) ?? set.correlations.find(({ id }) => id === ruleId);
    if (rule === undefined) return undefined;
    const { document } = rule;
    const text = await this.#readme(document.place.file);
    return {
      title: document.title,
      description: document.description ?? null,
      condition: toCondition(set, rule),
      falsePositives: document.falsepositives,
      references: document.references,
      text,
      checklist: toChecklist(document.custom, text),
    };
  }

  /** The README in the folder of a rule file. The name comes from the list of files, not from whoever asks. */
  async #readme(file: string): Promise<string | null> {
    for (const folder of this.#folders) {
      const root = path.resolve(folder);
      const wanted = path.resolve(root, path.dirname(file), "README.md");
      // A README of all rules is not one of this rule.
      if (!wanted.startsWith(root + path.sep) || path.dirname(wanted) === root) continue;
      try {
        return (await readFile(wanted, "utf8")).slice(0, MOST_CHARS);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EACCES" && code !== "EISDIR") throw error;
      }
    }
    return null;
  }
}

function toCondition(set: RuleSet, rule: CompiledRule | CompiledCorrelation): RuleCondition {
  const { document } = rule;
  if (document.kind !== "correlation")
    return { type: "rule", groupBy: [], timespanMs: null, bounds: [], valueFields: [], of: [] };
  const references = "references" in rule ? rule.references : [];
  const of = references.flatMap(({ type, index }) => {
    const one = type === "rule" ? set.rules[index] : set.correlations[index];
    return one === undefined ? [] : [one.document.title];
  });
  const { type, groupBy, timespan, bounds, valueFields } = document;
  return { type, groupBy, timespanMs: timespan, bounds, valueFields, of };
}
