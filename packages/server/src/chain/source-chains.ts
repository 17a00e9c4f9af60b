// SPDX-License-Identifier: Apache-2.0
import { Boots, type BootLimits } from "./boots.js";
import { Chain, newChainState, type ChainState, type Fate } from "./chain.js";
import type { ChainFinding } from "./finding.js";
import { RecentTags } from "./recent-tags.js";
import type { Chained, ChainRun } from "./runs.js";

/** One boot of a source: its chain, and when it was heard. */
export interface SourceBoot {
  readonly via: string;
  readonly boot: string;
  app: string;
  instance: string | undefined;
  readonly chain: Chain;
  /** Server clock of its newest events, RFC 3339. */
  lastReceived: string;
  /** When it was heard last, in milliseconds of the time that the server was up. */
  heard: number;
  /** Interval of its heartbeats; undefined when it sent none. */
  everyMs: number | undefined;
  /** It said that it stops. */
  isStopped: boolean;
  /** Its silence was told. */
  isSilent: boolean;
  findings: number;
}

/** What a snapshot holds of a boot. */
export interface SavedBoot {
  via: string;
  boot: string;
  app: string;
  instance?: string | undefined;
  chain: ChainState;
  lastReceived: string;
  /** How long it was quiet while the server was up, in milliseconds. */
  quietMs: number;
  everyMs?: number | undefined;
  isStopped: boolean;
  isSilent: boolean;
  findings: number;
}

export const MIN_EVERY_MS = 10_000;
export const MAX_EVERY_MS = 24 * 60 * 60 * 1000;

export interface SourceChainsOptions {
  /** Told at once, in the order of the log; at least one. */
  onFindings(findings: ChainFinding[]): void;
  /** Milliseconds that the server has been up. */
  upMs(): number;
  /** True: events were sealed that are not known here, so a boot that begins in the middle may be an old one. */
  isPartial?: boolean;
  limits?: BootLimits;
}

/** The chains of all sources, in the order of the log. */
export class SourceChains {
  readonly #options: SourceChainsOptions;
  readonly #recent = new RecentTags();
  readonly #boots: Boots<SourceBoot>;
  /** Events that were part of a chain, and what was found in them. */
  events = 0;
  findings = 0;

  constructor(options: SourceChainsOptions) {
    this.#options = options;
    this.#boots = new Boots((each) => each.chain.state.head, options.limits, options.isPartial);
  }

  /** True when a boot without history may be an old one. */
  get isPartial(): boolean {
    return this.#boots.hasForgotten;
  }

  get size(): number {
    return this.#boots.size;
  }

  /** Takes what was sealed in one piece. `fateOf` of a line is undefined where every line was sealed. */
  take({ runs, tags }: Chained, fateOf?: (line: number) => Fate): void {
    const findings: ChainFinding[] = [];
    for (const run of runs) this.#takeRun(run, tags, fateOf, findings);
    if (findings.length > 0) this.#options.onFindings(findings);
  }

  #takeRun(
    run: ChainRun,
    tags: Uint32Array,
    fateOf: ((line: number) => Fate) | undefined,
    findings: ChainFinding[],
  ): void {
    const source = this.#boots.use(run.via, run.boot) ?? this.#begin(run, fateOf);
    if (source === undefined) return;
    this.events += run.count;
    const { head, missing } = source.chain.state;
    source.chain.take(
      {
        run,
        fate: fateOf === undefined ? undefined : (offset) => fateOf(run.line + offset),
        tags: tags.subarray(run.line, run.line + run.count),
      },
      (kind, from, to, certain) => {
        source.findings++;
        this.findings++;
        const { via, boot, app, instance } = source;
        const { received } = run;
        const finding: ChainFinding = { kind, from, to, via, boot, app, received, certain };
        findings.push(instance === undefined ? finding : { ...finding, instance });
      },
    );
    const { state } = source.chain;
    if (state.head > head) hearNewest(source, run);
    // What came again, or of another process, is no sign of life: whoever silences a source may have kept what it sent.
    if (state.head > head || state.missing < missing) hear(source, run, this.#options.upMs());
  }

  /** A boot that is not known. One whose first event is no link of a chain is none; it may be counted for other ends. */
  #begin(run: ChainRun, fateOf: ((line: number) => Fate) | undefined): SourceBoot | undefined {
    if (run.prev === undefined) return undefined;
    const absent = this.#boots.absent(run.via, run.boot);
    const isKnown = fateOf?.(run.line) === "dropped";
    const state = newChainState();
    if (absent.kind === "evicted") state.head = state.unsure = absent.head;
    else if (absent.kind === "forgotten" || isKnown) state.unsure = run.from - 1;
    const { via, boot, app, instance, received } = run;
    const source: SourceBoot = {
      via,
      boot,
      app,
      instance,
      chain: new Chain(this.#recent, state),
      lastReceived: received,
      heard: this.#options.upMs(),
      everyMs: undefined,
      isStopped: false,
      isSilent: false,
      findings: 0,
    };
    this.#boots.add(via, boot, source);
    return source;
  }

  /** All that are known, of each key the one heard last at its end. */
  *sources(): Generator<SourceBoot> {
    for (const [, , source] of this.#boots.entries()) yield source;
  }

  *save(): Generator<SavedBoot> {
    const now = this.#options.upMs();
    for (const { chain, heard, ...rest } of this.sources())
      yield { ...rest, chain: chain.state, quietMs: Math.max(0, now - heard) };
  }

  evicted(): IterableIterator<[string, number]> {
    return this.#boots.evicted();
  }

  restore(boots: Iterable<SavedBoot>, evicted: Iterable<readonly [string, number]>): void {
    const now = this.#options.upMs();
    for (const [name, head] of evicted) {
      const space = name.indexOf(" ");
      this.#boots.addEvicted(name.slice(0, space), name.slice(space + 1), head);
    }
    for (const { chain, quietMs, instance, everyMs, ...rest } of boots) {
      this.#boots.add(rest.via, rest.boot, {
        ...rest,
        instance,
        everyMs,
        chain: new Chain(this.#recent, chain),
        heard: now - quietMs,
      });
    }
  }
}

/** Something of its own came that had not come. */
function hear(source: SourceBoot, { received }: ChainRun, now: number): void {
  source.heard = now;
  source.isSilent = false;
  if (received > source.lastReceived) source.lastReceived = received;
}

/** What the newest events say of the source itself; those that come late say what it was before. */
function hearNewest(source: SourceBoot, { app, instance, heartbeatMs, stopped }: ChainRun): void {
  source.app = app;
  source.instance = instance;
  if (heartbeatMs !== undefined)
    source.everyMs = Math.min(Math.max(Math.round(heartbeatMs), MIN_EVERY_MS), MAX_EVERY_MS);
  source.isStopped = stopped === true;
}
