// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { keepEvidence, type Log, nodeFileSystem, WitnessedFile } from "@telltale/log";
import { formatVkey } from "@telltale/merkle";
import type { AlertStore } from "../alert/alert.js";
import type { SealingSelfLog } from "../self-log.js";
import type { State } from "../state/state.js";
import { WitnessAlarm } from "./alarm.js";
import { createExchange } from "./exchange.js";
import { Peer } from "./peer.js";
import { verifyPolicyLog, type WitnessSettings } from "./settings.js";
import { Witnesses } from "./witnesses.js";

/** Unwitnessed for as long as three questions take, and not for less than half a minute, is an alarm. */
const GRACE_ROUNDS = 3;
const LEAST_GRACE_MS = 30_000;

export interface OpenWitnessesOptions {
  settings: WitnessSettings | undefined;
  dataDir: string;
  log: Log;
  onError: (error: Error) => void;
  now?: () => number;
  /** Overrides the default, for tests. */
  graceMs?: number;
}

/** The witnesses of a log, not asked yet; undefined when none are configured. Throws ConfigError for a policy of other logs. */
export async function openWitnesses(options: OpenWitnessesOptions): Promise<Witnesses | undefined> {
  const { settings, dataDir, log, onError, now = Date.now } = options;
  if (settings === undefined) return undefined;
  verifyPolicyLog(settings, log.keys);
  const logKeys = () => log.keys;
  const peers = settings.peers.map(
    (peer) =>
      new Peer({ peer, log, logKeys, exchange: createExchange(peer.url), now, random: () => Math.random() }),
  );
  return Witnesses.open({
    log,
    logKeys,
    policy: settings.policy,
    peers,
    vkeyOf: ({ witness }) => formatVkey(witness.key),
    file: new WitnessedFile(dataDir),
    everyMs: settings.everyMs,
    graceMs: options.graceMs ?? Math.max(GRACE_ROUNDS * settings.everyMs, LEAST_GRACE_MS),
    now,
    onError,
  });
}

export interface StartWitnessesParts {
  state: State;
  alerts: AlertStore;
  selfLog: SealingSelfLog;
  dataDir: string;
  log: Log;
  onLoud: (message: string, facts: Record<string, unknown>) => void;
  onError: (error: Error) => void;
}

/** Asks from now on, and says aloud when nobody answers. */
export async function startWitnesses(
  witnesses: Witnesses | undefined,
  parts: StartWitnessesParts,
): Promise<void> {
  const { state, alerts, selfLog, dataDir, log, onLoud, onError } = parts;
  const alarm = new WitnessAlarm({
    db: state.db,
    alerts,
    selfLog,
    log,
    now: Date.now,
    ownCheckpoint: () => log.checkpoint().text,
    keepProof: async (proof, ours) => {
      const kept = await keepEvidence(nodeFileSystem, path.join(dataDir, "evidence"), "witness", {
        "README.txt": `A witness holds a checkpoint that is signed with this log's key and that this log does not contain.\nwitness.checkpoint: what the witness shows. own.checkpoint: this log's newest then. Both verify with the key\n${log.vkey}\n`,
        "witness.checkpoint": proof,
        "own.checkpoint": ours,
      });
      return "evidence" in kept ? kept.evidence : undefined;
    },
    onLoud,
    onError,
  });
  await witnesses?.start(alarm);
}
