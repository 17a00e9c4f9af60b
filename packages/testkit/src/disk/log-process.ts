// SPDX-License-Identifier: Apache-2.0
import { type FileSystem, type Log, openLog } from "@telltale/log";

/** What became of a process that had a log on a model disk. */
export interface LogProcess {
  /** Size when it was opened; undefined where it could not be. */
  size: number | undefined;
  /** Why it could not be opened. */
  refusal: unknown;
  /** What made it stop. */
  fatal: Error | undefined;
}

/**
 * A process that opens the log in `data`, does some work, and is killed: nothing is closed, the cache of the disk stays as it is.
 * `kill` is called before the lock is freed and must make the file system do nothing any more.
 */
export async function liveOn(
  { data, fs, kill }: { data: string; fs: FileSystem; kill: () => void },
  work: (log: Log, process: LogProcess) => Promise<void>,
): Promise<LogProcess> {
  const process: LogProcess = { size: undefined, refusal: undefined, fatal: undefined };
  let isAlive = true;
  let log: Log;
  try {
    log = await openLog({
      dataDir: data,
      fs,
      create: { originName: "example.com/model" },
      segmentBytes: 4_000,
      onFatal: (error) => {
        if (isAlive) process.fatal = error;
      },
    });
  } catch (error) {
    process.refusal = error;
    return process;
  }
  process.size = log.size;
  try {
    await work(log, process);
  } finally {
    isAlive = false;
    kill();
    await log.close();
  }
  return process;
}
