// SPDX-License-Identifier: Apache-2.0
import { backoffMs } from "../backoff.js";
import type { Report } from "../error.js";

/** Sends one alarm; resolves to the status that was answered, rejects when there was no answer. */
export type PostAlarm = (json: string, signal: AbortSignal) => Promise<number>;

/** Attempts for one alarm, with growing pauses: about a quarter of an hour. */
const ATTEMPTS = 35;
/** Alarms that wait; more would only say again what these say. */
const MOST_WAITING = 8;
/** Milliseconds for one answer. */
const TIMEOUT_MS = 15_000;

/** Makes the sender of alarms by HTTP. Redirects are not followed: the key is for this address alone. */
export function createPostAlarm(
  { url, key }: { url: URL; key: string | undefined },
  fetch: typeof globalThis.fetch,
): PostAlarm {
  return async (json, signal) => {
    const reply = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body: json,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    // Nothing of the answer is of interest, however long it is.
    await reply.body?.cancel();
    return reply.status;
  };
}

/** Tells a second address, one alarm after another and each several times, as the server cannot be trusted to. */
export class Alarms {
  readonly #post: PostAlarm;
  readonly #report: Report;
  readonly #random: () => number;
  readonly #waiting: string[] = [];
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(post: PostAlarm, report: Report, random: () => number = Math.random) {
    this.#post = post;
    this.#report = report;
    this.#random = random;
  }

  /** Returns at once. */
  send(json: string): void {
    if (this.#closing.signal.aborted || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(json);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      const json = this.#waiting[0];
      if (json === undefined || this.#closing.signal.aborted) return;
      await this.#deliver(json);
      this.#waiting.shift();
    }
  }

  async #deliver(json: string): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS && !this.#closing.signal.aborted; attempt++) {
      const problem = await this.#try(json);
      if (problem === undefined) return;
      this.#report("alarm_failed", () => `the alarm address does not take an alarm: ${problem}`);
      await this.#pause(backoffMs(attempt, undefined, this.#random));
    }
  }

  /** What went wrong; undefined when the alarm was taken. */
  async #try(json: string): Promise<string | undefined> {
    try {
      const status = await this.#post(json, this.#closing.signal);
      return status >= 200 && status < 300 ? undefined : `it answered ${status}`;
    } catch (error) {
      return error instanceof Error ? error.name : "no answer";
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, ms).unref();
    });
  }

  /** Resolves when what waits has been told, or after `ms`. */
  async close(ms: number): Promise<void> {
    const running = this.#running;
    if (running === undefined) {
      this.#closing.abort();
      return;
    }
    this.#wake?.();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([running, late]);
    clearTimeout(timer);
    this.#closing.abort();
    this.#wake?.();
    await running;
  }
}
