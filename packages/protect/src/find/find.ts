// SPDX-License-Identifier: Apache-2.0
import { joinHits } from "../act/mask.js";
import { markerEnd, markersOf, type Span } from "../act/marker.js";
import {
  AMPERSAND,
  BACKSLASH,
  classesOf,
  DASH,
  DIGIT,
  DIGIT_SPAN,
  DIGITS,
  FOREIGN,
  LETTER,
  LITERAL,
  PERCENT,
  SLASH,
  SPACE,
  spansOf,
} from "./chars.js";
import { forgetWords } from "./context.js";
import type { Detector, Hit, Need } from "./detector.js";
import { decodeParts } from "./encoded/base64.js";
import { unescapeText } from "./encoded/escapes.js";
import { Literals } from "./literals.js";
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

interface Plan {
  readonly order: readonly Detector[];
  /** The detectors without literals, by their places in `order`, and their needs, flat: need i is for `freeOf[i]`. */
  readonly freeOf: Uint8Array;
  readonly masks: Int32Array;
  readonly lengths: Int32Array;
  /** 1 for the places whose detectors have literals, and so has `found` after they were looked for. */
  readonly hasLiterals: Uint8Array;
  readonly literals: Literals;
  readonly found: Uint8Array;
  /** A text shorter than {@link SHORT} with none of `short`, one shorter than {@link LONG} with none of `middle`, and any with none of `long`, holds nothing. */
  readonly short: number;
  readonly middle: number;
  readonly long: number;
  /** Those of {@link DIGITS} and {@link DIGIT_SPAN} that some need has. */
  readonly spans: number;
  readonly kept: ReadonlySet<string> | undefined;
}

const SHORT = 16;
/** The shortest text for which detectors may ask that need nothing rare. */
const LONG = 47;
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
    const classes = allClassesOf(plan, text);
    const wanted = length < SHORT ? plan.short : length < LONG ? plan.middle : plan.long;
    const hits = (classes & wanted) === 0 ? undefined : look(plan, plans.id, text, classes, MOST_LAYERS);
    return length < SHORTEST_ENCODED || (classes & LETTER) === 0
      ? hits
      : withBase64(plans.id, text, hits, MOST_LAYERS);
  };
}

/** With the spans of digits that some detector of the plan asks for. */
function allClassesOf({ spans, literals }: Plan, text: string): number {
  const classes = classesOf(text, literals.wanted);
  return spans === 0 || (classes & DIGIT) === 0 ? classes : classes | spansOf(text, spans);
}

/** How many encodings, one inside the other, are undone. */
const MOST_LAYERS = 2;
const SHORTEST_ENCODED = 20;
const ESCAPES = PERCENT | BACKSLASH | AMPERSAND;

/** What the detectors find in the text as it stands, as it reads, and without its escapes: there only secrets, of the plan `deeper`. */
function look(plan: Plan, deeper: Plan, text: string, classes: number, layers: number): Hit[] | undefined {
  let hits = run(plan, text, classes);
  if ((classes & FOREIGN) !== 0) hits = withShadow(plan, text, hits);
  if (layers === 0 || (classes & ESCAPES) === 0) return hits;
  if (hits !== undefined && hits.length > MOST_HITS)
    return [{ start: 0, end: text.length, kind: hits[0]!.kind }];
  return withEscapes(deeper, text, hits, layers);
}

/** A text with escapes and more to hide than this is hidden whole: what is left of it says nothing, and the work for it stays bounded. */
const MOST_HITS = 512;

/** With what stands behind the escapes of the text. The escapes of a hidden part are hidden. */
function withEscapes(plan: Plan, text: string, hits: Hit[] | undefined, layers: number): Hit[] | undefined {
  const plain = unescapeText(text);
  if (plain === undefined) return hits;
  const found = lookDeeper(plan, plain.text, layers - 1);
  if (found === undefined) return hits;
  for (const hit of found) {
    hit.start = plain.offsets[hit.start]!;
    hit.end = plain.offsets[hit.end]!;
  }
  return addHits(hits, found);
}

/** With what stands in base64. A part with anything to hide is hidden whole. */
function withBase64(plan: Plan, text: string, hits: Hit[] | undefined, layers: number): Hit[] | undefined {
  const parts = decodeParts(text);
  if (parts === undefined) return hits;
  // All at once, each on lines of its own: thousands of small parts must not cost a search each.
  const found = lookDeeper(plan, parts.map((part) => part.text ?? "").join(BETWEEN), layers - 1) ?? [];
  const own: Hit[] = [];
  let next = 0;
  let from = 0;
  for (const part of parts) {
    const to = from + (part.text ?? "").length;
    while (next < found.length && found[next]!.end <= from) next++;
    const first = found[next];
    if (part.text === undefined) own.push({ start: part.start, end: part.end, kind: UNDECIDED });
    else if (first !== undefined && first.start < to) {
      const hit: Hit = { start: part.start, end: part.end, kind: first.kind };
      if (first.sure === true) hit.sure = true;
      own.push(hit);
    }
    from = to + BETWEEN.length;
  }
  return addHits(hits, own);
}

const UNDECIDED = "undecided";
const BETWEEN = "\n\n";

