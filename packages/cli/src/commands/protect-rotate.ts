// SPDX-License-Identifier: Apache-2.0
import { Option } from "commander";
import type { Context, Register } from "../context.js";
import { CliFailure, systemCode } from "../failure.js";
import { note, writeOut } from "../io.js";
import { whoAmI } from "../local-keys.js";
import { addDataOption, mustHoldData, toDataDir } from "../options.js";

interface RotateOptions {
  data?: string;
  what: "root" | "tokens";
  reason: string;
  json?: boolean;
}

const HELP = `
root     a new generation of the root key (file, or in the KMS); every data key is wrapped anew. The log is not touched. With
         TELLTALE_PROTECT_KEY put the new key in front of the old one first, and drop the old one afterwards.
tokens   equal values get other tokens from now on, so that what is old and what is new cannot be joined. Old tokens are still found
         by those who may search by the real value.

The server has to run; it does the work. The rotation is an event.

Examples:
  $ telltale protect rotate --what root --reason "yearly" --data telltale-data
  $ telltale protect rotate --what tokens --reason "end of quarter" --data telltale-data
`;

async function rotate(options: RotateOptions, { io }: Context): Promise<void> {
  const { what, reason: why } = options;
  const dataDir = toDataDir(options, io);
  mustHoldData(dataDir, "format");
  const { askServer, ControlError } = await import("@telltale/server/local");
  let answer: Record<string, unknown> | undefined;
  try {
    answer = await askServer(dataDir, "rotate_protect", { what, why, by: whoAmI().id });
  } catch (error) {
    const cause = { cause: error };
    if (error instanceof ControlError)
      throw new CliFailure("failed", `nothing was rotated: ${error.message}`, undefined, cause);
    if (systemCode(error) === undefined) throw error;
    throw new CliFailure(
      "cannotWrite",
      (error as Error).message,
      "Run as the user who runs the server",
      cause,
    );
  }
  if (answer === undefined)
    throw new CliFailure(
      "unreachable",
      `no server is running on ${dataDir}`,
      "Start it: it does the rotation",
    );
  if (options.json === true) return writeOut(io.stdout, `${JSON.stringify(answer)}\n`);
  note(
    io,
    what === "root"
      ? `The root key has a new generation; ${String(answer["rewrapped"])} data keys were wrapped anew.`
      : `Tokens are of epoch ${String(answer["epoch"])} from now on.`,
  );
}

export const registerProtectRotate: Register = (program, context) => {
  const protect =
    program.commands.find((each) => each.name() === "protect") ??
    program.command("protect").description("how events are protected");
  addDataOption(
    protect.command("rotate").description("begin with new keys, on the data directory of a running server"),
  )
    .addOption(new Option("--what <what>", "which keys").choices(["root", "tokens"]).default("root"))
    .requiredOption("--reason <reason>", "why, for the log")
    .option("--json", "print one JSON object")
    .addHelpText("after", HELP)
    .action((options: RotateOptions) => rotate(options, context));
};
