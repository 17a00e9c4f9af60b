// SPDX-License-Identifier: Apache-2.0
import { backoffMs } from "../backoff.js";
import type { Report } from "../error.js";
import { EventStreamReader, type StreamMessage } from "./event-stream.js";
import { type Decision, type DecisionSubject, KnownDecisions } from "./known.js";
import type { OpenedStream, OpenStream } from "./source.js";
import { type DecisionKind, parseTold, type Told } from "./told.js";

/** What an application should do about whoever makes a request. */
export interface Verdict {
  /**
   * `allow`: nothing is known against it. A kind of decision: the hardest that holds. `refuse`: what the server has decided is not
   * known, and `whenUnknown` says that then nobody is served.
   */
  readonly action: "allow" | DecisionKind | "refuse";
  /** The hardest that holds. */
  readonly decision: Decision | undefined;
  /** All that hold, the hardest first. */
  readonly decisions: readonly Decision[];
  /** False before the server has told anything, and when it was not heard for `unknownAfterMs`. */
  readonly isCurrent: boolean;
}

/** The decisions of the server, as far as they are known here. */
export interface Decisions {
  /** Whether they are followed at all. */
  readonly isOn: boolean;
  /** False before the server has told anything, and when it was not heard for `unknownAfterMs`. */
  readonly isCurrent: boolean;
  /** Answers at once, from memory; never throws. */
  for(subject: DecisionSubject): Verdict;
}

/** Settings of `createTelltale({ decisions })`. */
export interface DecisionOptions {
  /**
   * What `for` answers while it is not known what the server has decided and nothing that was known says otherwise: `allow` (the
   * default: the application goes on as without Telltale) or `refuse`.
   */
  whenUnknown?: "allow" | "refuse";
  /** Milliseconds without a sign of the server after which what it has decided counts as unknown. Default 300,000. */
  unknownAfterMs?: number;
}

export interface DecisionFollowerOptions {
  readonly url: URL;
  readonly key: string;
  readonly whenUnknown: "allow" | "refuse";
  readonly unknownAfterMs: number;
  readonly open: OpenStream;
  readonly report: Report;
  /** A clock that never steps, and one that tells the time. */
  readonly now?: () => number;
  readonly wall?: () => number;
  readonly random?: () => number;
  /** A stream that is silent for so long is dead; the server shows a sign of life every five seconds. */
  readonly silenceMs?: number;
}

const NOTHING: Verdict = Object.freeze({
  action: "allow",
  decision: undefined,
  decisions: Object.freeze([]),
  isCurrent: false,
});

/** Where decisions are not followed. */
export const NO_DECISIONS: Decisions = { isOn: false, isCurrent: false, for: () => NOTHING };

/** Follows the server: connects again whenever the stream ends, and keeps what was last known until it runs out. */
export class DecisionFollower implements Decisions {
  readonly isOn = true;
  readonly #options: DecisionFollowerOptions;
  readonly #now: () => number;
  readonly #known: KnownDecisions;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #heardAt: number | undefined;
  #failures = 0;

  constructor(options: DecisionFollowerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#known = new KnownDecisions(this.#now, options.wall ?? Date.now);
    this.#done = this.#run();
  }

  get isCurrent(): boolean {
    return this.#heardAt !== undefined && this.#now() - this.#heardAt <= this.#options.unknownAfterMs;
  }

  for(subject: DecisionSubject): Verdict {
    try {
      const decisions = this.#known.for(subject);
      const [decision] = decisions;
      const { isCurrent } = this;
      const isUnknown = !isCurrent && this.#options.whenUnknown === "refuse";
      return { action: decision?.kind ?? (isUnknown ? "refuse" : "allow"), decision, decisions, isCurrent };
    } catch (cause) {
      // A subject that throws when it is read: nothing is known of it.
      this.#options.report("internal", () => "a subject of decisions could not be read", cause);
      return { ...NOTHING, action: this.#options.whenUnknown === "refuse" ? "refuse" : "allow" };
    }
  }

  close(): Promise<void> {
    this.#closing.abort();
    return this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const retryAfterMs = await this.#follow(signal);
      if (signal.aborted) return;
      this.#failures++;
      await pause(backoffMs(this.#failures, retryAfterMs, this.#options.random ?? Math.random), signal);
    }
  }

  /** One stream, to its end. Answers how long the server asked to be left alone. Never rejects. */
  async #follow(closing: AbortSignal): Promise<number | undefined> {
    const own = new AbortController();
    const stop = (): void => own.abort();
    closing.addEventListener("abort", stop, { once: true });
    const silence = new Silence(this.#options.silenceMs ?? 15_000, stop);
    try {
      const { url, key, open } = this.#options;
      const opened = await open(url, key, own.signal);
      if (opened.status !== 200 || !/^text\/event-stream\b/i.test(opened.type)) {
        stop();
        this.#refused(opened);
        return opened.retryAfterMs;
      }
      const reader = new EventStreamReader();
      for await (const piece of opened.pieces) {
        silence.reset();
        for (const message of reader.read(piece)) this.#take(message);
      }
      return undefined;
    } catch (cause) {
      if (!closing.aborted) this.#tell("the server cannot be followed", cause);
      return undefined;
    } finally {
      silence.stop();
      closing.removeEventListener("abort", stop);
      // Whatever is left of the answer is not waited for.
      stop();
    }
  }

  #refused({ status }: OpenedStream): void {
    if (status === 401 || status === 403)
      this.#tell(`the server refuses the key (${status}): an ingest key may follow decisions`);
    else this.#tell(`the server answered ${status}, and no stream of decisions`);
  }

  #tell(what: string, cause?: unknown): void {
    this.#options.report(
      "decisions_unavailable",
      () => `${what}; the last known decisions hold until they run out`,
      cause,
    );
  }

  #take({ event, data }: StreamMessage): void {
    const value = toObject(data);
    if (value === undefined) throw new Error("a message is not a JSON object");
    if (event === "state") this.#takeState(value);
    // Before it has told everything, what it adds to it means nothing.
    else if (this.#heardAt === undefined) return;
    else if (event === "made") {
      const told = parseTold(value);
      if (told !== undefined && !this.#known.add(told)) this.#tell("there are more decisions than are kept");
    } else if (event === "ended" && typeof value["id"] === "string") this.#known.remove(value["id"]);
    else if (event === "alive") {
      this.#known.forgetExpired();
      // Only a stream that lasts is a success: one that ends at once must not be opened again and again.
      this.#failures = 0;
    }
    this.#heardAt = this.#now();
  }

  #takeState(value: Readonly<Record<string, unknown>>): void {
    const given = value["decisions"];
    if (!Array.isArray(given)) throw new Error("a state has no decisions");
    const all = given.map(parseTold).filter((told): told is Told => told !== undefined);
    if (this.#known.replace(all) > 0) this.#tell("there are more decisions than are kept");
  }
}

function toObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

/** Calls back when nothing was heard for a while. */
class Silence {
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, onSilent: () => void) {
    this.#timer = setTimeout(onSilent, ms);
    this.#timer.unref();
  }

  reset(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    timer.unref();
    signal.addEventListener("abort", done, { once: true });
  });
}
