// SPDX-License-Identifier: Apache-2.0
import { statfs } from "node:fs/promises";
import type { SelfLog } from "../../self-log.js";
import { DAY_MS } from "./policy.js";

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface DiskForecast extends DiskSpace {
  /** What the disk has lost a day lately; negative when it gains. Undefined until there is an hour to judge by. */
  readonly bytesPerDay: number | undefined;
  /** Undefined when it is not filling. */
  readonly daysUntilFull: number | undefined;
  /** What `bytesPerDay` rests on: free bytes at the oldest measurement of the last week, and when that was (ms since 1970). */
  readonly since: number | undefined;
  readonly freeBytesThen: number | undefined;
  /** Below this, no events are taken. */
  readonly limitBytes: number;
  readonly full: boolean;
}

export interface DiskWatchOptions {
  /** Free and total bytes of the disk with the log. Default: statfs(2) of `directory`. */
  readonly measure: () => Promise<DiskSpace>;
  readonly selfLog: SelfLog;
  readonly onError: (error: Error) => void;
  readonly now?: () => number;
  /** Overrides the default: 5 % of the disk or 1 GiB, whichever is less. */
  readonly limitBytes?: number;
}

const GIB = 1_073_741_824;
const SHARE = 0.05;
/** Taken up again only when there is this much more than the limit, so that it does not flutter. */
const RESUME = 1.25;
const SAMPLE_MS = 3_600_000;
const WINDOW_MS = 7 * DAY_MS;

/** What statfs(2) says of the disk that holds a directory; `bavail` is what we may use, root's reserve left out. */
export async function measureDisk(directory: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function mib(bytes: number): string {
  return `${Math.floor(bytes / 1_048_576)} MiB`;
}

/**
 * Watches the disk: refuses events while there is still room to write down that they are refused, to seal certificates
 * and to prune. A log that meets ENOSPC in the middle of a commit survives it too, but then nothing else does.
 */
export class DiskWatch {
  readonly #options: DiskWatchOptions;
  readonly #now: () => number;
  #space: DiskSpace | undefined;
  #full = false;
  #samples: { at: number; free: number }[] = [];

  constructor(options: DiskWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** True while no events may be taken: answer 503 `storage_full`. */
  get full(): boolean {
    return this.#full;
  }

  /** Measures; call it every few seconds. Never rejects: while the disk cannot be measured, nothing changes. */
  async check(): Promise<void> {
    try {
      this.#take(await this.#options.measure());
    } catch (error) {
      this.#options.onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #limit({ totalBytes }: DiskSpace): number {
    return this.#options.limitBytes ?? Math.min(totalBytes * SHARE, GIB);
  }

  #take(space: DiskSpace): void {
    const now = this.#now();
    this.#space = space;
    const last = this.#samples.at(-1);
    if (last === undefined || now - last.at >= SAMPLE_MS) {
      this.#samples.push({ at: now, free: space.freeBytes });
      this.#samples = this.#samples.filter(({ at }) => now - at <= WINDOW_MS);
    }
    const limit = this.#limit(space);
    const isFull = space.freeBytes < (this.#full ? limit * RESUME : limit);
    if (isFull === this.#full) return;
    this.#full = isFull;
    this.#tell(space, limit);
  }

  #tell({ freeBytes, totalBytes }: DiskSpace, limit: number): void {
    this.#options.selfLog.emit({
      action: this.#full ? "telltale_storage_full" : "telltale_storage_free",
      outcome: this.#full ? "failure" : "success",
      level: this.#full ? "critical" : "warn",
      message: this.#full
        ? `The disk has ${mib(freeBytes)} left, less than ${mib(limit)}: events are refused until there is more; senders keep theirs`
        : `The disk has ${mib(freeBytes)} left again: events are taken`,
      data: { freeBytes, totalBytes, limitBytes: Math.floor(limit) },
    });
  }

  /** Undefined before the first measurement. */
  forecast(): DiskForecast | undefined {
    const space = this.#space;
    if (space === undefined) return undefined;
    const oldest = this.#samples[0];
    const elapsed = oldest === undefined ? 0 : this.#now() - oldest.at;
    const bytesPerDay =
      oldest === undefined || elapsed < SAMPLE_MS
        ? undefined
        : Math.round(((oldest.free - space.freeBytes) * DAY_MS) / elapsed);
    const limitBytes = Math.floor(this.#limit(space));
    const left = Math.max(0, space.freeBytes - limitBytes);
    const isFilling = bytesPerDay !== undefined && bytesPerDay > 0;
    return {
      ...space,
      bytesPerDay,
      daysUntilFull: isFilling ? Math.round((left / bytesPerDay) * 10) / 10 : undefined,
      since: oldest?.at,
      freeBytesThen: oldest?.free,
      limitBytes,
      full: this.#full,
    };
  }
}
