// SPDX-License-Identifier: Apache-2.0
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import type { Keys } from "./keys.js";
import { openKeys } from "./keys.js";
import { createPasswords } from "./passwords.js";
import type { Sessions } from "./sessions.js";
import { createSessions } from "./sessions.js";
import type { Setup } from "./setup.js";
import { createSetup } from "./setup.js";
import type { SignIn } from "./sign-in.js";
import { createSignIn } from "./sign-in.js";
import { drainSelfEvents } from "./self-outbox.js";
import { createThrottle } from "./throttle.js";
import type { Users } from "./users.js";
import { createUsers } from "./users.js";

/** Who may come in: keys, users, sessions, set-up. One per server. */
export interface Access {
  readonly keys: Keys;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly setup: Setup;
  readonly signIn: SignIn;
  /** Stops the timers and writes times of last use. The state stays open. */
  close(): Promise<void>;
}

export interface AccessOptions {
  state: State;
  selfLog: SealingSelfLog;
  now?: () => number;
  /** How often to look for changes by other processes, in milliseconds. Default 1000, 0: never. */
  watchMs?: number;
  /** Told when a background task fails; the next round tries again. */
  onError?: (error: unknown) => void;
}

const FLUSH_MS = 60_000;

function startWatch(
  options: Required<Pick<AccessOptions, "state" | "selfLog" | "watchMs" | "now" | "onError">>,
  keys: Keys,
  sessions: Sessions,
): () => void {
  const { state, selfLog, watchMs, now, onError } = options;
  let seen = -1;
  let flushed = now();
  let busy = false;

  async function look(): Promise<void> {
    const changes = state.foreignChanges();
    if (changes !== seen) {
      await keys.reload();
      await drainSelfEvents(state, selfLog);
      seen = changes;
    }
    if (now() - flushed > FLUSH_MS) {
      flushed = now();
      await keys.flush();
      await sessions.sweep();
    }
  }

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }, watchMs);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Opens access control. A key revoked here is refused from the next request on, one revoked by another process
 * (the CLI on the same state.db) within `watchMs` and a moment.
 */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { state, selfLog, now = Date.now, watchMs = 1_000, onError = () => {} } = options;
  const passwords = createPasswords();
  const keys = await openKeys({ state, selfLog, now });
  const sessions = createSessions(state, now);
  const stop = watchMs > 0 ? startWatch({ state, selfLog, now, watchMs, onError }, keys, sessions) : () => {};
  return {
    keys,
    users: createUsers({ state, passwords, selfLog, now }),
    sessions,
    setup: createSetup({ state, passwords, selfLog, now }),
    signIn: createSignIn({ state, passwords, sessions, selfLog, throttle: createThrottle(now), now }),
    async close() {
      stop();
      await keys.flush();
    },
  };
}
