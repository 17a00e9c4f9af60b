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

/** Reads every `rule.yml` below the folders, in a stable order. Throws when a folder cannot be read. */
export function readRuleSources(folders: readonly string[]): RuleSource[] {
  const sources: RuleSource[] = [];
  for (const folder of folders) {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    for (const file of files.filter((each) => /(^|[\\/])rule\.ya?ml$/.test(each)).sort()) {
      sources.push({ file: file.replaceAll("\\", "/"), text: readFileSync(path.join(folder, file), "utf8") });
    }
  }
  return sources;
}

/** Parses and compiles. Throws SigmaError, which names file, line and key. */
export function loadRules(sources: RuleSource[]): LoadedRules {
  const hash = createHash("sha256");
  for (const { file, text } of sources) hash.update(`${file}\0${text}\0`);
  const documents = sources.flatMap(({ file, text }) => parseSigma(text, file));
  return { sources, set: compileRules(documents), name: hash.digest("hex").slice(0, 16) };
}
