// SPDX-License-Identifier: Apache-2.0
import type { Config } from "../config/config.js";
import type { ControlHandler } from "../control/control.js";
import { ApiError } from "../errors.js";
import type { Secrets } from "../config/secrets.js";
import { keysUnavailable, type PipelineProtection } from "../pipeline/pipeline.js";
import type { PrepareTools } from "../pipeline/prepare.js";
import type { WorkerPool } from "../pipeline/worker-pool.js";
import type { SealingSelfLog, SelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import { CredentialReporter } from "./credential-reporter.js";
import { createProtectStore, type ProtectStore } from "./store.js";
import { KeyService, type KeyState } from "./key-service.js";
import { KeyringError } from "./keys/keyring.js";
import { createProtectRotateHandler } from "./control.js";
import { readPolicy } from "./policy-file.js";
import { noticePolicy } from "./policy-memory.js";
import { openRootKey } from "./root/open.js";
import type { Supplier } from "./thread/needs.js";
import { createOwnProtector, createThreadProtection, type ProtectionPlan } from "./thread/protection.js";

export interface OpenProtectionOptions {
  readonly config: Pick<Config, "dataDir" | "protect">;
  readonly secrets: Pick<Secrets, "protectKeys">;
  readonly state: State;
  /** Where a KMS finds the credentials of this server; default the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => number;
  /** Trouble with the root key, for the process log. */
  readonly onTrouble: (message: string, error: unknown) => void;
}

/** How a running server protects events. */
export interface Protection {
  readonly keys: KeyService;
  readonly plan: ProtectionPlan;
  /** For the main thread. */
  readonly tools: Pick<PrepareTools, "protector" | "keys" | "credentials" | "keyLines">;
  /** Gives threads what they need. Rejects with BodyError `keys_unavailable`. */
  readonly supply: Supplier;
  /** A sentence why no event can be protected, so none is taken; null while they can. */
  unready(): string | null;
  /** What is behind what is hidden. Its methods reject with ApiError `keys_unavailable` while the keys are not to be had. */
  readonly store: ProtectStore;
  /** Tells of a policy that is another than at the last start, and gives what answers `telltale protect rotate`. */
  tell(selfLog: SealingSelfLog): Promise<ControlHandler>;
  /** Connects it with the workers, and with what it tells of itself. */
  attach(parts: { tools: PrepareTools; workers: WorkerPool; selfLog: SelfLog }): PipelineProtection;
}

const HOUR_MS = 3_600_000;

/** Opens the keys. Rejects with RootKeyError when a root key that is here does not open them: then the server must not start. */
export async function openProtection(options: OpenProtectionOptions): Promise<Protection> {
  const { config, secrets, state, now = Date.now } = options;
  const policy = readPolicy(config.dataDir, config.protect)?.policy;
  let onState = (to: KeyState, error: unknown): void => options.onTrouble(`the keys are ${to}`, error);
  const keys = await KeyService.open({
    state,
    root: openRootKey({
      dataDir: config.dataDir,
      kms: config.protect.kms,
      given: secrets.protectKeys?.map((each) => Buffer.from(each.reveal(), "base64")),
      env: options.env ?? process.env,
      mayCreate: !(await hasKeys(state)),
      now,
    }),
    now,
    cacheMs: config.protect.kms === undefined ? undefined : config.protect.cacheHours * HOUR_MS,
    onState: (to, error) => onState(to, error),
  });
  const plan: ProtectionPlan = { policy, sealTo: config.protect.sealTo };
  const main = createThreadProtection(plan);
  keys.subscribe((news) => main.keys.hear(news));
  const supply: Supplier = async (needs) => {
    try {
      return await keys.supply(needs);
    } catch (error) {
      if (error instanceof KeyringError && error.code === "locked") throw keysUnavailable(error);
      throw error;
    }
  };
  return {
    keys,
    plan,
    tools: main,
    supply,
    unready: () => (keys.isLocked ? STATE_TEXT.locked : null),
    store: createProtectStore({ state, keys: { mustOpen: () => orUnavailable(() => keys.mustOpen()) } }),
    async tell(selfLog) {
      await noticePolicy(state, selfLog, {
        version: main.protector.policy,
        file: policy?.version ?? "default",
      });
      return createProtectRotateHandler(keys, selfLog);
    },
    attach({ tools, workers, selfLog }) {
      keys.subscribe((news) => workers.tell(news));
      const trouble = onState;
      onState = (to, error) => {
        trouble(to, error);
        reportState(selfLog, to);
      };
      if (keys.isLocked) reportState(selfLog, "locked");
      const reporter = new CredentialReporter(selfLog, now);
      return {
        supply,
        get isLocked() {
          return keys.isLocked;
        },
        ownTools: { ...tools, protector: createOwnProtector(policy, main.keys) },
        onCredential: (found) => reporter.report(found),
      };
    },
  };
}

function orUnavailable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KeyringError && error.code === "locked")
      throw new ApiError("keys_unavailable", { cause: error, retryAfter: 30 });
    throw error;
  }
}

/** Whether keys exist that a root key has wrapped. */
async function hasKeys(state: State): Promise<boolean> {
  const row = await state.db.selectFrom("wrapping_keys").select("id").limit(1).executeTakeFirst();
  return row !== undefined;
}

const STATE_TEXT: Record<KeyState, string> = {
  open: "The root key answers again",
  cached: "The root key does not answer; keys that were opened before are used for a while",
  locked: "The root key does not answer: no event is taken, because none could be protected",
};

function reportState(selfLog: SelfLog, to: KeyState): void {
  selfLog.emit({
    action: "log_keys_unavailable",
    outcome: to === "open" ? "success" : "failure",
    level: to === "locked" ? "critical" : to === "cached" ? "warn" : "info",
    reason: to,
    message: STATE_TEXT[to],
    targets: [{ type: "root_key", id: "protect" }],
  });
}
