// SPDX-License-Identifier: Apache-2.0
import type { KeyRotation } from "@telltale/server/local";
import type { Context, Register } from "../context.js";
import { CliFailure, systemCode } from "../failure.js";
import { note, writeOut } from "../io.js";
import { whoAmI } from "../local-keys.js";
import { addDataOption, addHeadDirOption, mustHoldData, toDataDir, toHeadDir } from "../options.js";

interface RotateOptions {
  data?: string;
  headDir?: string;
  reason: string;
  json?: boolean;
}

const HELP = `
The log gets a new signing key. An event names the old and the new one, both sign one checkpoint, and from then on only the new
key counts; what the old one signed before stays proven. Mirrors, our witnesses and browsers follow by themselves, because the
key that they know introduces the new one. Witnesses of another make have to be told the new key, which is printed on stdout.

Works while the server runs, which then does it itself, and while it is stopped. Change the key when somebody may have read
DATA/keys, when who runs the server changes, or once a year. docs/guides/keys.md

Examples:
  $ telltale key rotate --data telltale-data --reason "yearly"
  $ telltale key rotate --data telltale-data --reason "the old server was sold" > main.vkey
`;

async function askRunning(dataDir: string, input: Record<string, unknown>): Promise<KeyRotation | undefined> {
  const { askServer, ControlError } = await import("@telltale/server/local");
  try {
    const answer = await askServer(dataDir, "rotate_key", input);
    return answer as KeyRotation | undefined;
  } catch (error) {
    if (error instanceof ControlError) {
      throw new CliFailure("failed", `the key was not changed: ${error.message}`, undefined, {
        cause: error,
      });
    }
    if (systemCode(error) === undefined) throw error;
    throw new CliFailure("cannotWrite", (error as Error).message, "Run as the user who runs the server", {
      cause: error,
    });
  }
}

async function rotateStopped(
  dataDir: string,
  headDir: string | undefined,
  by: { kind: "system"; id: string },
  why: string,
): Promise<KeyRotation> {
  const [{ openOffline, rotateKey }, { toLogFailure }] = await Promise.all([
    import("@telltale/server/offline"),
    import("../log-failure.js"),
  ]);
  try {
    const opened = await openOffline({ dataDir, ...(headDir && { headDir }) });
    try {
      return await rotateKey(opened.log, (events) => opened.selfLog.seal(events), { by, why });
    } finally {
      await opened.close();
    }
  } catch (error) {
    throw toLogFailure(error);
  }
}

async function rotate(options: RotateOptions, { io }: Context): Promise<void> {
  const { reason } = options;
  if (!/^[^\p{C}]{3,}$/u.test(reason) || reason.length > 500) {
    throw new CliFailure(
      "usage",
      "--reason must have 3 to 500 printable characters: it becomes part of the log",
    );
  }
  const dataDir = toDataDir(options, io);
  mustHoldData(dataDir, "format");
  const by = whoAmI();
  const rotation =
    (await askRunning(dataDir, { by: by.id, why: reason })) ??
    (await rotateStopped(dataDir, toHeadDir(options, io), by, reason));
  const { origin, from, to } = rotation;
  if (options.json === true) return writeOut(io.stdout, `${JSON.stringify({ origin, from, to })}\n`);
  await writeOut(io.stdout, `${to}\n`);
  note(
    io,
    `The log ${origin} has a new key. Keep it where you keep what you verify with; the old one still leads to it.`,
  );
}

export const registerKey: Register = (program, context) => {
  const key = program.command("key").description("the log's own signing key (works on the data directory)");
  addHeadDirOption(addDataOption(key.command("rotate").description("replace it; prints the new public key")))
    .requiredOption("--reason <reason>", "why, for the log")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((options: RotateOptions) => rotate(options, context));
};
