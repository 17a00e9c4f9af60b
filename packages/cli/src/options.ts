// SPDX-License-Identifier: Apache-2.0
import { type Command, InvalidArgumentError } from "commander";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { CliFailure } from "./failure.js";
import type { CliIo } from "./io.js";

export const DEFAULT_URL = "http://127.0.0.1:7400";
export const DEFAULT_DATA = "telltale-data";

export interface ClientOptions {
  url?: string;
  key?: string;
}

/** `--url` and `--key`, for every command that talks to a server. */
export function addClientOptions(command: Command): Command {
  return command
    .option("--url <url>", `address of the server (default: TELLTALE_URL, else ${DEFAULT_URL})`)
    .option("--key <token>", "API key (default: TELLTALE_KEY, which keeps it out of the process list)");
}

/** `--data`, for every command that works on a data directory. */
export function addDataOption(command: Command): Command {
  return command.option("--data <dir>", `data directory (default: TELLTALE_DATA, else ./${DEFAULT_DATA})`);
}

/** `--head-dir`, for every command that opens or checks a log. */
export function addHeadDirOption(command: Command): Command {
  return command.option(
    "--head-dir <dir>",
    "where the newest signed head lies (default: TELLTALE_HEAD_DIR, else inside the data)",
  );
}

/** The place of the head store that is meant, absolute; undefined: inside the data. */
export function toHeadDir(options: { headDir?: string }, io: CliIo): string | undefined {
  const dir = options.headDir ?? io.env["TELLTALE_HEAD_DIR"];
  return dir === undefined || dir === "" ? undefined : resolve(dir);
}

/** The data directory that is meant, absolute. */
export function toDataDir(options: { data?: string }, io: CliIo): string {
  return resolve(options.data ?? io.env["TELLTALE_DATA"] ?? DEFAULT_DATA);
}

/** Throws CliFailure `noInput` where this file of a data directory is missing: a command must not begin a new one by mistake. */
export function mustHoldData(dataDir: string, file: "format" | "state.db"): void {
  if (existsSync(join(dataDir, file))) return;
  throw new CliFailure(
    "noInput",
    `there is no Telltale data in ${dataDir}`,
    "Name the server's directory with --data",
  );
}

/** The directory of the mirror that is meant, absolute. Throws CliFailure `usage`. */
export function toMirrorDir(text: string | undefined, io: CliIo): string {
  // Not the server's default: a mirror in the server's directory would be none.
  if (text !== undefined && text !== "") return resolve(text);
  const hint =
    io.env["TELLTALE_DATA"] === undefined ? undefined : "TELLTALE_DATA is the server's and not used here";
  throw new CliFailure("usage", "name the mirror's own directory with --data DIR", hint);
}

/** For commander: a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
