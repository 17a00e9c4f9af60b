// SPDX-License-Identifier: Apache-2.0
import type { VerifierKey } from "@telltale/merkle";
import { followKeys } from "./follow-key.js";
import { Finding, judgeClaim, NO_CHECKPOINT, type LogClaim, type Seen } from "./judge.js";
import { parseLogKey } from "./log-key.js";

/** Where a witness keeps what it has seen, so that it still knows after a restart. Neither call throws. */
export interface WitnessMemory {
  /** What is remembered of the log with this key; without one, of the log that was believed at first contact. */
  load(vkey: string | undefined): { vkey: string; seen: Seen | undefined } | undefined;
  save(vkey: string, seen: Seen): void;
}

/** A finding with its evidence: two texts, each signed by the log, that cannot both be true. */
export interface Evidence {
  finding: Finding;
  /** The checkpoint remembered; absent where there was none. */
  remembered: string | undefined;
  /** What the server answered; absent where it was no text. */
  answered: string | undefined;
}

export interface WitnessOptions {
  /** The log's verifier key as a person gave it; absent: believed at first contact. */
  vkey: string | undefined;
  memory: WitnessMemory | undefined;
  /** What the server says its key is. */
  learnKey: () => Promise<string>;
  /** All keys that the log ever had, as the server publishes them: each proves the next. */
  learnHistory: () => Promise<string>;
  /** An answer is looked at once in so many milliseconds. */
  everyMs: number;
  /** Milliseconds, from any start. */
  now: () => number;
  onFinding: (evidence: Evidence) => void;
}

/** One request that also asks the server to prove its log; ends with `answered` or `unanswered`. */
export interface Question {
  /** The value of the header `telltale-seen`. */
  readonly seen: string;
  answered(claim: LogClaim): void;
  unanswered(): void;
}

/** Milliseconds before the server is asked for its key again. */
const LEARN_AGAIN_MS = 60_000;
/** Milliseconds between two saves of what was seen. */
const SAVE_MS = 10_000;
/** More of what the server answered is no evidence. */
const LONGEST_EVIDENCE = 64 * 1024;

/**
 * Watches a log through the acknowledgements of one application: each must continue the one before. After a finding it
 * keeps what it remembered, so that the log stays accused until a person has looked. One question is open at a time,
 * whatever the number of lanes. Nothing throws.
 */
export class Witness {
  readonly #options: WitnessOptions;
  #vkey: string | undefined;
  #key: VerifierKey | undefined;
  #seen: Seen | undefined;
  #isAsking = false;
  #isClosed = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #learnedAt = Number.NEGATIVE_INFINITY;
  #savedAt = Number.NEGATIVE_INFINITY;
  #saved: Seen | undefined;
  #learning: Promise<void> | undefined;

  /** @throws {MerkleError} when `vkey` is no verifier key of a log */
  constructor(options: WitnessOptions) {
    this.#options = options;
    if (options.vkey !== undefined) parseLogKey(options.vkey);
    const known = options.memory?.load(options.vkey);
    this.#vkey = options.vkey ?? known?.vkey;
    this.#key = this.#vkey === undefined ? undefined : parseLogKey(this.#vkey);
    this.#seen = known?.seen;
    this.#saved = this.#seen;
  }

  /** The size of the log as far as it is proven; undefined before the first answer. */
  get size(): bigint | undefined {
    return this.#seen?.size;
  }

  /** The next request is to ask, however soon it is: it may be the last. */
  hurry(): void {
    this.#askedAt = Number.NEGATIVE_INFINITY;
  }

