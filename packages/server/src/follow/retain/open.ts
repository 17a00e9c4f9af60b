// SPDX-License-Identifier: Apache-2.0
import type { Log } from "@telltale/log";
import type { Config } from "../../config/config.js";
import type { SealingSelfLog, SelfLog } from "../../self-log.js";
import type { State } from "../../state/state.js";
import { DirectoryArchive } from "./archive.js";
import { DiskWatch, measureDisk } from "./disk.js";
import { createHoldStore } from "./hold-store.js";
import { createPolicyMemory } from "./policy-memory.js";
import { Retain } from "./retain.js";

export interface OpenRetentionOptions {
  readonly config: Pick<Config, "dataDir" | "retention" | "archiveDir">;
  readonly log: Log;
  readonly state: State;
  readonly selfLog: SealingSelfLog & SelfLog;
  /** Forgets everything before an index in what is made for searching. */
  readonly dropBefore: (index: number) => Promise<unknown>;
  readonly onError: (error: unknown, what: string) => void;
}

/** What keeps events for as long as they must be kept, and looks after the room for them. */
export interface Retention {
  readonly retain: Retain;
  readonly disk: DiskWatch;
  /** Ends the measuring of the disk; the follower is the runner's to close. */
  stop(): void;
}

const DISK_MS = 5000;

/** Opens retention; the disk is measured once before this resolves. */
export async function openRetention(options: OpenRetentionOptions): Promise<Retention> {
  const { config, log, state, selfLog, dropBefore, onError } = options;
  const { retention, archiveDir } = config;
  const retain = new Retain({
    log,
    logName: "main",
    selfLog,
    holds: createHoldStore(state.db),
    cursors: state.cursors,
    policy: retention,
    memory: createPolicyMemory(state.db),
    ...(archiveDir === undefined ? {} : { archive: new DirectoryArchive(archiveDir, log.origin) }),
    dropBefore,
    onError: (error) => onError(error, "retention met trouble"),
  });
  const disk = new DiskWatch({
    measure: () => measureDisk(config.dataDir),
    selfLog,
    onError: (error) => onError(error, "the disk could not be measured"),
  });
  await disk.check();
  const timer = setInterval(() => void disk.check(), DISK_MS);
  timer.unref();
  return { retain, disk, stop: () => clearInterval(timer) };
}
