// SPDX-License-Identifier: Apache-2.0
import type { Source, Sources } from "../../shared/api/types.js";
import { countOf, formatCount } from "../../shared/format.js";

/** Rows of the table; the rest is a number. */
const MAX_SHOWN = 20;

function isBad({ state, missing }: Source): boolean {
  return state === "silent" || missing > 0;
}

/** The sources to show: those with which something is wrong first, then those heard last. */
export function toShownSources(sources: readonly Source[]): Source[] {
  return [...sources.filter(isBad), ...sources.filter((each) => !isBad(each))].slice(0, MAX_SHOWN);
}

const STATES: Record<Source["state"], string> = {
  live: "sends signs of life",
  open: "sends no signs of life",
  silent: "silent",
  stopped: "stopped",
};

/** How a source is, and whether that is bad. */
export function sourceWords(source: Source): { words: string; isBad: boolean } {
  const { state, missing } = source;
  const words = missing === 0 ? STATES[state] : `${STATES[state]}; ${countOf(missing, "event")} missing`;
  return { words, isBad: isBad(source) };
}

/** The line over the table. */
export function sourcesAnswer({ sources, total, complete }: Sources): string {
  if (total === 0) return "No application numbers its events yet. The SDK does so by itself.";
  const bad = sources.filter(isBad).length;
  const all = `${countOf(total, "process", "processes")} ${total === 1 ? "numbers its" : "number their"} events`;
  const state =
    bad === 0 ? "nothing is missing and none is silent" : `something is wrong with ${formatCount(bad)}`;
  return `${all}: ${state}.${complete ? "" : " There may be older ones that are not known any more."}`;
}
