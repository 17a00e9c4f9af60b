// SPDX-License-Identifier: Apache-2.0
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Keys, OutboxSelfLog, State, Users } from "@telltale/server/local";
import { CliFailure } from "./failure.js";

/** Opens the state of a data directory and the outbox of what is to be told of it. Throws CliFailure. */
async function withState<T>(
  dataDir: string,
  work: (parts: { state: State; selfLog: OutboxSelfLog }) => Promise<T>,
): Promise<T> {
  const { createOutboxSelfLog, openState } = await import("@telltale/server/local");
  let state: State;
  try {
    state = openState(join(dataDir, "state.db"));
  } catch (error) {
    throw new CliFailure("cannotWrite", (error as Error).message, `Check --data: ${dataDir}`, {
      cause: error,
    });
  }
  try {
    const selfLog = createOutboxSelfLog(state);
    const result = await work({ state, selfLog });
    await selfLog.flush();
    return result;
  } finally {
    await state.close();
  }
}

/** Works on the keys of a data directory, and waits until all of it is on disk. Throws CliFailure. */
export function withKeys<T>(dataDir: string, work: (keys: Keys) => Promise<T>): Promise<T> {
  return withState(dataDir, async (parts) => {
    const { openKeys } = await import("@telltale/server/local");
    return work(await openKeys({ ...parts, now: Date.now }));
  });
}

/** The same for the people who sign in. */
export function withUsers<T>(dataDir: string, work: (users: Users) => Promise<T>): Promise<T> {
  return withState(dataDir, async (parts) => {
    const { createPasswords, createUsers } = await import("@telltale/server/local");
    return work(createUsers({ ...parts, passwords: createPasswords(), now: Date.now }));
  });
}

/** Who acts on the command line, for the log: the user of the operating system. */
export function whoAmI(): { kind: "system"; id: string } {
  try {
    return { kind: "system", id: `cli:${userInfo().username}` };
  } catch {
    return { kind: "system", id: "cli" };
  }
}
