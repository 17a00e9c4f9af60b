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
  /** The detector runs on a text when one of these holds. */
  readonly needs: readonly Need[];
  /** When given, one of these must be in the text too. The finder looks for those of all detectors at once. */
  readonly literals?: readonly string[];
  find(text: string, hits: Hit[]): void;
}

/**
 * A detector for tokens with a fixed prefix.
 * `pattern` is global, has bounded repeats and starts with a literal, so that a failed attempt costs a bounded number of steps.
 */
export function prefixDetector(options: {
  name: string;
  needs: readonly Need[];
  literals: readonly string[];
  pattern: RegExp;
}): Detector {
  const { name, needs, literals, pattern } = options;
  return {
    name,
    class: "secret",
    needs,
    literals,
    find(text, hits) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        hits.push({ start: match.index, end: pattern.lastIndex, kind: name });
      }
    },
  };
}
