// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LogError, verifyLog } from "@telltale/log";
import {
  type BacktestReport,
  isRuleFault,
  readOwnSources,
  readRuleSources,
  Replay,
  RulesError,
  selectId,
  selectText,
  shippedRules,
  toDocuments,
} from "@telltale/server/offline";
import { CliFailure } from "../failure.js";
import type { CliIo } from "../io.js";

export interface DirectoryQuestion {
  readonly dataDir: string;
  readonly log: string;
  /** The text of a rule and how it is called in errors, or the id of one that is there. */
  readonly rule?: { readonly text: string; readonly file: string };
  readonly id?: string;
  /** Folder of the rules that are there; those that ship with Telltale when absent. */
  readonly rulesDir?: string;
  /** Unix milliseconds. */
  readonly since: number;
  readonly until: number;
}

/** Reads the log of a directory, without its server, and checks it on the way. Throws CliFailure. */
export async function backtestDirectory(
  io: CliIo,
  question: DirectoryQuestion,
  onProgress: (done: number, total: number) => void,
): Promise<BacktestReport> {
  const { dataDir, log, since, until } = question;
  if (!existsSync(join(dataDir, "log", log)))
    throw new CliFailure(
      "noInput",
      `there is no log "${log}" in ${dataDir}`,
      "Name the server's directory with --data",
    );
  const rules = select(question);
  const began = performance.now();
  const begin = (): Replay => new Replay({ ...rules, since, until });
  let replay = begin();
  const verdict = await verifyLog({
    dataDir,
    name: log,
    onProgress: ({ checked, size }) => onProgress(checked, size),
    onEvents(first, leaves, lines) {
      if (io.signal.aborted) throw new CliFailure("interrupted", "stopped");
      // The check begins again when the log has grown meanwhile.
      if (first === 0) replay = begin();
      if (lines === undefined) {
        replay.miss("events that were pruned");
        return;
      }
      let start = 0;
      for (let i = 0; i < leaves.length / 32 && i < lines.count; i++) {
        const end = lines.ends[i] as number;
        replay.observe(first + i, lines.bytes.toString("utf8", start, end - 1));
        start = end;
      }
    },
  }).catch((cause: unknown) => {
    if (!(cause instanceof LogError)) throw cause;
    throw new CliFailure(
      "failed",
      `the log cannot be read: ${cause.message}`,
      "Run telltale verify on this directory",
      { cause },
    );
  });
  if (verdict.verdict === "tampered" || verdict.verdict === "unverifiable")
    throw new CliFailure(
      verdict.verdict === "tampered" ? "failed" : "unverifiable",
      `this log says nothing about the past: ${verdict.message}`,
      "Run telltale verify on this directory",
    );
  replay.end();
  if (verdict.verdict === "incomplete") replay.miss(verdict.message);
  return replay.report({
    path: "log",
    because: "the directory of a stopped server is read",
    tookMs: performance.now() - began,
  });
}

function select({ dataDir, rule, id, rulesDir }: DirectoryQuestion): ReturnType<typeof selectId> {
  try {
    const own = join(dataDir, "rules");
    const sources = [
      ...readRuleSources([rulesDir ?? shippedRules()]),
      ...(existsSync(own) ? readOwnSources(own) : []),
    ];
    // Exceptions stand in the state of a server: a directory is asked without them.
    const inForce = { documents: toDocuments(sources), filters: [] };
    return rule === undefined ? selectId(id ?? "", inForce) : selectText(rule.text, rule.file, inForce);
  } catch (cause) {
    if (cause instanceof RulesError) throw new CliFailure("noInput", cause.message, undefined, { cause });
    if (!isRuleFault(cause)) throw cause;
    throw new CliFailure(cause.code === "no_such_rule" ? "noInput" : "usage", cause.message, undefined, {
      cause,
    });
  }
}
