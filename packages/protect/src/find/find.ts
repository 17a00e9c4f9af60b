// SPDX-License-Identifier: Apache-2.0
import { joinHits } from "../act/mask.js";
import { markerEnd } from "../act/marker.js";
import { classesOf, FOREIGN } from "./chars.js";
import type { Detector, Hit } from "./detector.js";
import { toShadow } from "./shadow.js";

/**
 * Which detectors look at a text. `text`: all, in free text. `name`: an identity field, where an e-mail address is the name of somebody.
 * `id`: an identifier, where digits are no card number either.
 */
export type Scope = "text" | "name" | "id";

/**
 * Finds what must not be stored in a text.
 * Returns undefined when there is nothing: the common answer, which allocates nothing. May throw when a detector does.
 */
export type Finder = (text: string, scope: Scope) => Hit[] | undefined;

/** The classes that some detector needs, flat: entry i is for `order[i]`. */
interface Plan {
  masks: Int32Array;
  lengths: Int32Array;
  order: readonly Detector[];
}

export function createFinder(detectors: readonly Detector[]): Finder {
  const plans: Record<Scope, Plan> = {
    text: plan(detectors),
    name: plan(detectors.filter((detector) => detector.class !== "personal")),
    id: plan(detectors.filter((detector) => detector.class === "secret")),
  };
  const shortest = Math.min(...detectors.map((detector) => detector.minLength));
  return (text, scope) => {
    if (text.length < shortest) return undefined;
    const classes = classesOf(text);
    const hits = run(plans[scope], text, classes);
    if ((classes & FOREIGN) === 0) return hits;
    return withShadow(plans[scope], text, hits);
  };
}

function plan(detectors: readonly Detector[]): Plan {
  const entries = detectors.flatMap((detector) => detector.needs.map((mask) => ({ mask, detector })));
  return {
    masks: Int32Array.from(entries, (entry) => entry.mask),
    lengths: Int32Array.from(entries, (entry) => entry.detector.minLength),
    order: entries.map((entry) => entry.detector),
  };
}

function run({ masks, lengths, order }: Plan, text: string, classes: number): Hit[] | undefined {
  let hits: Hit[] | undefined;
  let last: Detector | undefined;
  for (let i = 0; i < masks.length; i++) {
    const mask = masks[i]!;
    if ((classes & mask) !== mask || text.length < lengths[i]!) continue;
    const detector = order[i]!;
    if (detector === last) continue;
    last = detector;
    hits ??= [];
    detector.find(text, hits);
  }
  if (hits === undefined || hits.length === 0) return undefined;
  // What already is a marker stays as it is: protecting twice equals protecting once.
  const fresh = hits.filter((hit) => hit.end > hit.start && markerEnd(text, hit.start) < hit.end);
  return fresh.length === 0 ? undefined : joinHits(fresh);
}

function withShadow(plan: Plan, text: string, hits: Hit[] | undefined): Hit[] | undefined {
  const shadow = toShadow(text);
  if (shadow === undefined) return hits;
  const found = run(plan, shadow.text, classesOf(shadow.text));
  if (found === undefined) return hits;
  for (const hit of found) {
    hit.start = shadow.offsets[hit.start]!;
    hit.end = shadow.offsets[hit.end - 1]! + 1;
  }
  return joinHits([...(hits ?? []), ...found]);
}
