// SPDX-License-Identifier: Apache-2.0

/** A span of a text that must not be stored. Offsets are UTF-16 code units, `end` is exclusive. */
export interface Hit {
  start: number;
  end: number;
  kind: string;
  /** What replaces the span; `[masked:kind]` when absent. Dropped when the span has to be joined with another. */
  shape?: string;
  /**
   * Sure enough to tell the owner that a credential stands in the log: its structure or checksum holds, and it is no placeholder and no
   * documented example. The threshold for hiding is far lower.
   */
  sure?: true;
}

/** What a text must have before a detector looks at it: every one of these character classes (chars.ts), and a length in UTF-16 code units. */
export interface Need {
  readonly classes: number;
  readonly length: number;
}

/**
 * Finds one kind of sensitive value in a text.
 *
 * `find` MUST be linear in the length of the text (a growth test runs every detector on its own worst shapes), MUST NOT keep
 * anything of the text, and MUST NOT match a marker, so that protecting twice equals protecting once. It may throw:
 * then the whole value is masked.
 */
export interface Detector {
  readonly name: string;
  /**
   * `secret`: opens something; in an identity field the whole value is masked. `number`: might be an identifier, so a field that holds one
   * keeps it. `personal`: points to a person; identity fields keep it.
   */
  readonly class: "secret" | "number" | "personal";
  /** The kinds of its hits; its name when absent. */
  readonly kinds?: readonly string[];
  /** The detector runs on a text when one of these holds. */
  readonly needs: readonly Need[];
  /**
   * When given, one of these must be in the text too. The finder looks for those of all detectors at once, in the pass that finds the classes.
   * At least three characters each; one without capitals matches any case.
   */
  readonly literals?: readonly string[];
  find(text: string, hits: Hit[]): void;
}

/** Documented examples and texts that stand for a token tell their owner nothing. */
const EXAMPLE = /example|sample|placeholder|dummy|changeme|your[-_]|fake|redacted|(.)\1{7}|1234567|abcdefg/i;

/** Whether a token could open something: it is no documented example. */
export function isLive(token: string): boolean {
  return !EXAMPLE.test(token);
}

/** How a detector for tokens with a fixed prefix is told. */
export interface PrefixOptions {
  readonly name: string;
  readonly literals: readonly string[];
  /** Global, with bounded repeats, and beginning with a literal, so that a failed attempt costs a bounded number of steps. */
  readonly pattern: RegExp;
  /** The kind of a token; the detector's name when absent. */
  readonly kindOf?: (token: string) => string;
  /** Whether a token that is no documented example is sure; without it, the pattern is proof enough. */
  readonly isSure?: (token: string) => boolean;
  /** What is left of a token where the text was cut off: sticks to the end of the text, and is hidden too. */
  readonly cut?: RegExp;
}

/** A detector for tokens with a fixed prefix. */
export function prefixDetector(options: PrefixOptions): Detector {
  const { name, literals, pattern, cut, kindOf = () => name, isSure = () => true } = options;
  return {
    name,
    class: "secret",
    needs: ANYWHERE,
    literals,
    find(text, hits) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const token = match[0];
        const hit: Hit = { start: match.index, end: pattern.lastIndex, kind: kindOf(token) };
        if (isLive(token) && isSure(token)) hit.sure = true;
        hits.push(hit);
      }
      if (cut !== undefined) pushCut(text, cut, name, hits);
    },
  };
}

/** What the literals are enough for. */
export const ANYWHERE: readonly Need[] = [{ classes: 0, length: 8 }];

/** Longer than what is left of any token that is still too short for its pattern, with the signs of a cut behind it. */
const CUT_WINDOW = 128;
const CUT_SIGN = /(?:\s?(?:…|\.{3}|\[\.{3}\]|\(?\[?truncated\]?\)?|<truncated>))$/i;

/** The last token of a text that was cut off, when too little of it is left for its pattern. */
function pushCut(text: string, cut: RegExp, kind: string, hits: Hit[]): void {
  const from = Math.max(0, text.length - CUT_WINDOW);
  const tail = text.slice(from);
  const kept = tail.length - (CUT_SIGN.exec(tail)?.[0].length ?? 0);
  const match = cut.exec(tail.slice(0, kept));
  if (match !== null) hits.push({ start: from + match.index, end: from + kept, kind });
}
