// SPDX-License-Identifier: Apache-2.0
import { keepTimestamp, type Log, readTimestamps } from "@telltale/log";
import type { SelfLog } from "../self-log.js";
import { askAuthority, type TsaSettings } from "./authority.js";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How often it is looked whether a day is over. */
const LOOK_MS = 60_000;
const FIRST_WAIT_MS = 5 * 60_000;
const LONGEST_WAIT_MS = 60 * 60_000;

export interface DailyTimestampOptions {
  settings: TsaSettings;
  dataDir: string;
  log: Pick<Log, "checkpoint" | "keys">;
  selfLog: SelfLog;
  now: () => number;
  /** The authority gives nothing usable; told at every try, as it is no secret from the process log. */
  onError: (error: Error) => void;
  patienceMs?: number;
}

/**
 * Has the newest checkpoint timestamped once a day. Nothing waits for it: an authority that is away, slow or wrong is told as one
 * event until it works again, and asked again ever less often.
 */
export class DailyTimestamp {
  readonly #options: DailyTimestampOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** When the newest timestamp was made, and of how many events; 0 before the first. */
  #newest = { time: 0, size: 0 };
  #failures = 0;
  #askAgain = 0;

  constructor(options: DailyTimestampOptions) {
    this.#options = options;
    const { dataDir, log } = options;
    // What an earlier run kept; what does not verify is for `telltale verify` to tell.
    const newest = readTimestamps(dataDir, "main", log.keys).timestamps.at(-1);
    if (newest !== undefined) this.#newest = { time: newest.time, size: Number(newest.head.size) };
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.look();
  }

  /** Ask when a day is over and there is something new. Never rejects. */
  look(): Promise<void> {
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #look(): Promise<void> {
    const { log, now } = this.#options;
    const { text, size } = log.checkpoint();
    const at = now();
    const isDue = Math.abs(at - this.#newest.time) >= DAY_MS && size > this.#newest.size;
    if (!isDue || at < this.#askAgain) return;
    try {
      await this.#take(text, size);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)), at);
    }
  }

  async #take(note: string, size: number): Promise<void> {
    const { settings, dataDir, selfLog, patienceMs } = this.#options;
    const { token, verified } = await askAuthority(settings, Buffer.from(note), patienceMs);
    await keepTimestamp(dataDir, { size, note, token });
    this.#newest = { time: verified.time, size };
    this.#failures = 0;
    this.#askAgain = 0;
    const time = new Date(verified.time).toISOString();
    selfLog.emit({
      action: "log_timestamped",
      message: `${verified.authority} vouches that the first ${size} events existed at ${time}`,
      data: { size, time, authority: verified.authority, trusted: verified.isTrusted },
    });
  }

  #fail(error: Error, at: number): void {
    const { selfLog, settings, onError } = this.#options;
    this.#failures++;
    this.#askAgain = at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
    onError(error);
    if (this.#failures > 1) return;
    selfLog.emit({
      action: "log_timestamp_failed",
      message: "The timestamp authority gives no usable timestamp; events are accepted as before",
      reason: error.message.slice(0, 200),
      data: { url: settings.url.origin },
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}

/** Starts what `settings` asks for; gives what stops it. */
export function startTimestamps(
  settings: TsaSettings | undefined,
  parts: Omit<DailyTimestampOptions, "settings">,
): () => Promise<void> {
  if (settings === undefined) return () => Promise.resolve();
  const daily = new DailyTimestamp({ settings, ...parts });
  daily.start();
  return () => daily.close();
}
