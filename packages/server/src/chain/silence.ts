// SPDX-License-Identifier: Apache-2.0
import type { SelfEvent } from "../self-log.js";
import { toFindingId } from "./finding-event.js";
import type { SourceBoot, SourceChains } from "./source-chains.js";

/** Heartbeats that may be missing before a source counts as silent. */
export const MISSED_BEATS = 3;

/** The longest time between two looks that counts; more means that this process stood still. */
const MAX_TICK_MS = 15_000;

/**
 * How long the server has been able to hear. Time in which the process was stopped or could not take events does not count:
 * it says nothing about the sources.
 */
export class UpTime {
  readonly #now: () => number;
  #last: number;
  #ms = 0;

  /** `now`: a clock that never steps, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#last = now();
  }

  get ms(): number {
    return this.#ms;
  }

  tick(isUp: boolean): void {
    const now = this.#now();
    const passed = Math.min(Math.max(now - this.#last, 0), MAX_TICK_MS);
    this.#last = now;
    if (isUp) this.#ms += passed;
  }
}

/** A source that went silent, and the event that says so. */
export interface Silence {
  via: string;
  app: string;
  boot: string;
  event: SelfEvent;
}

/** The event that tells that a source is silent. It follows from what the source sent. */
function toSilenceEvent({ via, boot, app, instance, chain, lastReceived, everyMs }: SourceBoot): SelfEvent {
  const lastSeq = chain.state.head;
  const after = MISSED_BEATS * everyMs!;
  return {
    id: toFindingId("silent", via, boot, lastSeq),
    time: new Date(Date.parse(lastReceived) + after).toISOString(),
    source: { app: "telltale" },
    action: "log_source_silent",
    outcome: "unknown",
    level: "warn",
    reason: "no_heartbeat",
    message: `${app} has sent nothing for ${Math.round(after / 1000)} s, though it sends a sign of life every ${Math.round(everyMs! / 1000)} s and has not said that it stops`,
    targets: [{ type: "source", id: app, ...(instance === undefined ? {} : { name: instance }) }],
    data: {
      boot,
      via,
      app,
      ...(instance === undefined ? {} : { instance }),
      lastSeq,
      lastReceived,
      everyMs,
    },
  };
}

/** Finds the sources that have gone silent since the last look; each silence is told once. */
export function findSilent(chains: SourceChains, upMs: number): Silence[] {
  const found: Silence[] = [];
  for (const source of chains.sources()) {
    const { everyMs, isStopped, isSilent, heard, via, app, boot } = source;
    if (everyMs === undefined || isStopped || isSilent || upMs - heard <= MISSED_BEATS * everyMs) continue;
    source.isSilent = true;
    found.push({ via, app, boot, event: toSilenceEvent(source) });
  }
  return found;
}
