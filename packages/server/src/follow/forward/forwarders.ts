// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from "../../metrics.js";
import type { SelfActor, SelfLog } from "../../self-log.js";
import { toActor } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import type { FollowLog } from "../runner.js";
import type { Waits } from "./backoff.js";
import type { TargetConfig } from "./config.js";
import { createDeadLetters } from "./dead-letters.js";
import { ForwardError } from "./error.js";
import { Forwarder } from "./forwarder.js";
import { createPauses } from "./pauses.js";
import type { ForwardStatus } from "./status.js";

export interface ForwardersOptions {
  readonly targets: readonly TargetConfig[];
  readonly log: Pick<FollowLog, "size" | "read">;
  readonly cursors: Pick<Cursors, "get" | "put">;
  /** `DATA/forward`: dead letters and pauses. */
  readonly dir: string;
  readonly selfLog: SelfLog;
  readonly metrics: Metrics;
  readonly waits?: Waits;
}

/** What people may do with the targets of one log. Each change is an event of the log. */
export interface Forwarders {
  /** For the runner. */
  readonly followers: readonly Forwarder[];
  status(): ForwardStatus[];
  /** Each throws ForwardError `unknown_target`. */
  pause(name: string, by: SelfActor): Promise<ForwardStatus>;
  /** Also when it is not paused: asks the target at once. */
  resume(name: string, by: SelfActor): Promise<ForwardStatus>;
  /** Throws ForwardError `bad_index` for an index that the target has not reached. */
  replay(name: string, from: number, by: SelfActor): Promise<ForwardStatus>;
  /** Ends all that is under way. Call it before the runner is closed, which waits for it. */
  stop(): void;
}

/** Makes the followers; nothing is sent before the runner starts them. */
export function createForwarders(options: ForwardersOptions): Forwarders {
  const { targets, log, cursors, dir, selfLog, metrics, waits } = options;
  const shared = { log, cursors, deadLetters: createDeadLetters(dir), pauses: createPauses(dir) };
  const followers = targets.map(
    ({ create, filter, batch, from }) =>
      new Forwarder({
        target: create(),
        batch,
        from,
        ...shared,
        ...(filter === undefined ? {} : { filter }),
        ...(waits === undefined ? {} : { waits }),
      }),
  );
  const status = (): ForwardStatus[] => followers.map((each) => each.status());
  register(metrics, status);

  function find(name: string): Forwarder {
    const found = followers.find((each) => each.status().name === name);
    if (found === undefined) throw new ForwardError("unknown_target", "There is no target of this name.");
    return found;
  }

  function record(reason: string, name: string, by: SelfActor, data: Record<string, unknown> = {}): void {
    selfLog.emit({
      action: "log_forward_changed",
      outcome: "success",
      level: "warn",
      reason,
      actor: toActor(by),
      targets: [{ type: "forward", id: name }],
      data,
    });
  }

  return {
    followers,
    status,
    async pause(name, by) {
      const forwarder = find(name);
      await forwarder.pause();
      record("paused", name, by);
      return forwarder.status();
    },
    async resume(name, by) {
      const forwarder = find(name);
      await forwarder.resume();
      record("resumed", name, by);
      return forwarder.status();
    },
    async replay(name, from, by) {
      const forwarder = find(name);
      await forwarder.replay(from);
      record("replayed", name, by, { from });
      return forwarder.status();
    },
    stop() {
      for (const each of followers) each.stop();
    },
  };
}

function register(metrics: Metrics, status: () => ForwardStatus[]): void {
  metrics.observed("telltale_forward_lag_events", "Committed events that a target has not confirmed.", () =>
    status().map(({ name, lag }) => ({ labels: { target: name }, value: lag })),
  );
  metrics.observed(
    "telltale_forward_up",
    "1 while a target takes events, 0 while it waits, fails or is paused.",
    () =>
      status().map(({ name, state }) => ({ labels: { target: name }, value: state === "running" ? 1 : 0 })),
  );
  metrics.observed(
    "telltale_forward_events",
    "Events since the start, by target and what became of them.",
    () =>
      status().flatMap(({ name, counts }) =>
        Object.entries(counts).map(([outcome, value]) => ({
          labels: { target: name, outcome },
          value: Number(value),
        })),
      ),
  );
}
