// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";
import type { ExitName } from "./exit-codes.js";
import type { CliIo } from "./io.js";

/** What the commands share while one of them runs. */
export interface Context {
  readonly io: CliIo;
  /** How the command ended; `ok` unless it says otherwise. A failure is thrown instead. */
  exit: ExitName;
}

/** A command: its file registers it, and loads what it needs only when it runs. */
export type Register = (program: Command, context: Context) => void;
