// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import {
  compileRules,
  parseSigma,
  type RuleSet,
  type SigmaDocument,
  type SigmaFilter,
} from "@telltale/sigma";

/** One rule file: its path as shown to people, and its text. Can be handed to a worker. */
export interface RuleSource {
  file: string;
  text: string;
  /** From the operator's own folder: a document of it takes the place of a shipped one with the same id. */
  own?: true;
}

/** Rules that were read and compiled, with a name that changes when any of them does. */
export interface LoadedRules {
  sources: RuleSource[];
  /** In the order in which they were compiled; without shipped documents that the operator's own replaced. */
  documents: readonly SigmaDocument[];
  set: RuleSet;
  /** First 16 hex digits of the SHA-256 over all rule files and filters. */
  name: string;
  /** Documents without a file: the active exceptions. */
  filters: readonly SigmaFilter[];
}

/** The rules that count now. A change becomes known to everybody in the same turn; each takes it over between two batches. */
export interface RulesInForce {
  current(): LoadedRules;
  /** From now on these count. */
  swap(next: LoadedRules): void;
  /** Told after each swap. Gives what ends it. */
  subscribe(listener: (next: LoadedRules, before: LoadedRules) => void): () => void;
}

export type RulesErrorCode = "unreadable_folder" | "no_rules" | "too_large";

/** The rules that were asked for are not there. The message is for the operator: it names the setting and what to do. */
export class RulesError extends Error {
  readonly code: RulesErrorCode;
  constructor(code: RulesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RulesError";
    this.code = code;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: "does not exist",
  ENOTDIR: "is not a directory",
  EACCES: "may not be read by this user",
};

/** More is a mistyped folder, not a set of rules: SigmaHQ has fewer than 4,000. */
const MAX_FILES = 20_000;
/** What the parser takes at most. */
const MAX_FILE_BYTES = 1024 * 1024;

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code);
    const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : `cannot be read (${code})`;
    throw new RulesError("unreadable_folder", `TELLTALE_RULES: the directory ${folder} ${reason}.`, {
      cause,
    });
  }
}

/** True for `rule.yml` in a folder of its own. What is below a hidden folder is a copy (`.git`, a mounted ConfigMap's `..data`). */
export function isRuleFile(file: string): boolean {
  const parts = file.split(/[\\/]/);
  return /^rule\.ya?ml$/.test(parts.at(-1) ?? "") && !parts.some((each) => each.startsWith("."));
}

function readRuleFile(file: string): string {
  const { size } = statSync(file);
  if (size > MAX_FILE_BYTES)
    throw new RulesError(
      "too_large",
      `The rule file ${file} has ${size} bytes; at most ${MAX_FILE_BYTES} are read.`,
    );
  return readFileSync(file, "utf8");
}

/**
 * Reads every `rule.yml` below the folders, in a stable order. Throws RulesError when a folder cannot be read or holds
 * none: a server without rules would look as if it watched, and a mistyped or unmounted directory is why that happens.
 */
export function readRuleSources(folders: readonly string[]): RuleSource[] {
  return folders.flatMap((folder) => {
    const files = listFiles(folder);
    const found = files.filter(isRuleFile).sort();
    if (found.length === 0) {
      const others = files.filter((each) => /\.ya?ml$/.test(each)).length;
      const hint = others === 0 ? "" : ` (${others} other YAML files are there)`;
      throw new RulesError(
        "no_rules",
        `TELLTALE_RULES: no rule is in ${folder}, so nothing would raise an alert. Each rule is a file rule.yml in a folder of its own${hint}. Without the setting the rules that ship with Telltale are used.`,
      );
    }
    verifyCount(folder, found.length);
    return found.map((file) => ({
      file: file.replaceAll("\\", "/"),
      text: readRuleFile(path.join(folder, file)),
    }));
  });
}

/** Reads every `rule.yml` below the operator's own folder, which may be empty. Throws RulesError when it cannot be read. */
export function readOwnSources(folder: string): RuleSource[] {
  const found = listFiles(folder).filter(isRuleFile).sort();
  verifyCount(folder, found.length);
  return found.map((file) => {
    const full = path.join(folder, file);
    return { file: full, text: readRuleFile(full), own: true };
  });
}

function verifyCount(folder: string, count: number): void {
  if (count > MAX_FILES)
    throw new RulesError("too_large", `${folder} holds ${count} rule files; at most ${MAX_FILES} are read.`);
}

/** Parses the files, without the shipped documents that the operator's own replace. Throws SigmaError. */
export function toDocuments(sources: readonly RuleSource[]): SigmaDocument[] {
  const parsed = sources.map(({ file, text, own }) => ({ own, documents: parseSigma(text, file) }));
  const taken = new Set(
    parsed.flatMap(({ own, documents }) => (own === true ? documents.map(({ id }) => id) : [])),
  );
  return parsed.flatMap((each) =>
    each.own === true
      ? each.documents
      : each.documents.filter(({ id }) => id === undefined || !taken.has(id)),
  );
}

/**
 * Parses and compiles; `filters` are the active exceptions. Throws SigmaError, which names file, line and key.
 * The same arguments give the same rule indices in every thread.
 */
export function loadRules(sources: RuleSource[], filters: readonly SigmaFilter[] = []): LoadedRules {
  const hash = createHash("sha256");
  for (const { file, text } of sources) hash.update(`${file}\0${text}\0`);
  for (const filter of filters) hash.update(`${JSON.stringify(filter)}\0`);
  const documents = toDocuments(sources);
  // An exception may outlive the rule that it was made for.
  const lenient = filters.flatMap(({ id, name, title }) => [id ?? name ?? title]);
  const set = compileRules([...documents, ...filters], { lenient });
  return { sources, documents, set, filters, name: hash.digest("hex").slice(0, 16) };
}

/** Holds the rules that count; listeners must not throw. */
export function createRulesInForce(first: LoadedRules): RulesInForce {
  let current = first;
  const listeners = new Set<(next: LoadedRules, before: LoadedRules) => void>();
  return {
    current: () => current,
    swap(next) {
      const before = current;
      current = next;
      for (const listener of listeners) listener(next, before);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
