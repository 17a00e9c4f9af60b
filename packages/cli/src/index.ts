// SPDX-License-Identifier: Apache-2.0
export { EXIT_CODES, type ExitName } from "./exit-codes.js";
export type { CliIo } from "./io.js";
export { runCli } from "./run.js";
