// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import type { Metrics } from "../../metrics.js";
import type { SealingSelfLog } from "../../self-log.js";
import type { State } from "../../state/state.js";
import type { FollowerRunner, FollowLog } from "../runner.js";
import type { TargetConfig } from "./config.js";
import { createFence } from "./fence.js";
import { createForwarders, type Forwarders } from "./forwarders.js";
import { createManagedTargets, type ManagedTargets } from "./managed-targets.js";
import { createPauses } from "./pauses.js";
import { systemSecrets } from "./secret-ref.js";
import { createTargetStore } from "./target-store.js";

export interface ForwardingOptions {
  readonly config: {
    readonly dataDir: string;
    readonly forward: readonly TargetConfig[];
    readonly secretsDir: string | undefined;
    readonly forwardAllowPrivate: boolean;
  };
  readonly log: Pick<FollowLog, "size" | "read" | "firstKept">;
  readonly state: Pick<State, "db" | "cursors">;
  readonly runner: Pick<FollowerRunner, "add" | "remove">;
  readonly selfLog: SealingSelfLog;
  readonly metrics: Metrics;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onError: (error: Error) => void;
}

export interface Forwarding {
  readonly forwarders: Forwarders;
  /** To be opened when the runner has started. */
  readonly managed: ManagedTargets;
}

/** The targets of the operator's file, and those of the API beside them. */
export function openForwarding(options: ForwardingOptions): Forwarding {
  const { config, log, state, runner, selfLog, metrics, env, onError } = options;
  const dir = path.join(config.dataDir, "forward");
  const { cursors } = state;
  const forwarders = createForwarders({ targets: config.forward, log, cursors, dir, selfLog, metrics });
  const fence = createFence({
    sources: systemSecrets(env),
    secretsDir: config.secretsDir,
    allowPrivate: config.forwardAllowPrivate,
    filesDir: dir,
  });
  const managed = createManagedTargets({
    forwarders,
    runner,
    store: createTargetStore(state.db),
    fence,
    cursors,
    pauses: createPauses(dir),
    selfLog,
    onError,
  });
  return { forwarders, managed };
}
