// SPDX-License-Identifier: Apache-2.0
import type { Hit } from "../find/detector.js";
import type { Finder, Scope } from "../find/find.js";
import { markMasked } from "./marker.js";
import { maskHit, maskHits } from "./mask.js";
import type { Replacement, Treatment } from "./treatment.js";

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
    const hits = findFresh(find, text, scope, handling, false);
    if (hits === undefined) return undefined;
    tellSure(text, hits, handling);
    if (scope === "name" || scope === "id") return hideWhole(text, hits[0]!, handling);
    const found: Found[] = [];
    const replace = (hit: Hit, value: string): Replacement => {
      const replacement = handling?.treatment?.byKind(hit.kind, value, hit.shape) ?? maskHit(hit);
      found.push(replacement);
      return replacement;
    };
    let masked = maskHits(text, hits, replace);
    for (let round = 1; round < MOST_ROUNDS; round++) {
      const more = findFresh(find, masked, scope, handling, true);
      if (more === undefined) return { text: masked, found };
      masked = maskHits(masked, more, replace);
    }
    return findFresh(find, masked, scope, handling, true) === undefined
      ? { text: masked, found }
      : { text: markMasked(hits[0]!.kind), found };
  } catch {
    return { text: markMasked(UNDECIDED), found: [{ how: "masked", kind: UNDECIDED }] };
  }
}

function tellSure(text: string, hits: readonly Hit[], handling: HitHandling | undefined): void {
  if (handling?.onSure === undefined) return;
  for (const { start, end, kind, sure } of hits) {
    if (sure === true) handling.onSure(kind, text.slice(start, end));
  }
}

function hideWhole(text: string, { kind }: Hit, handling: HitHandling | undefined): Hidden {
  const whole: Hit = { start: 0, end: text.length, kind };
  const replacement = handling?.treatment?.byKind(kind, text, undefined) ?? maskHit(whole);
  return { text: replacement.text, found: [replacement] };
}

/** What was put into the place of an address is an address: it is not taken for another. */
function findFresh(
  find: Finder,
  text: string,
  scope: Scope,
  handling: HitHandling | undefined,
  again: boolean,
): Hit[] | undefined {
  const hits = find(text, scope);
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
