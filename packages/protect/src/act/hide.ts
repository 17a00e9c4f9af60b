// SPDX-License-Identifier: Apache-2.0
import type { Hit } from "../find/detector.js";
import type { Finder, Scope } from "../find/find.js";
import { markMasked } from "./marker.js";
import { type Masked, maskHit, maskHits } from "./mask.js";
import type { Replacement, Treatment } from "./treatment.js";
import { findAround } from "./windows.js";

/** A text in which something was hidden. */
export interface Hidden {
  text: string;
  /** What was hidden, in the order in which it was found. */
  found: Found[];
}

/** One thing that was hidden. */
type Found = Pick<Replacement, "how" | "kind">;

/** What is done with hits. Both may be absent: then they are masked. */
export interface HitHandling {
  readonly treatment: Treatment | undefined;
  /** Called for each credential that is one for sure. */
  readonly onSure: ((kind: string, value: string) => void) | undefined;
}

const MOST_ROUNDS = 4;

/**
 * A text with more to hide than this is hidden whole: it is a list of what must not be stored, what is left of it says nothing, and the work for one text
 * stays bounded.
 */
const MOST_HITS = 512;
/** Credentials of one text that are told to their owners: of a list of thousands each would cost a fingerprint. */
const MOST_TOLD = 64;

/** The answer when a detector errs: what cannot be decided is not stored. */
const UNDECIDED = "undecided";

/**
 * Hides what a finder finds, or returns undefined when there is nothing. Never throws: when a detector does, the whole text goes.
 *
 * In an identity field the whole text is replaced. Elsewhere only the found parts are, and the result is searched again, because a
 * marker in the place of one secret may uncover the border of the next: so protecting twice equals protecting once.
 */
export function hide(find: Finder, text: string, scope: Scope, handling?: HitHandling): Hidden | undefined {
  try {
    const hits = freshOf(find(text, scope), handling, false);
    if (hits === undefined) return undefined;
    tellSure(text, hits, handling);
    if (hits.length > MOST_HITS) return maskWhole(hits[0]!);
    if (scope === "name" || scope === "id") return hideWhole(text, hits[0]!, handling);
    const found: Found[] = [];
    const replace = (hit: Hit, value: string): Replacement => {
      const replacement = handling?.treatment?.byKind(hit.kind, value, hit.shape) ?? maskHit(hit);
      found.push(replacement);
      return replacement;
    };
    let masked = maskHits(text, hits, replace);
    for (let round = 1; round < MOST_ROUNDS; round++) {
      const more = findAgain(find, masked, scope, handling);
      if (more === undefined) return { text: masked.text, found };
      masked = maskHits(masked.text, more, replace);
    }
    return findAgain(find, masked, scope, handling) === undefined
      ? { text: masked.text, found }
      : { text: markMasked(hits[0]!.kind), found };
  } catch {
    return { text: markMasked(UNDECIDED), found: [{ how: "masked", kind: UNDECIDED }] };
  }
}

function tellSure(text: string, hits: readonly Hit[], handling: HitHandling | undefined): void {
  if (handling?.onSure === undefined) return;
  let told = 0;
  for (const { start, end, kind, sure } of hits) {
    if (sure !== true) continue;
    if (++told > MOST_TOLD) return;
    handling.onSure(kind, text.slice(start, end));
  }
}

function hideWhole(text: string, { kind }: Hit, handling: HitHandling | undefined): Hidden {
  const whole: Hit = { start: 0, end: text.length, kind };
  const replacement = handling?.treatment?.byKind(kind, text, undefined) ?? maskHit(whole);
  return { text: replacement.text, found: [replacement] };
}

function maskWhole({ kind }: Hit): Hidden {
  return { text: markMasked(kind), found: [{ how: "masked", kind }] };
}

function findAgain(
  find: Finder,
  { text, places }: Masked,
  scope: Scope,
  handling: HitHandling | undefined,
): Hit[] | undefined {
  return freshOf(findAround(find, text, scope, places), handling, true);
}

/** What was put into the place of an address is an address: it is not taken for another. */
function freshOf(
  hits: Hit[] | undefined,
  handling: HitHandling | undefined,
  again: boolean,
): Hit[] | undefined {
  const treatment = handling?.treatment;
  if (hits === undefined || treatment === undefined) return hits;
  const fresh = hits.filter(({ kind }) => !treatment.isDone(kind, again));
  return fresh.length === 0 ? undefined : fresh;
}

/** {@link hide} in free text, with the words of the field's name before it: `telling` of its verdict. */
export function hideTold(
  find: Finder,
  telling: string,
  text: string,
  handling?: HitHandling,
): Hidden | undefined {
  const words = `${telling}: `;
  const hidden = hide(find, words + text, "text", handling);
  if (hidden === undefined) return undefined;
  if (hidden.text.startsWith(words)) return { text: hidden.text.slice(words.length), found: hidden.found };
  const { kind } = hidden.found[0]!;
  return { text: markMasked(kind), found: [{ how: "masked", kind }] };
}