/** Both in order and without overlaps of their own. What `hits` has already is not joined again. */
function addHits(hits: Hit[] | undefined, own: readonly Hit[]): Hit[] | undefined {
  if (hits === undefined) return own.length === 0 ? undefined : joinHits([...own]);
  const fresh: Hit[] = [];
  let at = 0;
  for (const hit of own) {
    while (at < hits.length && hits[at]!.end < hit.end) at++;
    const known = hits[at];
    if (known === undefined || known.start > hit.start) fresh.push(hit);
  }
  return fresh.length === 0 ? hits : joinHits([...hits, ...fresh]);
}

function lookDeeper(plan: Plan, text: string, layers: number): Hit[] | undefined {
  const classes = allClassesOf(plan, text);
  const hits = look(plan, plan, text, classes, layers);
  return layers > 0 ? withBase64(plan, text, hits, layers) : hits;
}

function needsBlank({ needs }: Detector): boolean {
  return needs.every(({ classes }) => (classes & SPACE) !== 0);
}

function signs(needs: readonly Need[]): number {
  return needs.reduce(
    (union, { classes }) => union | (classes & ~COMMON || -1),
    FOREIGN | LITERAL | PERCENT | BACKSLASH,
  );
}

function plan(detectors: readonly Detector[], kept: ReadonlySet<string> | undefined): Plan {
  const literals = new Literals();
  const entries: { need: Need; place: number }[] = [];
  detectors.forEach((detector, place) => {
    if (detector.literals === undefined) for (const need of detector.needs) entries.push({ need, place });
    else literals.add(detector.literals, place, needsBlank(detector));
  });
  const needs = entries.map(({ need }) => need);
  return {
    order: detectors,
    freeOf: Uint8Array.from(entries, ({ place }) => place),
    masks: Int32Array.from(needs, ({ classes }) => classes),
    lengths: Int32Array.from(needs, ({ length }) => length),
    hasLiterals: Uint8Array.from(detectors, ({ literals: own }) => (own === undefined ? 0 : 1)),
    literals,
    found: new Uint8Array(detectors.length),
    short: signs(needs.filter(({ length }) => length < SHORT)),
    middle: signs(needs.filter(({ length }) => length < LONG)),
    long: signs(needs),
    spans: needs.reduce((union, { classes }) => union | classes, 0) & (DIGITS | DIGIT_SPAN),
    kept,
  };
}

/** Reused, because most texts that reach a detector still hold nothing; no detector calls back into a finder. */
const scratch: Hit[] = [];

function run(plan: Plan, text: string, classes: number): Hit[] | undefined {
  scratch.length = 0;
  if ((classes & LITERAL) === 0) runFree(plan, text, classes);
  else runAll(plan, text, classes);
  forgetWords();
  if (scratch.length === 0) return undefined;
  if (MARKED.test(text)) {
    const markers = markersOf(text);
    for (const hit of scratch) clip(hit, markers, text);
  }
  // What already is a marker stays as it is: protecting twice equals protecting once.
  const fresh = scratch.filter(
    (hit) => hit.end > hit.start && markerEnd(text, hit.start) < hit.end && plan.kept?.has(hit.kind) !== true,
  );
  return fresh.length === 0 ? undefined : joinHits(fresh);
}

/** No literal is in the text. */
function runFree({ freeOf, masks, lengths, order }: Plan, text: string, classes: number): void {
  const length = text.length;
  let last = -1;
  for (let i = 0; i < masks.length; i++) {
    const mask = masks[i]!;
    const place = freeOf[i]!;
    if ((classes & mask) !== mask || length < lengths[i]! || place === last) continue;
    last = place;
    order[place]!.find(text, scratch);
  }
}

/** In the order of the list, because the first one to find a text names its kind. */
function runAll({ order, literals, hasLiterals, found }: Plan, text: string, classes: number): void {
  const length = text.length;
  found.fill(0);
  literals.locate(text, found);
  for (let place = 0; place < order.length; place++) {
    if (hasLiterals[place] === 1 && found[place] === 0) continue;
    const detector = order[place]!;
    const { needs } = detector;
    for (let i = 0; i < needs.length; i++) {
      const need = needs[i]!;
      if ((classes & need.classes) !== need.classes || length < need.length) continue;
      detector.find(text, scratch);
      break;
    }
  }
}

const MARKED = /\[(?:masked|removed|token|encrypted|sealed):/;

/**
 * What stands in a marker may look like anything: a hit keeps only what is outside. One that holds a whole marker without a body stays: in
 * `password=[masked:password]x` the marker is part of the value.
 */
function clip(hit: Hit, markers: readonly Span[], text: string): void {
  const before = markerAt(markers, hit.start);
  const behind = markerAt(markers, hit.end - 1);
  if (before === behind && before === undefined) return;
  const start = before === undefined || isWholeIn(before, hit, text) ? hit.start : before.end;
  const end =
    behind === undefined || behind.end === hit.end || isWholeIn(behind, hit, text) ? hit.end : behind.start;
  if (start === hit.start && end === hit.end) return;
  hit.start = start;
  hit.end = end;
  delete hit.shape;
  delete hit.sure;
}

function isWholeIn(marker: Span, hit: Hit, text: string): boolean {
  const letter = text.charAt(marker.start + 1);
  return hit.start <= marker.start && marker.end <= hit.end && (letter === "m" || letter === "r");
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
  const found = run(plan, shadow.text, allClassesOf(plan, shadow.text));
  if (found === undefined) return hits;
  for (const hit of found) {
    hit.start = shadow.offsets[hit.start]!;
    hit.end = shadow.offsets[hit.end - 1]! + 1;
  }
  return joinHits([...(hits ?? []), ...found]);
}
