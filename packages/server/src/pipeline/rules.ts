// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { compileRules, parseSigma, type RuleSet } from "@telltale/sigma";

/** One rule file: its path as shown to people, and its text. Can be handed to a worker. */
export interface RuleSource {
  file: string;
  text: string;
}

/** Rules in force, with a name that changes when any of them does. */
export interface LoadedRules {
  sources: RuleSource[];
  set: RuleSet;
  /** First 16 hex digits of the SHA-256 over all rule files. */
  name: string;
}

export type RulesErrorCode = "unreadable_folder" | "no_rules";

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

/**
 * Reads every `rule.yml` below the folders, in a stable order. Throws RulesError when a folder cannot be read or holds
 * none: a server without rules would look as if it watched, and a mistyped or unmounted directory is why that happens.
 */
export function readRuleSources(folders: readonly string[]): RuleSource[] {
  return folders.flatMap((folder) => {
    const files = listFiles(folder);
    const found = files.filter((each) => /(^|[\\/])rule\.ya?ml$/.test(each)).sort();
    if (found.length === 0) {
      const others = files.filter((each) => /\.ya?ml$/.test(each)).length;
      const hint = others === 0 ? "" : ` (${others} other YAML files are there)`;
      throw new RulesError(
        "no_rules",
        `TELLTALE_RULES: no rule is in ${folder}, so nothing would raise an alert. Each rule is a file rule.yml in a folder of its own${hint}. Without the setting the rules that ship with Telltale are used.`,
      );
    }
    return found.map((file) => ({
      file: file.replaceAll("\\", "/"),
      text: readFileSync(path.join(folder, file), "utf8"),
    }));
  });
}

/** Parses and compiles. Throws SigmaError, which names file, line and key. */
export function loadRules(sources: RuleSource[]): LoadedRules {
  const hash = createHash("sha256");
  for (const { file, text } of sources) hash.update(`${file}\0${text}\0`);
  const documents = sources.flatMap(({ file, text }) => parseSigma(text, file));
  return { sources, set: compileRules(documents), name: hash.digest("hex").slice(0, 16) };
}
