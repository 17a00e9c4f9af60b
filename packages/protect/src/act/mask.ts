// SPDX-License-Identifier: Apache-2.0
import type { Hit } from "../find/detector.js";
import { markMasked, type Span } from "./marker.js";
import type { Replacement } from "./treatment.js";

/**
 * Puts hits in order and joins those that overlap: the union is hidden under the kind of the one that its detector pushed first, so that
 * no end of a secret looks out. Changes `hits`.
 */
export function joinHits(hits: Hit[]): Hit[] {
  if (areApart(hits)) return hits;
  const ranked = hits.map((hit, rank) => ({ hit, rank }));
  ranked.sort((a, b) => a.hit.start - b.hit.start || b.hit.end - a.hit.end);
  const joined: { hit: Hit; rank: number }[] = [];
  for (const next of ranked) {
    const last = joined.at(-1);
    if (last === undefined || next.hit.start >= last.hit.end) joined.push(next);
    else last.hit = joinTwo(last, next);
  }
  return joined.map(({ hit }) => hit);
}

function areApart(hits: readonly Hit[]): boolean {
  for (let i = 1; i < hits.length; i++) {
    if (hits[i]!.start < hits[i - 1]!.end) return false;
  }
  return true;
}

function joinTwo(last: { hit: Hit; rank: number }, next: { hit: Hit; rank: number }): Hit {
  const winner = next.rank < last.rank ? next : last;
  last.rank = winner.rank;
  const start = last.hit.start;
  const end = Math.max(last.hit.end, next.hit.end);
  const sure = last.hit.sure === true || next.hit.sure === true;
  const whole = winner.hit.start === start && winner.hit.end === end;
  const hit: Hit = whole ? winner.hit : { start, end, kind: winner.hit.kind };
  if (sure) hit.sure = true;
  return hit;
}

/** What stands in the place of a hit unless a policy says otherwise. */
export function maskHit({ kind, shape }: Hit): Replacement {
  return { text: shape ?? markMasked(kind), how: "masked", kind };
}

/** A text in which hits were replaced, and where the replacements stand in it. */
export interface Masked {
  readonly text: string;
  readonly places: readonly Span[];
}

/** The text with every hit replaced. `hits` are in order and do not overlap. */
export function maskHits(
  text: string,
  hits: readonly Hit[],
  replace: (hit: Hit, value: string) => Replacement = maskHit,
): Masked {
  const places: Span[] = [];
  let masked = "";
  let from = 0;
  let length = 0;
  for (const hit of hits) {
    const marker = replace(hit, text.slice(hit.start, hit.end)).text;
    const start = length + hit.start - from;
    length = start + marker.length;
    masked += text.slice(from, hit.start) + marker;
    places.push({ start, end: length });
    from = hit.end;
  }
  return { text: masked + text.slice(from), places };
}
