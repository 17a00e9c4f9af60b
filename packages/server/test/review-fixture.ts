// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SecurityEvent, SentEvent } from "@telltale/event";
import { createAlertStore } from "../src/alert/store.js";
import type { Follower } from "../src/follow/follower.js";
import { openIndex } from "../src/follow/index/index-follower.js";
import type { Search } from "../src/follow/index/search.js";
import { Reviews, type ReviewsOptions } from "../src/review/reviews.js";
import { REVIEW_DEFAULTS, type ReviewSettings } from "../src/review/settings.js";
import type { SelfEvent } from "../src/self-log.js";
import { openState, type State } from "../src/state/state.js";
import { MemoryLog } from "./memory-log.js";

/** Finds events by their id and nothing else: for what is not about the sections, many times faster than the index. */
function leanSearch(log: MemoryLog): Search {
  const whole = () => ({ complete: true, indexed: log.size, size: log.size });
  return {
    async hits({ query }) {
      const id = /^id:"([^"]+)"$/.exec(query)?.[1];
      const hits = log.lines.flatMap((line, index) =>
        id !== undefined && (JSON.parse(line) as SecurityEvent).id === id ? [{ index, line }] : [],
      );
      return { hits, next: null, ...whole() };
    },
    count: async () => ({ total: 0, ...whole() }),
    groups: async () => ({ groups: [], distinct: 0, ...whole() }),
    combinations: () => Promise.reject(new Error("not asked for")),
    histogram: () => Promise.reject(new Error("not asked for")),
  };
}

/** A log, its index, alerts and reviews on a clock of one's own; `restart` is a new process on the same directory. */
export class ReviewFixture {
  readonly dir = mkdtempSync(path.join(tmpdir(), "telltale-review-"));
  readonly log = new MemoryLog();
  /** Events of alerts and the like, which are not sealed here. */
  readonly emitted: SelfEvent[] = [];
  now: number;
  /** Set to make sealing fail. */
  sealFailure: Error | undefined;
  searchableFrom: number | undefined;
  /** Events that the index is held back from; 0: none. */
  holdBack = 0;
  settings: ReviewSettings;
  state!: State;
  alerts!: ReturnType<typeof createAlertStore>;
  reviews!: Reviews;
  search!: Search;
  /** The real index is behind it; undefined: a stand-in. */
  #follower: Follower | undefined;
  readonly #indexed: boolean;
  readonly #ids = new Map<string, string>();

  private constructor(now: number, settings: Partial<ReviewSettings>, indexed: boolean) {
    this.now = now;
    this.#indexed = indexed;
    this.settings = { ...REVIEW_DEFAULTS, ...settings };
  }

  static async open(
    now: string,
    settings: Partial<ReviewSettings> = {},
    indexed = false,
  ): Promise<ReviewFixture> {
    const fixture = new ReviewFixture(Date.parse(now), settings, indexed);
    await fixture.#start();
    return fixture;
  }

  async #start(): Promise<void> {
    this.state = openState(path.join(this.dir, "state.db"));
    this.search = this.#heldBack(this.#indexed ? await this.#openIndex() : leanSearch(this.log));
    const selfLog = {
      emit: (event: SelfEvent) => void this.emitted.push(event),
      seal: async (events: readonly SelfEvent[]) => void (await this.#seal(events as SentEvent[])),
    };
    const now = () => this.now;
    this.alerts = createAlertStore({ state: this.state, selfLog, now });
    const options: ReviewsOptions = {
      state: this.state,
      search: this.search,
      log: {
        origin: "test/1",
        size: 0,
        checkpoint: () => ({ size: this.log.size, root: Buffer.alloc(32, this.log.size % 251) }),
      },
      alerts: this.alerts,
      seal: (events) => this.#seal(events),
      selfLog,
      rules: () => ({ set: "0123456789abcdef", count: 8 }),
      integrity: () => null,
      searchableFrom: () => Promise.resolve(this.searchableFrom),
      settings: this.settings,
      now,
      pause: () => Promise.resolve(),
    };
    Object.defineProperty(options.log, "size", { get: () => this.log.size });
    this.reviews = new Reviews(options);
  }

  async #openIndex(): Promise<Search> {
    const opened = await openIndex({
      dir: path.join(this.dir, "index"),
      log: this.log,
      logName: "main",
      origin: "test/1",
      onError(error) {
        throw error;
      },
      now: () => this.now,
      search: { catchUpMs: 20_000 },
    });
    this.#follower = opened.follower;
    const next = await opened.follower.start();
    if (next < this.log.size) await opened.follower.handle(this.log.batch(next, this.log.size));
    return opened.search;
  }

  /** Says that the index knows fewer events than it does. */
  #heldBack(search: Search): Search {
    const late = <T extends { indexed: number; size: number }>(answer: T): T =>
      this.holdBack === 0
        ? answer
        : {
            ...answer,
            complete: false,
            reason: "indexing",
            indexed: Math.max(0, answer.size - this.holdBack),
          };
    return {
      hits: async (request) => late(await search.hits(request)),
      count: async (request) => late(await search.count(request)),
      groups: async (request) => late(await search.groups(request)),
      combinations: async (request) => late(await search.combinations(request)),
      histogram: async (request) => late(await search.histogram(request)),
    };
  }

  /** As the sealer does: an id that is known with the same bytes adds nothing, with others it is kept twice. */
  async #seal(events: readonly SentEvent[]): Promise<{ first: number | null }> {
    if (this.sealFailure !== undefined) throw this.sealFailure;
    const fresh = events.filter(({ id, ...rest }) => {
      const text = JSON.stringify(rest);
      if (this.#ids.get(id) === text) return false;
      this.#ids.set(id, text);
      return true;
    });
    if (fresh.length === 0) return { first: null };
    const first = this.log.size;
    await this.#append(fresh.map((event) => ({ via: "telltale", ...event })));
    return { first };
  }

  /** Events as an application sends them, received now. */
  async add(...events: Partial<SecurityEvent>[]): Promise<void> {
    await this.#append(
      events.map((event) => ({
        v: 1,
        id: `id-${this.log.size}-${Math.random()}`,
        time: new Date(this.now).toISOString(),
        source: { app: "shop" },
        outcome: "success",
        level: "info",
        ...event,
      })),
    );
  }

  async #append(events: readonly object[]): Promise<void> {
    const received = new Date(this.now).toISOString();
    const batch = this.log.append(events.map((event) => JSON.stringify({ received, ...event })));
    await this.#follower?.handle(batch);
  }

  /** Sealed events of an action. */
  sealed(action: string): SecurityEvent[] {
    return this.log.lines
      .map((line) => JSON.parse(line) as SecurityEvent)
      .filter((each) => each.action === action);
  }

  async restart(settings: Partial<ReviewSettings> = {}): Promise<void> {
    this.settings = { ...this.settings, ...settings };
    await this.#follower?.close();
    await this.state.close();
    await this.#start();
  }

  async close(): Promise<void> {
    await this.#follower?.close();
    await this.state.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
