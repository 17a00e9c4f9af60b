// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import type { Metrics } from "../metrics.js";
import { concerns, type Decisions, type InForce } from "./decisions.js";

/** An application that follows. */
export interface Follower {
  readonly response: ServerResponse;
  /** The key: nobody may take all places. */
  readonly owner: string;
  readonly app: string | undefined;
  readonly tenant: string | undefined;
  /** Asked with every sign of life; false ends the stream (key revoked). */
  isStillAllowed(): boolean;
}

/**
 * Tells applications what to do, as server-sent events: `state` with everything in force when they come, then `made` and
 * `ended`; `alive` in between, so that a connection that died is noticed. Times are spans (`leftMs`, `agoMs`), so no clock has to agree.
 * A reader that does not keep up is cut off; it comes again and is told everything.
 */
export interface DecisionStream {
  /** True: `add` would refuse this owner. */
  isFull(owner: string): boolean;
  add(follower: Follower): void;
  readonly followers: number;
  close(): void;
}

export interface DecisionStreamOptions {
  readonly decisions: Pick<Decisions, "inForce" | "subscribe">;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly aliveMs?: number;
  readonly maxFollowers?: number;
  readonly maxPerOwner?: number;
}

/** More may not wait for one reader: everything in force, twice. */
const MAX_BUFFER = 8 * 1024 * 1024;

class Stream implements DecisionStream {
  readonly #options: DecisionStreamOptions;
  readonly #followers = new Set<Follower>();
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #isClosed = false;

  constructor(options: DecisionStreamOptions) {
    this.#options = options;
    const { decisions, metrics, now } = options;
    this.#timer = setInterval(() => this.#alive(), options.aliveMs ?? 5_000);
    this.#timer.unref();
    metrics.observed(
      "telltale_decision_followers",
      "Applications that follow decisions.",
      () => this.#followers.size,
    );
    this.#unsubscribe = decisions.subscribe((news) => {
      const decision = "made" in news ? news.made.decision : news.ended;
      const frame =
        "made" in news ? toFrame("made", toTold(news.made, now())) : toFrame("ended", { id: news.ended.id });
      for (const follower of this.#followers) if (concerns(decision, follower)) this.#write(follower, frame);
    });
  }

  get followers(): number {
    return this.#followers.size;
  }

  isFull(owner: string): boolean {
    const { maxFollowers = 2_000, maxPerOwner = 500 } = this.#options;
    if (this.#isClosed || this.#followers.size >= maxFollowers) return true;
    let own = 0;
    for (const follower of this.#followers) if (follower.owner === owner) own++;
    return own >= maxPerOwner;
  }

  add(follower: Follower): void {
    const leave = (): void => void this.#followers.delete(follower);
    follower.response.on("close", leave);
    follower.response.on("error", leave);
    this.#followers.add(follower);
    const { decisions, now } = this.#options;
    const told = decisions.inForce(follower).map((each) => toTold(each, now()));
    this.#write(follower, toFrame("state", { decisions: told }));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    for (const { response } of this.#followers) response.end();
    this.#followers.clear();
  }

  #alive(): void {
    const frame = toFrame("alive", {});
    for (const follower of this.#followers) {
      if (follower.isStillAllowed()) this.#write(follower, frame);
      else {
        this.#followers.delete(follower);
        follower.response.end();
      }
    }
  }

  #write(follower: Follower, frame: string): void {
    const { response } = follower;
    if (response.writableLength <= MAX_BUFFER) {
      response.write(frame);
      return;
    }
    this.#followers.delete(follower);
    response.destroy();
  }
}

function toTold({ decision, target }: InForce, now: number): object {
  const { id, kind, reason, expires, made } = decision;
  const [leftMs, agoMs] = [expires - now, now - Date.parse(made)].map((each) => Math.max(0, each));
  return { id, kind, target, reason: reason.slice(0, 200), leftMs, agoMs };
}

// JSON has no line break outside its strings, and inside they are escaped: one line is one message.
function toFrame(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

export function createDecisionStream(options: DecisionStreamOptions): DecisionStream {
  return new Stream(options);
}
