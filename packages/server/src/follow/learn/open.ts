// SPDX-License-Identifier: Apache-2.0
import type { SealingSelfLog } from "../../self-log.js";
import type { Cursors } from "../../state/cursors.js";
import { LearnFollower } from "./learn.js";
import { bundledDatabase } from "./places.js";
import { LEARN_DEFAULTS } from "./settings.js";
import { WorkerHost } from "./worker-host.js";

export interface OpenLearnOptions {
  readonly config: { readonly learn: boolean; readonly placesFile: string | undefined };
  readonly selfLog: SealingSelfLog;
  readonly cursors: Cursors;
  readonly snapshotDir: string;
  /** Told a sentence when countries cannot be known. */
  readonly onWarning: (message: string) => void;
}

/** The learn follower, or undefined when learning is off. */
export function openLearn(options: OpenLearnOptions): LearnFollower | undefined {
  const { config, selfLog, cursors, snapshotDir, onWarning } = options;
  if (!config.learn) return undefined;
  const placesFile = config.placesFile ?? bundledDatabase();
  if (placesFile === undefined) onWarning("no data of countries is installed: anomalies know networks only");
  const host = new WorkerHost({ snapshotDir, settings: LEARN_DEFAULTS, placesFile });
  return new LearnFollower({ selfLog, cursors, host });
}
