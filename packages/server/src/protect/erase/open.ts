// SPDX-License-Identifier: Apache-2.0
import type { Config } from "../../config/config.js";
import { createHoldStore } from "../../follow/retain/hold-store.js";
import type { SealingSelfLog } from "../../self-log.js";
import type { State } from "../../state/state.js";
import { KeyringError } from "../keys/keyring.js";
import type { Protection } from "../open.js";
import { EnforceFollower } from "./enforce-follower.js";
import { Erasures } from "./erasures.js";
import { leftPlain } from "./left-plain.js";

export interface OpenErasingOptions {
  readonly config: Pick<Config, "protect">;
  readonly state: State;
  readonly protection: Protection;
  readonly selfLog: SealingSelfLog;
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
}

/** What erases subjects in a running server. */
export interface Erasing {
  readonly erasures: Erasures;
  readonly follower: EnforceFollower;
  stop(): void;
}

/** How soon after the release of a hold an erasure is done that waited for it. */
const TICK_MS = 5_000;

export function openErasing(options: OpenErasingOptions): Erasing {
  const { config, state, protection, selfLog, onError, now = Date.now } = options;
  const { policy } = protection.plan;
  const erasures = new Erasures({
    state,
    keys: protection.keys,
    holds: createHoldStore(state.db),
    selfLog,
    policy: {
      version: protection.tools.protector.policy,
      leftPlain: (tenant) => leftPlain(policy, tenant),
    },
    backupDays: config.protect.backupDays,
    now,
  });
  const tick = (): void => {
    erasures.run().catch((error: unknown) => {
      // While the keys are locked nothing can be erased; that is told elsewhere.
      if (!(error instanceof KeyringError)) onError(error);
    });
  };
  const timer = setInterval(tick, TICK_MS);
  timer.unref();
  tick();
  return {
    erasures,
    follower: new EnforceFollower({ erasures, cursors: state.cursors }),
    stop: () => clearInterval(timer),
  };
}
