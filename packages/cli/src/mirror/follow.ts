// SPDX-License-Identifier: Apache-2.0
import { type MirrorSource, type MirrorStore, pull, type Pulled } from "@telltale/log";
import { neutralize } from "@telltale/event";
import { CliFailure } from "../failure.js";
import { type CliIo, note } from "../io.js";
import type { Progress } from "../ui/progress.js";
import { formatCount, formatDuration, plural } from "../ui/units.js";
import { isPassing } from "./failure.js";

const MAX_PAUSE_MS = 300_000;
/** Growth is told at most this often: a service's journal is no place for a line every few seconds. */
const TELL_EVERY_MS = 60_000;

export interface FollowMirror {
  io: CliIo;
  store: MirrorStore;
  source: MirrorSource;
  progress: Progress;
  once: boolean;
  intervalMs: number;
}

/** The pause before try number `failures` + 1, in milliseconds: doubled each time, with jitter. */
export function pauseAfter(failures: number, intervalMs: number, random: number): number {
  const pause = Math.min(Math.max(intervalMs, 1000) * 2 ** Math.min(failures, 20), MAX_PAUSE_MS);
  return pause * (0.5 + random / 2);
}

class Rounds {
  readonly #options: FollowMirror;
  #failures = 0;
  #lastMessage = "";
  #told = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(options: FollowMirror) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { io, once, intervalMs } = this.#options;
    while (!io.signal.aborted) {
      try {
        const pulled = await this.#pull();
        if (!pulled.finished) break;
        this.#tell(pulled);
        if (once) return;
        await io.sleep(intervalMs);
      } catch (error) {
        if (io.signal.aborted) break;
        if (once || !isPassing(error)) throw error;
        const pause = pauseAfter(this.#failures++, intervalMs, Math.random());
        this.#complain(error as Error, pause);
        await io.sleep(pause);
      }
    }
    if (once) throw new CliFailure("interrupted", "stopped");
  }

  async #pull(): Promise<Pulled> {
    const { io, store, source, progress } = this.#options;
    const started = io.now();
    const from = store.size;
    try {
      return await pull({
        store,
        source,
        now: () => io.now(),
        signal: io.signal,
        onProgress: ({ done, total }) => {
          const seconds = Math.max(io.now() - started, 1) / 1000;
          const rate = formatCount(Math.round((done - from) / seconds));
          progress.update(done, total, `${formatCount(done)} of ${formatCount(total)} events, ${rate}/s`);
        },
      });
    } finally {
      progress.clear();
    }
  }

  /** The same trouble again is told once, with how long it takes until the next try. */
  #complain(error: Error, pause: number): void {
    if (error.message === this.#lastMessage) return;
    this.#lastMessage = error.message;
    const { io, store } = this.#options;
    const held = `${plural(store.size, "event")} held`;
    note(
      io,
      `${neutralize(error.message)}\n  ${held}; trying again in ${formatDuration(pause)}, then less often`,
    );
  }

  #tell({ before, size, absent }: Pulled): void {
    const { io, store } = this.#options;
    if (this.#lastMessage !== "") note(io, "The log can be pulled again.");
    this.#failures = 0;
    this.#lastMessage = "";
    if (absent > 0) {
      note(
        io,
        `${plural(absent, "event")} had been pruned at the source: their hashes are held, they never were.`,
      );
    }
    this.#untold += size - before;
    const isFirst = this.#told === Number.NEGATIVE_INFINITY;
    if (!isFirst && (this.#untold === 0 || io.now() - this.#told < TELL_EVERY_MS)) return;
    this.#told = io.now();
    const seen = new Date((store.held?.seen ?? 0) * 1000).toISOString().replace(".000", "");
    note(
      io,
      `${plural(size, "event")} held (${formatCount(this.#untold)} new), verified and cosigned ${seen}`,
    );
    this.#untold = 0;
  }
}

/**
 * Pulls once, or again and again until `io.signal` fires. What may pass is told and tried again, ever less often; a log that
 * misbehaves and a disk that fails end it: MirrorError, LogError, CliFailure.
 */
export async function followMirror(options: FollowMirror): Promise<void> {
  await new Rounds(options).run();
}
