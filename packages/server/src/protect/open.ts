// SPDX-License-Identifier: Apache-2.0
import type { CompiledPolicy } from "@telltale/protect";
import type { Config } from "../config/config.js";
import type { Secrets } from "../config/secrets.js";
import { keysUnavailable, type PipelineProtection } from "../pipeline/pipeline.js";
import type { PrepareTools } from "../pipeline/prepare.js";
import type { WorkerPool } from "../pipeline/worker-pool.js";
import type { SelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import { CredentialReporter } from "./credential-reporter.js";
import { KeyService, type KeyState } from "./key-service.js";
import { KeyringError } from "./keys/keyring.js";
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
  readonly tools: Pick<PrepareTools, "protector" | "keys" | "credentials">;
  /** Gives threads what they need. Rejects with BodyError `keys_unavailable`. */
  readonly supply: Supplier;
  /** Connects it with the workers, and with what it tells of itself. */
  attach(parts: { tools: PrepareTools; workers: WorkerPool; selfLog: SelfLog }): PipelineProtection;
}

const HOUR_MS = 3_600_000;

/** Opens the keys. Rejects with RootKeyError when a root key that is here does not open them: then the server must not start. */
export async function openProtection(options: OpenProtectionOptions): Promise<Protection> {
  const { config, secrets, state, now = Date.now } = options;
  const policy: CompiledPolicy | undefined = undefined;
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
