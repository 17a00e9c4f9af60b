// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BacktestReport } from "@telltale/server/offline";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { CliFailure, systemCode } from "../failure.js";
import { type CliIo, note, writeOut } from "../io.js";
import { addClientOptions, type ClientOptions, toDataDir } from "../options.js";

interface BacktestOptions extends ClientOptions {
  since: string;
  until?: string;
  data?: string;
  log: string;
  rules?: string;
  json?: boolean;
}

const HELP = `
RULE is a file with rules, or the id, name or title of a rule in force. What its correlations refer to and the file does not hold is taken
from the rules in force. Nothing is raised and nobody is told: the report says how many alerts there would have been, which came first and on
what evidence, how many on each day, how many a week are to be expected, and which keys make the noise.

It asks a server (with a key of role read), or reads the log of a directory with --data; without a key, the directory that is there. A server
asks its index first; what the index cannot be asked is read from the log, which takes longer. The report says which it was. When it does not
cover all of the time it says what is missing, and the exit code is 2.

Examples:
  $ telltale rules backtest my-rule.yml --since 90d
  $ telltale rules backtest "Password brute force on one user" --since 30d --json | jq .perWeek
  $ telltale rules backtest my-rule.yml --data /var/lib/telltale --since 2026-11-01 --until 2026-11-08
`;

/** More is no rule: the parser takes no more either. */
const MAX_RULE = 1_048_576;

/** The text of a rule file; undefined: no file of this name, so it is an id. */
async function readRule(what: string): Promise<string | undefined> {
  try {
    const text = await readFile(what, "utf8");
    if (text.length > MAX_RULE) throw new CliFailure("usage", `${what} is too large for a rule`);
    return text;
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    const looksLikeFile = /\.ya?ml$/i.test(what) || what.includes("/");
    if (systemCode(error) === "ENOENT" && !looksLikeFile) return undefined;
    throw new CliFailure("noInput", `${what} cannot be read (${systemCode(error) ?? "unknown"})`, undefined, {
      cause: error,
    });
  }
}

/** Whether a directory is meant: it is named, or there is one and no key for a server. */
function isLocal(options: BacktestOptions, io: CliIo): boolean {
  if (options.data !== undefined) {
    if (options.url !== undefined || options.key !== undefined)
      throw new CliFailure("usage", "--data and --url are two places: name one");
    return true;
  }
  const asksServer = options.url !== undefined || (options.key ?? io.env["TELLTALE_KEY"]) !== undefined;
  return !asksServer && existsSync(join(toDataDir(options, io), "log", options.log));
}

async function ask(what: string, options: BacktestOptions, io: CliIo): Promise<BacktestReport> {
  const [{ parseTimeOption }, { createProgress }, { formatCount }] = await Promise.all([
    import("../client/times.js"),
    import("../ui/progress.js"),
    import("../ui/units.js"),
  ]);
  const since = parseTimeOption("--since", options.since, io.now());
  const until = options.until === undefined ? undefined : parseTimeOption("--until", options.until, io.now());
  if (until !== undefined && until <= since) throw new CliFailure("usage", "--since must be before --until");
  const text = await readRule(what);
  const progress = createProgress(io, "replaying");
  const onProgress = (done: number, total: number): void =>
    progress.update(done, total, `${formatCount(done)} of ${formatCount(total)} events`);
  try {
    if (!isLocal(options, io)) {
      const { backtestOnServer } = await import("../backtest/from-server.js");
      const rule = text === undefined ? { id: what } : { rule: text };
      return await backtestOnServer(
        io,
        options,
        { ...rule, since, ...(until !== undefined && { until }) },
        onProgress,
      );
    }
    const { backtestDirectory } = await import("../backtest/from-directory.js");
    const question = {
      dataDir: toDataDir(options, io),
      log: options.log,
      ...(text === undefined ? { id: what } : { rule: { text, file: what } }),
      ...(options.rules !== undefined && { rulesDir: resolve(options.rules) }),
      since: Date.parse(since),
      until: until === undefined ? io.now() : Date.parse(until),
    };
    return await backtestDirectory(io, question, onProgress);
  } finally {
    progress.clear();
  }
}

async function backtest(what: string, options: BacktestOptions, context: Context): Promise<void> {
  const { io } = context;
  const report = await ask(what, options, io);
  if (!report.complete) context.exit = "incomplete";
  if (options.json === true) {
    const { escapeDeceptive } = await import("@telltale/event");
    await writeOut(io.stdout, `${escapeDeceptive(JSON.stringify(report))}\n`);
    return;
  }
  const [{ formatReport }, { paintFor }] = await Promise.all([
    import("../backtest/report.js"),
    import("../ui/colour.js"),
  ]);
  await writeOut(
    io.stdout,
    formatReport(report, paintFor(io, "stdout"), io.stdoutIsTerminal ? io.columns : undefined),
  );
  if (!report.complete) note(io, "Not complete: see what is missing.");
}

/** `telltale rules backtest`. */
export function addBacktest(rules: Command, context: Context): void {
  addClientOptions(
    rules
      .command("backtest")
      .description("what a rule would have found in the past, and how much noise it would make")
      .argument("<rule>", "a file with rules, or the id, name or title of a rule in force"),
  )
    .option("--since <time>", "events received at or after this: 90d, 24h, a date or a time", "90d")
    .option("--until <time>", "events received before this")
    .option("--data <dir>", "read the log of this data directory instead of asking a server")
    .option("--log <name>", "which log of the directory", "main")
    .option("--rules <dir>", "with --data: the rules in force (default: those that ship with Telltale)")
    .option("--json", "print the report as one JSON object")
    .addHelpText("after", HELP)
    .action((what: string, options: BacktestOptions) => backtest(what, options, context));
}
