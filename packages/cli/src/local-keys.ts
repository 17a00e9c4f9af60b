// SPDX-License-Identifier: Apache-2.0
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Keys } from "@telltale/server/local";
import { CliFailure } from "./failure.js";

/** Opens the state of a data directory, does the work, and waits until all of it is on disk. Throws CliFailure. */
export async function withKeys<T>(dataDir: string, work: (keys: Keys) => Promise<T>): Promise<T> {
  const local = await import("@telltale/server/local");
  let state: ReturnType<typeof local.openState>;
  try {
    state = local.openState(join(dataDir, "state.db"));
  } catch (error) {
    throw new CliFailure("cannotWrite", (error as Error).message, `Check --data: ${dataDir}`, {
      cause: error,
    });
  }
  try {
    const selfLog = local.createOutboxSelfLog(state);
    const keys = await local.openKeys({ state, selfLog, now: Date.now });
    const result = await work(keys);
    await selfLog.flush();
    return result;
  } finally {
    await state.close();
  }
}

/** Who acts on the command line, for the log: the user of the operating system. */
export function whoAmI(): { kind: "system"; id: string } {
  try {
    return { kind: "system", id: `cli:${userInfo().username}` };
  } catch {
    return { kind: "system", id: "cli" };
  }
}
