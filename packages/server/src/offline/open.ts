// SPDX-License-Identifier: Apache-2.0
import { type Log, LogError, openLog, type OpenLogOptions } from "@telltale/log";
import { createProtector } from "@telltale/protect";
import { compileRules } from "@telltale/sigma";
import { RatchetTable } from "../chain/ratchet-table.js";
import { Ratchets } from "../chain/ratchets.js";
import { prepareInternal } from "../pipeline/prepare.js";
import { ReceivedClock } from "../pipeline/received-clock.js";
import { Fingerprint, makeFingerprintSeed } from "../pipeline/seal/fingerprint.js";
import { restoreWindow } from "../pipeline/seal/restore.js";
import { Sealer } from "../pipeline/seal/sealer.js";
import { SELF_VIA } from "../pipeline/stages.js";
import { SelfLogEmitter } from "../self-log-emitter.js";
import type { SealingSelfLog } from "../self-log.js";
import { readVersion } from "../version.js";

/** The log of a stopped server, opened by a command. */
export interface OfflineLog {
  log: Log;
  /** Seals events of Telltale itself, as the server would: the next start finds nothing that it would not have written. */
  selfLog: SealingSelfLog;
  /** Gives the directory free. Rejects when a write had failed. */
  close(): Promise<void>;
}

/** As many as are needed to know when the newest one was received. */
const WINDOW = 1024;

/** Open the log in a data directory without its server. LogError `locked` while one is running, and all that opening throws. */
export async function openOffline(
  options: Omit<OpenLogOptions, "onFatal" | "onControl">,
): Promise<OfflineLog> {
  let failed: Error | undefined;
  const log = await openLog({
    ...options,
    onFatal: (error) => {
      failed = error;
    },
  });
  const sealer = new Sealer(log);
  const fingerprint = new Fingerprint(makeFingerprintSeed());
  const { lastReceived } = await restoreWindow(log, sealer, fingerprint, WINDOW);
  const now = options.now ?? Date.now;
  const clock = new ReceivedClock({
    now,
    monotonic: () => performance.now(),
    last: lastReceived,
    onStep: () => undefined, // a command takes a moment: the server's next start compares again
  });
  const tools = {
    protector: createProtector(),
    rules: compileRules([]),
    ruleSet: "",
    fingerprint,
    ratchets: new Ratchets(new RatchetTable()),
  };
  const selfLog = new SelfLogEmitter({
    version: readVersion(),
    onError: (error) => {
      failed ??= error;
    },
    seal: (events) => sealer.seal(prepareInternal(events, { received: clock.stamp(), via: SELF_VIA }, tools)),
  });
  return {
    log,
    selfLog,
    close: async () => {
      await selfLog.flush();
      await log.close();
      if (failed !== undefined) {
        throw new LogError("log_failed", `the log could not be written: ${failed.message}`, {
          cause: failed,
        });
      }
    },
  };
}
