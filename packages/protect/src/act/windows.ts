// SPDX-License-Identifier: Apache-2.0
import type { Hit } from "../find/detector.js";
import type { Finder, Scope } from "../find/find.js";
import type { Span } from "./marker.js";

/** A shorter text is searched again as a whole. */
const LONG = 8192;
/** How far from a marker a hit may stand that only the marker brought to light: more than the names, labels and words that detectors look for. */
const REACH = 1024;
/** What is searched beyond that, so that no hit is one only because the text was cut there. */
const MARGIN = 1024;
const LONGEST_WORD = 128;

/**
 * Searches a text again in which markers were put at `places` (in order): around them when that is clearly less than all of it. What stands far from every
 * marker was searched before and is the same.
 */
export function findAround(
  find: Finder,
  text: string,
  scope: Scope,
  places: readonly Span[],
): Hit[] | undefined {
  const windows = text.length < LONG ? undefined : windowsOf(text, places);
  if (windows === undefined) return find(text, scope);
  const hits: Hit[] = [];
  for (const { start, end, first, last } of windows) {
    for (const hit of find(text.slice(start, end), scope) ?? []) {
      hit.start += start;
      hit.end += start;
      if (hit.start < last && hit.end > first) hits.push(hit);
    }
  }
  return hits.length === 0 ? undefined : hits;
}

/** `start` to `end` is searched, hits that touch `first` to `last` count. */
interface Window {
  start: number;
  end: number;
  first: number;
  last: number;
}

/** Apart from each other and in order; undefined when they would cover more than half of the text. */
function windowsOf(text: string, places: readonly Span[]): Window[] | undefined {
  const windows: Window[] = [];
  let covered = 0;
  for (const place of places) {
    const first = Math.max(0, place.start - REACH);
    const last = Math.min(text.length, place.end + REACH);
    const end = wordEnd(text, last + MARGIN);
    const before = windows.at(-1);
    if (before !== undefined && first - MARGIN <= before.end) {
      covered += end - before.end;
      before.end = end;
      before.last = last;
    } else {
      const start = wordStart(text, first - MARGIN);
      windows.push({ start, end, first, last });
      covered += end - start;
    }
    if (covered * 2 > text.length) return undefined;
  }
  return windows;
}

/** The last blank before `at`, where one is near. */
function wordStart(text: string, at: number): number {
  if (at <= 0) return 0;
  for (let i = at; i > at - LONGEST_WORD && i > 0; i--) if (text.charCodeAt(i) <= 32) return i;
  return at;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  for (let i = at; i < at + LONGEST_WORD && i < text.length; i++) if (text.charCodeAt(i) <= 32) return i;
  return at;
}
