// SPDX-License-Identifier: Apache-2.0
import { joinHits } from "../act/mask.js";
import { markerEnd, markersOf, type Span } from "../act/marker.js";
import { classesOf, DASH, DIGIT, FOREIGN, LETTER, SLASH, SPACE } from "./chars.js";
import type { Detector, Hit, Need } from "./detector.js";
import { toShadow } from "./shadow.js";

/**
 * Which detectors look at a text. `text`: all, in free text. `name`: an identity field, where an e-mail address is the name of somebody.
 * `id`: an identifier, where digits are no card number either. `secrets`: free text of which only secrets are hidden.
 */
export type Scope = "text" | "name" | "id" | "secrets";

/**
 * Finds what must not be stored in a text.
 * Returns undefined when there is nothing: the common answer, which allocates nothing. May throw when a detector does.
 */
export type Finder = (text: string, scope: Scope) => Hit[] | undefined;

/** All needs of all detectors, flat: entry i is for `order[i]`. */
interface Plan {
  masks: Int32Array;
  lengths: Int32Array;
  order: readonly Detector[];
  /** 1 where the detector has literals; one of all of them is found by `literals`. */
  prefixed: Uint8Array;
  literals: RegExp;
  /** A text shorter than {@link SHORT} with none of `short`, and any with none of `long`, holds nothing. */
  short: number;
  long: number;
  kept: ReadonlySet<string> | undefined;
}

const SHORT = 16;
const SHORTEST = 5;

/** Classes that ordinary values are full of: a need is recognised by what else it asks for. One that asks for nothing else keeps every text. */
const COMMON = LETTER | DIGIT | DASH | SPACE | SLASH;

/** `kept` are kinds that are no hits. */
export function createFinder(detectors: readonly Detector[], kept?: ReadonlySet<string>): Finder {
  const secrets = plan(
    detectors.filter((detector) => detector.class === "secret"),
    kept,
  );
  const plans: Record<Scope, Plan> = {
    text: plan(detectors, kept),
    name: plan(
      detectors.filter((detector) => detector.class !== "personal"),
      kept,
    ),
    id: secrets,
    secrets,
  };
  return (text, scope) => {
    const length = text.length;
    if (length < SHORTEST) return undefined;
    const plan = plans[scope];
    const classes = classesOf(text);
    if ((classes & (length < SHORT ? plan.short : plan.long)) === 0) return undefined;
    const hits = run(plan, text, classes);
    return (classes & FOREIGN) === 0 ? hits : withShadow(plan, text, hits);
  };
}

function signs(needs: readonly Need[]): number {
  return needs.reduce((union, { classes }) => union | (classes & ~COMMON || -1), FOREIGN);
}

function plan(detectors: readonly Detector[], kept: ReadonlySet<string> | undefined): Plan {
  const entries = detectors.flatMap((detector) => detector.needs.map((need) => ({ need, detector })));
  const needs = entries.map(({ need }) => need);
  return {
    masks: Int32Array.from(needs, ({ classes }) => classes),
    lengths: Int32Array.from(needs, ({ length }) => length),
    order: entries.map(({ detector }) => detector),
    prefixed: Uint8Array.from(entries, ({ detector }) => (detector.literals === undefined ? 0 : 1)),
    literals: toPattern(detectors.flatMap(({ literals = [] }) => literals)),
    short: signs(needs.filter(({ length }) => length < SHORT)),
    long: signs(needs),
    kept,
  };
}

/** Reused, because most texts that reach a detector still hold nothing; no detector calls back into a finder. */
const scratch: Hit[] = [];

function toPattern(literals: readonly string[]): RegExp {
  const escaped = literals.map((literal) => literal.replace(/[^\w-]/g, "\\$&"));
  return escaped.length === 0 ? /(?!)/ : new RegExp(escaped.join("|"));
}

function run(
  { masks, lengths, order, prefixed, literals, kept }: Plan,
  text: string,
  classes: number,
): Hit[] | undefined {
  const length = text.length;
  scratch.length = 0;
  let last: Detector | undefined;
  let hasLiteral: boolean | undefined;
  for (let i = 0; i < masks.length; i++) {
    const mask = masks[i]!;
    if ((classes & mask) !== mask || length < lengths[i]!) continue;
    if (prefixed[i] === 1) {
      hasLiteral ??= literals.test(text);
      if (!hasLiteral) continue;
    }
    const detector = order[i]!;
    if (detector === last) continue;
    last = detector;
    detector.find(text, scratch);
  }
  if (scratch.length === 0) return undefined;
  if (KEYED.test(text)) {
    const markers = markersOf(text);
    for (const hit of scratch) clip(hit, markers);
  }
  // What already is a marker stays as it is: protecting twice equals protecting once.
  const fresh = scratch.filter(
    (hit) => hit.end > hit.start && markerEnd(text, hit.start) < hit.end && kept?.has(hit.kind) !== true,
  );
  return fresh.length === 0 ? undefined : joinHits(fresh);
}

const KEYED = /\[(?:token|encrypted|sealed):/;

/** The body of a marker is random text and may look like anything: a hit keeps only what is outside. */
function clip(hit: Hit, markers: readonly Span[]): void {
  const before = markerAt(markers, hit.start);
  const behind = markerAt(markers, hit.end - 1);
  if (before === behind && before === undefined) return;
  const start = before?.end ?? hit.start;
  const end = behind === undefined || behind.end === hit.end ? hit.end : behind.start;
  if (start === hit.start && end === hit.end) return;
  hit.start = start;
  hit.end = end;
  delete hit.shape;
  delete hit.sure;
}

/** The marker that covers an offset. */
function markerAt(markers: readonly Span[], offset: number): Span | undefined {
  let low = 0;
  let high = markers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (markers[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  const last = markers[low - 1];
  return last !== undefined && offset < last.end ? last : undefined;
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
