// SPDX-License-Identifier: Apache-2.0
import { userInfo } from "node:os";
import { join } from "node:path";
import type { Keys, Users } from "@telltale/server/local";
import { CliFailure } from "./failure.js";

type Local = typeof import("@telltale/server/local");
type Parts = { state: ReturnType<Local["openState"]>; selfLog: ReturnType<Local["createOutboxSelfLog"]> };

async function withState<T>(dataDir: string, work: (local: Local, parts: Parts) => Promise<T>): Promise<T> {
  const local = await import("@telltale/server/local");
  let state: Parts["state"];
  try {
    state = local.openState(join(dataDir, "state.db"));
  } catch (error) {
    throw new CliFailure("cannotWrite", (error as Error).message, `Check --data: ${dataDir}`, {
      cause: error,
    });
  }
  try {
    const selfLog = local.createOutboxSelfLog(state);
    const result = await work(local, { state, selfLog });
    await selfLog.flush();
    return result;
  } finally {
    await state.close();
  }
}

/** Opens the state of a data directory, does the work, and waits until all of it is on disk. Throws CliFailure. */
export function withKeys<T>(dataDir: string, work: (keys: Keys) => Promise<T>): Promise<T> {
  return withState(dataDir, async (local, parts) => work(await local.openKeys({ ...parts, now: Date.now })));
}

/** The same for the people who sign in. */
export function withUsers<T>(dataDir: string, work: (users: Users) => Promise<T>): Promise<T> {
  return withState(dataDir, (local, parts) =>
    work(local.createUsers({ ...parts, passwords: local.createPasswords(), now: Date.now })),
  );
}

/** Who acts on the command line, for the log: the user of the operating system. */
export function whoAmI(): { kind: "system"; id: string } {
  try {
    return { kind: "system", id: `cli:${userInfo().username}` };
  } catch {
    return { kind: "system", id: "cli" };
  }
}
