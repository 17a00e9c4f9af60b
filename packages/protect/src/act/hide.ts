// SPDX-License-Identifier: Apache-2.0
import type { Finder, Scope } from "../find/find.js";
import { markMasked } from "./marker.js";
import { maskHits } from "./mask.js";

/** A text in which something was hidden. */
export interface Hidden {
  text: string;
  /** What was hidden, in the order in which it was found. */
  kinds: string[];
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
export function hide(find: Finder, text: string, scope: Scope): Hidden | undefined {
  try {
    const hits = find(text, scope);
    if (hits === undefined) return undefined;
    const kinds = hits.map(({ kind }) => kind);
    if (scope !== "text") return { text: markMasked(kinds[0]!), kinds: kinds.slice(0, 1) };
    let masked = maskHits(text, hits);
    for (let round = 1; round < MOST_ROUNDS; round++) {
      const more = find(masked, scope);
      if (more === undefined) return { text: masked, kinds };
      masked = maskHits(masked, more);
      for (const { kind } of more) kinds.push(kind);
    }
    return find(masked, scope) === undefined
      ? { text: masked, kinds }
      : { text: markMasked(kinds[0]!), kinds };
  } catch {
    return { text: markMasked(UNDECIDED), kinds: [UNDECIDED] };
  }
}

/** {@link hide} in free text, with the words of the field's name before it: `telling` of its verdict. */
export function hideTold(find: Finder, telling: string, text: string): Hidden | undefined {
  const words = `${telling}: `;
  const hidden = hide(find, words + text, "text");
  if (hidden === undefined) return undefined;
  return hidden.text.startsWith(words)
    ? { text: hidden.text.slice(words.length), kinds: hidden.kinds }
    : { text: markMasked(hidden.kinds[0]!), kinds: hidden.kinds.slice(0, 1) };
}
