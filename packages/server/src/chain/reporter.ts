// SPDX-License-Identifier: Apache-2.0
import type { SelfEvent } from "../self-log.js";
import type { Silence } from "./silence.js";
import type { ChainFinding } from "./finding.js";
import { toFindingEvent, toFoldedEvent, type Folded } from "./finding-event.js";

/** Findings of one key and of all keys that are told one by one in a minute; the rest is counted. */
export const PER_VIA = 60;
export const PER_MINUTE = 600;

const MINUTE_CHARS = "2026-11-22T10:00".length;
const MAX_BOOTS = 10;
/** Ids of findings that were told, so that the same one is not told again. */
const MAX_TOLD = 20_000;
/** Seconds after its end until a minute without news is closed. */
const LATE_MS = 2_000;

export interface ChainReporterOptions {
  /** Durable when it resolves. */
  seal(events: readonly SelfEvent[]): Promise<void>;
  onError(error: Error): void;
}

/**
 * Makes events of findings: neighbours become one, the same is told once, and a flood is told one by one up to a budget and
 * as numbers beyond it, by the minute of the events that caused it. What could not be sealed is tried again.
 */
export class ChainReporter {
  readonly #options: ChainReporterOptions;
  readonly #told = new Set<string>();
  readonly #folded = new Map<string, Folded>();
  readonly #spent = new Map<string, number>();
  #spentInAll = 0;
  #minute = "";
  #waiting: SelfEvent[] = [];
  #sealing: Promise<void> | undefined;

  constructor(options: ChainReporterOptions) {
    this.#options = options;
  }

  report(findings: readonly ChainFinding[]): void {
    for (const finding of merge(findings)) this.#add(finding);
    this.#start();
  }

  /** Tells silences; `now` is the minute to which they count, in milliseconds since 1970. */
  reportSilent(silences: readonly Silence[], now: number): void {
    for (const { via, app, boot, event } of silences) {
      const time = new Date(now).toISOString();
      this.#begin(time);
      if (this.#spend(via)) this.#push(event);
      else this.#fold({ kind: "silent", via, app, boot, received: time }, 1);
    }
    this.#start();
  }

  /** Tells what is left of a minute that is over, and tries again what failed. `now`: milliseconds since 1970. */
  tick(now: number): void {
    if (this.#minute !== "" && now > Date.parse(`${this.#minute}:00Z`) + 60_000 + LATE_MS) this.#close();
    this.#start();
  }

  /** Resolves when all is sealed that was told; rejects when it could not be. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0 || this.#sealing !== undefined) await this.#run();
  }

  /** As `flush`, with what was folded. */
  async close(): Promise<void> {
    this.#close();
    await this.flush();
  }

  #add(finding: ChainFinding): void {
    this.#begin(finding.received);
    if (!this.#spend(finding.via)) {
      this.#fold(finding, finding.to - finding.from + 1);
      return;
    }
    const event = toFindingEvent(finding);
    if (this.#told.has(event.id!)) return;
    this.#told.add(event.id!);
    if (this.#told.size > MAX_TOLD) this.#told.delete(this.#told.keys().next().value!);
    this.#push(event);
  }

  #begin(time: string): void {
    const minute = time.slice(0, MINUTE_CHARS);
    if (minute <= this.#minute) return;
    this.#close();
    this.#minute = minute;
  }

  /** False when the budget of the minute is spent. */
  #spend(via: string): boolean {
    const spent = this.#spent.get(via) ?? 0;
    if (spent >= PER_VIA || this.#spentInAll >= PER_MINUTE) return false;
    this.#spent.set(via, spent + 1);
    this.#spentInAll++;
    return true;
  }

  #fold(
    {
      kind,
      via,
      app,
      boot,
      received,
    }: Pick<Folded, "kind" | "via" | "app"> & { boot: string; received: string },
    count: number,
  ): void {
    const key = `${kind} ${via}`;
    let folded = this.#folded.get(key);
    if (folded === undefined) {
      const since = `${received.slice(0, MINUTE_CHARS)}:00.000Z`;
      folded = { kind, via, app, since, findings: 0, count: 0, boots: new Set() };
      this.#folded.set(key, folded);
    }
    folded.findings++;
    // A forged number may be as large as numbers are.
    folded.count = Math.min(folded.count + count, Number.MAX_SAFE_INTEGER);
    if (folded.boots.size < MAX_BOOTS) folded.boots.add(boot);
  }

  #close(): void {
    for (const folded of this.#folded.values()) this.#push(toFoldedEvent(folded));
    this.#folded.clear();
    this.#spent.clear();
    this.#spentInAll = 0;
    this.#minute = "";
  }

  #push(event: SelfEvent): void {
    this.#waiting.push(event);
  }

  #start(): void {
    if (this.#waiting.length === 0) return;
    this.#run().catch((error: unknown) =>
      this.#options.onError(error instanceof Error ? error : new Error(String(error))),
    );
  }

  #run(): Promise<void> {
    this.#sealing ??= this.#drain().finally(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  async #drain(): Promise<void> {
    // Leaves the caller's stack, which is that of a commit.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, PER_MINUTE);
      await this.#options.seal(batch);
      this.#waiting = this.#waiting.slice(batch.length);
    }
  }
}

/** Neighbouring findings of one kind and boot as one, in the order of their first. */
function merge(findings: readonly ChainFinding[]): ChainFinding[] {
  const merged: ChainFinding[] = [];
  const last = new Map<string, ChainFinding>();
  for (const finding of findings) {
    const key = `${finding.kind} ${finding.via} ${finding.boot} ${finding.certain}`;
    const before = last.get(key);
    if (before !== undefined && before.to + 1 === finding.from) {
      before.to = finding.to;
      continue;
    }
    const own = { ...finding };
    last.set(key, own);
    merged.push(own);
  }
  return merged;
}
