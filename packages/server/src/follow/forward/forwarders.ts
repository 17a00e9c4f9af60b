// SPDX-License-Identifier: Apache-2.0
import type { Metrics } from "../../metrics.js";
import type { SelfActor, SelfEvent, SelfLog } from "../../self-log.js";
import { toActor } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import type { FollowLog } from "../runner.js";
import type { Waits } from "./backoff.js";
import type { TargetConfig } from "./config.js";
import { createDeadLetters, type DeadLetter } from "./dead-letters.js";
import { ForwardError } from "./error.js";
import { Forwarder } from "./forwarder.js";
import { indexAt } from "./index-at.js";
import { createPauses } from "./pauses.js";
import type { ForwardStatus } from "./status.js";

export interface ForwardersOptions {
  /** Those that are there from the start. */
  readonly targets: readonly TargetConfig[];
  readonly log: Pick<FollowLog, "size" | "read" | "firstKept">;
  readonly cursors: Pick<Cursors, "get" | "put">;
  /** `DATA/forward`: dead letters and pauses. */
  readonly dir: string;
  readonly selfLog: SelfLog;
  readonly metrics: Metrics;
  readonly waits?: Waits;
}

/** What people may do with the targets of one log. Each change is an event of the log. */
export interface Forwarders {
  /** For the runner: the targets that are there from the start. */
  readonly followers: readonly Forwarder[];
  /** Every target that runs, in the order of their coming. */
  status(): ForwardStatus[];
  /** How a running target is configured; undefined when there is none of the name. */
  configOf(name: string): TargetConfig | undefined;
  /** Each throws ForwardError `unknown_target`. */
  pause(name: string, by: SelfActor): Promise<ForwardStatus>;
  /** Also when it is not paused: asks the target at once. */
  resume(name: string, by: SelfActor): Promise<ForwardStatus>;
  /** Throws ForwardError `bad_index` for an index that the target has not reached. */
  replay(name: string, from: ReplayFrom, by: SelfActor, why?: string): Promise<ForwardStatus>;
  /** Newest first. */
  deadLetters(name: string, most: number): Promise<DeadLetter[]>;
  /** Makes a follower for one more target; the caller gives it to the runner. */
  add(config: TargetConfig): Forwarder;
  /** Ends all that a target has under way, and forgets it; gives the name of its follower, for the runner. */
  remove(name: string): string | undefined;
  /** Ends all that is under way. Call it before the runner is closed, which waits for it. */
  stop(): void;
}

/** An index, or a time in milliseconds since 1970. */
export type ReplayFrom = { readonly index: number } | { readonly time: number };

interface Running {
  readonly config: TargetConfig;
  readonly forwarder: Forwarder;
}

/** What tells of a change of a target; `reason` is the code of what was done. */
export function changeEvent(
  reason: string,
  name: string,
  by: SelfActor,
  data: Record<string, unknown>,
): SelfEvent {
  return {
    action: "log_forward_changed",
    outcome: "success",
    level: "warn",
    reason,
    actor: toActor(by),
    targets: [{ type: "forward", id: name }],
    data,
  };
}

/** Makes the followers; nothing is sent before the runner starts them. */
export function createForwarders(options: ForwardersOptions): Forwarders {
  const { targets, log, cursors, dir, selfLog, metrics, waits } = options;
  const deadLetters = createDeadLetters(dir);
  const shared = { log, cursors, deadLetters, pauses: createPauses(dir) };
  const running: Running[] = [];
  const status = (): ForwardStatus[] => running.map(({ forwarder }) => forwarder.status());
  register(metrics, status);

  function add(config: TargetConfig): Forwarder {
    const { create, filter, batch, from } = config;
    const forwarder = new Forwarder({
      target: create(),
      batch,
      from,
      ...shared,
      ...(filter === undefined ? {} : { filter }),
      ...(waits === undefined ? {} : { waits }),
    });
    running.push({ config, forwarder });
    return forwarder;
  }

  function find(name: string): Forwarder {
    const found = running.find(({ config }) => config.name === name);
    if (found === undefined) throw new ForwardError("unknown_target", "There is no target of this name.");
    return found.forwarder;
  }

  const record = (reason: string, name: string, by: SelfActor, data: Record<string, unknown> = {}): void =>
    selfLog.emit(changeEvent(reason, name, by, data));

  return {
    followers: targets.map(add),
    status,
    add,
    configOf: (name) => running.find(({ config }) => config.name === name)?.config,
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
    async replay(name, from, by, why) {
      const forwarder = find(name);
      const index =
        "index" in from ? from.index : Math.min(await indexAt(log, from.time), forwarder.status().next);
      await forwarder.replay(index);
      record("replayed", name, by, {
        from: index,
        ...("time" in from ? { since: new Date(from.time).toISOString() } : {}),
        ...(why === undefined ? {} : { why }),
      });
      return forwarder.status();
    },
    deadLetters: (name, most) => deadLetters.newest(find(name).status().name, most),
    remove(name) {
      const at = running.findIndex(({ config }) => config.name === name);
      const [gone] = at === -1 ? [] : running.splice(at, 1);
      gone?.forwarder.stop();
      return gone?.forwarder.name;
    },
    stop() {
      for (const { forwarder } of running) forwarder.stop();
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
