// SPDX-License-Identifier: Apache-2.0
import { Command, CommanderError } from "commander";
import { registerAlerts } from "./commands/alerts.js";
import { registerDemo } from "./commands/demo.js";
import { registerDoctor } from "./commands/doctor.js";
import { registerErase } from "./commands/erase.js";
import { registerEvidence } from "./commands/evidence.js";
import { registerImport } from "./commands/import.js";
import { registerKey } from "./commands/key.js";
import { registerKeys } from "./commands/keys.js";
import { registerMirror } from "./commands/mirror.js";
import { registerProtectRotate } from "./commands/protect-rotate.js";
import { registerProtect } from "./commands/protect.js";
import { registerSearch } from "./commands/search.js";
import { registerServe } from "./commands/serve.js";
import { registerTail } from "./commands/tail.js";
import { registerRestore } from "./commands/restore.js";
import { registerRetain } from "./commands/retain.js";
import { registerReview } from "./commands/review.js";
import { registerRules } from "./commands/rules.js";
import { registerWitness } from "./commands/witness.js";
import { registerUsers } from "./commands/users.js";
import { registerVerify } from "./commands/verify.js";
import { formatVersion, registerVersion } from "./commands/version.js";
import type { Context, Register } from "./context.js";
import { toExitCode } from "./exit-codes.js";
import { CliFailure } from "./failure.js";
import { type CliIo, note } from "./io.js";
import { paintFor } from "./ui/colour.js";

/** THE list of commands, in the order of `--help`. */
const COMMANDS: readonly Register[] = [
  registerServe,
  registerKeys,
  registerUsers,
  registerImport,
  registerSearch,
  registerTail,
  registerAlerts,
  registerReview,
  registerRules,
  registerRetain,
  registerErase,
  registerProtect,
  registerEvidence,
  registerVerify,
  registerKey,
  registerProtectRotate,
  registerRestore,
  registerMirror,
  registerWitness,
  registerDoctor,
  registerDemo,
  registerVersion,
];

const HELP = `
First steps:
  $ telltale serve                      start the server; it prints a link to set it up
  $ telltale demo                       see it work, with an example shop and an attacker
  $ telltale keys create --help         make a key for an application

Client commands read TELLTALE_URL and TELLTALE_KEY. Exit codes and all options: docs/reference/cli.md
`;

export function buildProgram(context: Context): Command {
  const { io } = context;
  const program = new Command("telltale")
    .description("Telltale, the security log of an application")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
    })
    .showSuggestionAfterError()
    .version(formatVersion(), "-V, --version", "print the versions of Telltale and of Node.js")
    .addHelpText("after", HELP);
  for (const register of COMMANDS) register(program, context);
  return program;
}

/** Runs one command line (without `node` and the script) and answers the exit code. Never throws. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const context: Context = { io, exit: "ok" };
  try {
    await buildProgram(context).parseAsync([...argv], { from: "user" });
    return toExitCode(context.exit);
  } catch (error) {
    return report(error, io);
  }
}

async function report(error: unknown, io: CliIo): Promise<number> {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : toExitCode("usage");
  if (error instanceof CliFailure) {
    if (error.code !== "interrupted") await explain(error, io);
    return toExitCode(error.code);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  note(io, `telltale: a bug, please report it with this text:\n${text}`);
  return toExitCode("internal");
}

async function explain(error: CliFailure, io: CliIo): Promise<void> {
  const paint = paintFor(io, "stderr");
  // A message may quote what a server or a file said.
  const { neutralize } = await import("@telltale/event");
  note(io, `${paint("red", "telltale:")} ${neutralize(error.message)}`);
  for (const line of error.detail) note(io, `  ${neutralize(line)}`);
  if (error.hint !== undefined) note(io, `  ${neutralize(error.hint)}`);
}
