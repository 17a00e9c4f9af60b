// SPDX-License-Identifier: Apache-2.0

/** A span of a text that must not be stored. Offsets are UTF-16 code units, `end` is exclusive. */
export interface Hit {
  start: number;
  end: number;
  kind: string;
  /** What replaces the span; `[masked:kind]` when absent. Dropped when the span has to be joined with another. */
  shape?: string;
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
  /** The detector runs when, for one of these, every class is present (see chars.ts). */
  readonly needs: readonly number[];
  /** Shorter texts hold nothing for it. UTF-16 code units. */
  readonly minLength: number;
  find(text: string, hits: Hit[]): void;
}

/**
 * A detector for tokens with a fixed prefix. `literals`: one of them must be in the text before `pattern` is tried.
 * `pattern` is global, has bounded repeats and starts with a literal, so that a failed attempt costs a bounded number of steps.
 */
export function prefixDetector(options: {
  name: string;
  needs: readonly number[];
  minLength: number;
  literals: readonly string[];
  pattern: RegExp;
}): Detector {
  const { name, needs, minLength, literals, pattern } = options;
  return {
    name,
    class: "secret",
    needs,
    minLength,
    find(text, hits) {
      if (!literals.some((literal) => text.includes(literal))) return;
      for (const match of text.matchAll(pattern)) {
        hits.push({ start: match.index, end: match.index + match[0].length, kind: name });
      }
    },
  };
}
