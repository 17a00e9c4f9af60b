// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { ConfigError } from "../../config/config-error.js";
import { nameOf, type SealingSelfLog, type SelfActor } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import type { FollowerRunner } from "../runner.js";
import { MAX_TARGETS, parseTargetSettings, type TargetConfig, type TargetSettings } from "./config.js";
import { ForwardError } from "./error.js";
import type { Fence } from "./fence.js";
import { changeEvent, type Forwarders } from "./forwarders.js";
import type { Pauses } from "./pauses.js";
import type { StoredTarget, TargetStore } from "./target-store.js";

export interface ManagedTargetsOptions {
  readonly forwarders: Pick<Forwarders, "add" | "remove" | "configOf" | "status">;
  readonly runner: Pick<FollowerRunner, "add" | "remove">;
  readonly store: TargetStore;
  readonly fence: Fence;
  readonly cursors: Pick<Cursors, "remove">;
  readonly pauses: Pick<Pauses, "set">;
  readonly selfLog: Pick<SealingSelfLog, "seal">;
  readonly onError: (error: Error) => void;
  readonly now?: () => number;
}

/** A stored target, and why it does not run, when it does not. */
export interface ManagedTarget extends StoredTarget {
  readonly problem: string | undefined;
}

/**
 * Targets that are configured over the API. They stand beside those of the operator's file, which nobody changes from
 * here. Every change is sealed in the log before it takes effect, and one is made at a time.
 */
export interface ManagedTargets {
  /** Starts what is stored, after the runner has started. What cannot run is listed with its problem and stops nothing else. */
  open(): Promise<void>;
  list(): ManagedTarget[];
  /** Gives the name. Throws ForwardError `bad_target`, `name_taken`, `too_many`. */
  create(settings: TargetSettings, by: SelfActor, why: string): Promise<string>;
  /** The target goes on where it was. Throws ForwardError `bad_target`, `unknown_target`, `not_editable`. */
  change(name: string, settings: TargetSettings, by: SelfActor, why: string): Promise<void>;
  /** Its place in the log is forgotten; its dead letters stay. Throws ForwardError `unknown_target`, `not_editable`. */
  remove(name: string, by: SelfActor, why: string): Promise<void>;
}

const SHADOWED = "A target of the same name stands in the server's file.";