  /** What to ask with the next request; undefined when it is too soon. */
  ask(): Question | undefined {
    const now = this.#options.now();
    // While the key is being learned there is nothing to prove from yet, and a moment later there is.
    if (this.#isAsking || this.#learning !== undefined) return undefined;
    if (now - this.#askedAt < this.#options.everyMs) return undefined;
    this.#isAsking = true;
    this.#askedAt = now;
    return {
      seen: String(this.#seen?.size ?? 0),
      answered: (claim) => {
        this.#isAsking = false;
        this.#check(claim);
      },
      unanswered: () => {
        this.#isAsking = false;
        // What was not answered is asked with the next request.
        this.#askedAt = Number.NEGATIVE_INFINITY;
      },
    };
  }

  #check(claim: LogClaim): void {
    const key = this.#key;
    if (key === undefined) {
      // Who says nothing of a log is not asked for its key.
      if (typeof claim.checkpoint !== "string") this.#tell(new Finding("log_unproven", NO_CHECKPOINT), claim);
      else if (this.#mayLearn()) this.#begin(this.#believe(claim));
      return;
    }
    try {
      this.#seen = judgeClaim(key, this.#seen, claim);
    } catch (error) {
      const isOtherKey = error instanceof Finding && error.code === "log_wrong_key";
      if (!isOtherKey || !this.#mayLearn()) this.#tell(error, claim);
      else this.#begin(this.#follow(claim, error));
      return;
    }
    if (this.#options.now() - this.#savedAt >= SAVE_MS) this.#save();
  }

  #tell(error: unknown, claim: LogClaim): void {
    const finding =
      error instanceof Finding
        ? error
        : new Finding("log_unproven", "the answer could not be checked", { cause: error });
    const { checkpoint } = claim;
    const answered = typeof checkpoint === "string" ? checkpoint.slice(0, LONGEST_EVIDENCE) : undefined;
    this.#options.onFinding({ finding, remembered: this.#seen?.checkpoint, answered });
  }

  /** The server is asked about keys rarely, whatever it answers. */
  #mayLearn(): boolean {
    return this.#learning === undefined && this.#options.now() - this.#learnedAt >= LEARN_AGAIN_MS;
  }

  #begin(learning: Promise<void>): void {
    this.#learnedAt = this.#options.now();
    this.#learning = learning.finally(() => {
      this.#learning = undefined;
    });
  }

  /** Another key than the known one signed: is it the one that the known one named? Only then it is believed. */
  async #follow(claim: LogClaim, otherwise: Finding): Promise<void> {
    try {
      const vkeys = followKeys(this.#vkey ?? "", this.#seen, await this.#options.learnHistory());
      const vkey = vkeys.at(-1) ?? "";
      const key = parseLogKey(vkey);
      const now = judgeClaim(key, this.#seen, claim);
      const before = this.#recall(vkeys);
      this.#vkey = vkey;
      this.#key = key;
      if (before === undefined) this.#seen = now;
      else this.#goOnFrom(before, now, claim);
      this.#save();
    } catch (error) {
      // Under the new key, too, the log must continue what was seen.
      this.#tell(error instanceof Finding ? error : otherwise, claim);
    }
  }

  /** The most that an earlier process saw signed with one of these keys: it may have been given an older key than it came to know. */
  #recall(vkeys: readonly string[]): Seen | undefined {
    let most: Seen | undefined;
    for (const vkey of vkeys) {
      const seen = this.#options.memory?.load(vkey)?.seen;
      if (seen !== undefined && seen.size > (most?.size ?? 0n)) most = seen;
    }
    return most;
  }

  /** Remembers what was seen before. A larger log was asked to prove less than that: it has to with the next answer. */
  #goOnFrom(before: Seen, now: Seen, claim: LogClaim): void {
    this.#seen = before;
    this.#saved = before;
    if (now.size <= before.size) judgeClaim(this.#key as VerifierKey, before, claim);
  }

  /** First contact: the server is believed once, if what it calls its key did sign what it just answered. */
  async #believe(claim: LogClaim): Promise<void> {
    try {
      const vkey = await this.#options.learnKey();
      const key = parseLogKey(vkey);
      this.#seen = judgeClaim(key, undefined, claim);
      this.#vkey = vkey;
      this.#key = key;
      this.#save();
    } catch (cause) {
      // Nobody let it end: that says nothing of the server.
      if (this.#isClosed && !(cause instanceof Finding)) return;
      const message = "the server does not say which key its log has: set logKey";
      this.#tell(cause instanceof Finding ? cause : new Finding("log_unproven", message, { cause }), claim);
    }
  }

  #save(): void {
    const { memory } = this.#options;
    if (memory === undefined || this.#vkey === undefined || this.#seen === undefined) return;
    if (this.#seen === this.#saved) return;
    this.#savedAt = this.#options.now();
    this.#saved = this.#seen;
    memory.save(this.#vkey, this.#seen);
  }

  /** Remembers what has been seen; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#learning;
    this.#save();
  }
}