class Managed implements ManagedTargets {
  readonly #options: ManagedTargetsOptions;
  readonly #targets = new Map<string, ManagedTarget>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ManagedTargetsOptions) {
    this.#options = options;
  }

  open(): Promise<void> {
    return this.#alone(async () => {
      for (const stored of await this.#options.store.list()) await this.#openOne(stored);
    });
  }

  list(): ManagedTarget[] {
    return [...this.#targets.values()];
  }

  create(settings: TargetSettings, by: SelfActor, why: string): Promise<string> {
    return this.#alone(async () => {
      const config = this.#parse(settings);
      const { name } = config;
      if (this.#targets.has(name) || this.#options.forwarders.configOf(name) !== undefined)
        throw new ForwardError("name_taken", "There is a target of this name already.");
      const broken = this.list().filter(({ problem }) => problem !== undefined).length;
      if (this.#options.forwarders.status().length + broken >= MAX_TARGETS)
        throw new ForwardError("too_many", `There are ${MAX_TARGETS} targets already.`);
      await this.#tell("created", name, by, { why, settings });
      // The log says that there is a target, and there is none yet.
      // If we die here, nothing is sent and whoever made it got no answer.
      // They see that it is not in the list and make it again.
      await this.#options.cursors.remove(`forward:${name}`);
      await this.#options.pauses.set(name, false);
      const at = this.#time();
      const who = nameOf(by);
      const stored = { name, settings, created: at, createdBy: who, changed: at, changedBy: who };
      await this.#options.store.put(stored);
      await this.#start(stored, config);
      return name;
    });
  }

  change(name: string, settings: TargetSettings, by: SelfActor, why: string): Promise<void> {
    return this.#alone(async () => {
      const before = this.#mustFind(name);
      const config = this.#parse(settings);
      if (config.name !== name)
        throw new ForwardError("bad_target", "name cannot be changed: it is the target's place in the log.");
      if (this.#isShadowed(before)) throw new ForwardError("name_taken", SHADOWED);
      await this.#tell("changed", name, by, { why, settings, before: before.settings });
      // The log says how the target is fed from now on, and it is still fed as before.
      // If we die here, the next start feeds it as before.
      // Whoever changed it got no answer, sees the old settings and changes them again.
      const { created, createdBy } = before;
      const stored = {
        name,
        settings,
        created,
        createdBy,
        changed: this.#time(),
        changedBy: nameOf(by),
      };
      await this.#options.store.put(stored);
      await this.#stop(name);
      await this.#start(stored, config);
    });
  }

  remove(name: string, by: SelfActor, why: string): Promise<void> {
    return this.#alone(async () => {
      const before = this.#mustFind(name);
      await this.#tell("removed", name, by, { why, before: before.settings });
      // The log says that the target is gone, and it is still fed.
      // If we die here, it is fed after the next start, too.
      // Whoever removed it got no answer, sees it in the list and removes it again.
      await this.#options.store.remove(name);
      this.#targets.delete(name);
      if (this.#isShadowed(before)) return;
      await this.#stop(name);
      await this.#options.cursors.remove(`forward:${name}`);
      await this.#options.pauses.set(name, false);
    });
  }

  /** One change at a time: a name is taken by one, and a target is started once. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // the caller has the error
    return result;
  }

  #mustFind(name: string): ManagedTarget {
    const found = this.#targets.get(name);
    if (found !== undefined) return found;
    if (this.#options.forwarders.configOf(name) !== undefined)
      throw new ForwardError("not_editable", "This target stands in the server's file and is changed there.");
    throw new ForwardError("unknown_target", "There is no target of this name.");
  }

  /** It does not run because a target of the file has its name: what runs under that name is not ours to stop. */
  #isShadowed({ name, problem }: ManagedTarget): boolean {
    return problem !== undefined && this.#options.forwarders.configOf(name) !== undefined;
  }

  #parse(settings: TargetSettings): TargetConfig {
    try {
      return parseTargetSettings(settings, this.#options.fence);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ForwardError("bad_target", error.message);
    }
  }

  /** At the start of the server: a secret that is gone, or a name that the file has taken, is a problem of this target alone. */
  async #openOne(stored: StoredTarget): Promise<void> {
    try {
      if (this.#options.forwarders.configOf(stored.name) !== undefined)
        throw new ForwardError("name_taken", SHADOWED);
      await this.#start(stored, this.#parse(stored.settings));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      this.#targets.set(stored.name, { ...stored, problem: failure.message });
      this.#options.onError(failure);
    }
  }

  async #start(stored: StoredTarget, config: TargetConfig): Promise<void> {
    const { forwarders, runner, fence } = this.#options;
    this.#targets.set(stored.name, {
      ...stored,
      problem: "It could not be started; the server's process log says why.",
    });
    // A target may write there before there was a dead letter or a pause.
    await mkdir(fence.filesDir, { recursive: true, mode: 0o700 });
    try {
      await runner.add(forwarders.add(config));
    } catch (error) {
      forwarders.remove(stored.name);
      throw error;
    }
    this.#targets.set(stored.name, { ...stored, problem: undefined });
  }

  async #stop(name: string): Promise<void> {
    const follower = this.#options.forwarders.remove(name);
    if (follower !== undefined) await this.#options.runner.remove(follower);
  }

  async #tell(reason: string, name: string, by: SelfActor, data: Record<string, unknown>): Promise<void> {
    const references = [data.settings, data.before].flatMap(referencesIn);
    await this.#options.selfLog.seal([changeEvent(reason, name, by, { ...data, references })]);
  }

  #time(): string {
    return new Date((this.#options.now ?? Date.now)()).toISOString();
  }
}

/** Which variables and files a target takes its secrets from; under their own keys they are masked like secrets. */
function referencesIn(settings: unknown): string[] {
  if (typeof settings !== "object" || settings === null) return [];
  return Object.values(settings).flatMap((value: unknown) =>
    typeof value === "string" ? (/^(?:env|file):/.test(value) ? [value] : []) : referencesIn(value),
  );
}

export function createManagedTargets(options: ManagedTargetsOptions): ManagedTargets {
  return new Managed(options);
}
